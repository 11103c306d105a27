/* SPDX-License-Identifier: MIT */
/* Verdicts on alerts, what was missed, and the precision that follows. */

#include "store/import.h"
#include "unit/store_ear.h"

/* One act, which is taken; returns the alert. */
static json_t *act(struct ut__store *s, const char *args)
{
    json_t *a = ask(s, UT__LEDGER_ACT, args);
    assert_int_equal(ear.status, UT__LEDGER_OK);
    return a;
}

static size_t notes_of(const json_t *alert)
{
    return json_array_size(json_object_get(alert, "notes"));
}

/* No note is lost, whoever comes second; a verdict is corrected, from outside as well. */
static void test_verdicts(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    cfg.dir = NULL; /* The letters of later tests are not these. */
    struct ut__store *s = opened(&cfg);
    push_alert(s, "v1", 1, 12.0, UT_ALERT_RAISED);
    wait_alerts(1);
    json_decref(act(s, "{\"alert\":\"v1-1\",\"action\":\"resolve\",\"by\":\"ana\",\"outcome\":"
                       "\"helped\",\"note\":\"first\"}"));
    json_t *a = act(s, "{\"alert\":\"v1-1\",\"action\":\"resolve\",\"by\":\"bob\",\"outcome\":"
                       "\"helped\",\"note\":\"second\"}");
    assert_int_equal(notes_of(a), 2);
    assert_string_equal(text_of(a, "resolved_by"), "ana");
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_ACT,
                    "{\"alert\":\"v1-1\",\"action\":\"resolve\",\"by\":\"bob\",\"outcome\":"
                    "\"false_alarm\"}"));
    assert_int_equal(ear.status, UT__LEDGER_CONFLICT);
    a = act(s, "{\"alert\":\"v1-1\",\"action\":\"judge\",\"by\":\"qa\",\"outcome\":\"false_alarm\","
               "\"note\":\"third\",\"source\":\"survey\"}");
    assert_string_equal(text_of(a, "outcome"), "false_alarm");
    assert_string_equal(text_of(a, "judged_by"), "qa");
    assert_string_equal(text_of(a, "judged_source"), "survey");
    assert_string_equal(text_of(a, "state"), "resolved");
    assert_int_equal(notes_of(a), 3);
    json_decref(a);
    a = ask(s, UT__LEDGER_LIFE, "{\"alert\":\"v1-1\"}");
    const json_t *life = json_object_get(a, "life");
    assert_int_equal(json_array_size(life), 4);
    assert_string_equal(text_of(json_array_get(life, 1), "outcome"), "helped");
    assert_string_equal(text_of(json_array_get(life, 3), "action"), "judged");
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_ACT,
                    "{\"alert\":\"v1-1\",\"action\":\"judge\",\"by\":\"qa\",\"outcome\":\"bad\"}"));
    assert_int_equal(ear.status, UT__LEDGER_BAD);
    ut__store_close(s);
}

static void assert_number(const json_t *o, const char *name, double value)
{
    const json_t *v = json_object_get(o, name);
    assert_true(json_is_number(v));
    assert_float_equal(json_number_value(v), value, 5e-4);
}

/* One call that has ended, and its alerts: a row of its day, and one of its hour. */
static void check_trends(struct ut__store *s)
{
    static const char *const by[] = {"{}", "{\"by\":\"hour\",\"queue\":\"sales\"}"};
    for (size_t i = 0; i < 2; i++) {
        json_t *a = ask(s, UT__LEDGER_TRENDS, by[i]);
        const json_t *rows = json_object_get(a, "rows"), *row = json_array_get(rows, 0);
        assert_int_equal(json_array_size(rows), 1);
        assert_int_equal(strlen(text_of(row, "name")), i ? 2 : 10);
        assert_number(row, "calls", 1);
        assert_number(row, "alerts", 50);
        assert_number(row, "answered", 0);
        assert_number(row, "judged", 41);
        assert_number(row, "right", 34);
        assert_number(row, "precision", 0.829);
        assert_number(row, "low", 0.687);
        assert_number(row, "high", 0.915);
        json_decref(a);
    }
    json_t *a = ask(s, UT__LEDGER_TRENDS, "{\"queue\":\"other\"}");
    assert_int_equal(json_array_size(json_object_get(a, "rows")), 0);
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_TRENDS, "{\"by\":\"moon\"}"));
    assert_int_equal(ear.status, UT__LEDGER_BAD);
}

/* A rule is tried on what was on hold, and on words that were said while their alert stood. */
static void test_rule_try(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        int alerts, t, unknown;
    } cases[] = {
        {"hold > 5s", 1, 11, 1}, {"words for 3s", 1, 6, 0}, {"words and hold > 5s", 0, 0, 1}};
    struct ut__store_config cfg = config();
    char order[160];
    cfg.dir = NULL;
    struct ut__store *s = opened(&cfg);
    for (int call = 0; call < 2; call++) {
        const char *name = call ? "old" : "new";
        for (int t = 1; t <= 20; t++) {
            struct ut__stream_item it = item(name, UT__STREAM_EVENT);
            snprintf(it.info.source, sizeof it.info.source, "%s", call ? UT__IMPORT_SOURCE : "sip");
            it.event.type = UT_EVENT_SCORE;
            it.event.u.score = (struct ut_score){.t_s = t, .talk = UT_TALK_CALLER};
            it.on_hold = !call && t >= 6 && t < 15;
            ut__store_push(s, &it);
            if (!call && t == 4)
                push_alert(s, name, 1001, t, UT_ALERT_RAISED);
            if (!call && t == 9)
                push_alert(s, name, 1001, t, UT_ALERT_CLEARED);
        }
        push_end(s, name);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(order, sizeof order, "{\"text\":\"rule \\\"r\\\"\\n when %s\\n\"}", cases[i].rule);
        json_t *a = ask(s, UT__LEDGER_RULE_TRY, order);
        assert_number(a, "calls", 2);
        assert_number(a, "alerts", cases[i].alerts);
        assert_int_equal(json_array_size(json_object_get(a, "not_tried")), cases[i].unknown);
        if (cases[i].alerts)
            assert_number(json_array_get(json_object_get(a, "shown"), 0), "t", cases[i].t);
        json_decref(a);
    }
    ut__store_close(s);
}

/* 34 of 41 are right: 83 % [69, 92]; `other` says nothing; and two misses at their moments. */
static void test_precision(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    char order[160];
    cfg.dir = NULL;
    struct ut__store *s = opened(&cfg);
    for (int i = 1; i <= 50; i++) {
        const char *outcome = i <= 34 ? "taken_over" : i <= 41 ? "false_alarm" : "other";
        push_alert(s, "p1", (uint32_t)i, i, UT_ALERT_RAISED);
        wait_alerts(i < 46 ? 2 * i - 1 : 45 + i);
        snprintf(order, sizeof order,
                 "{\"alert\":\"p1-%d\",\"action\":\"judge\",\"by\":\"qa\",\"outcome\":\"%s\"}", i,
                 outcome);
        if (i <= 45)
            json_decref(act(s, order));
    }
    push_end(s, "p1");
    json_decref(ask(s, UT__LEDGER_MISSED_ADD, "{\"call\":\"p1\",\"t\":7,\"by\":\"qa\"}"));
    json_t *a =
        ask(s, UT__LEDGER_MISSED_ADD, "{\"call\":\"p1\",\"t\":9,\"by\":\"bob\",\"note\":\"loud\"}");
    assert_number(a, "t", 7);
    json_decref(a);
    a = ask(s, UT__LEDGER_MISSED_ADD, "{\"call\":\"p1\",\"t\":40,\"by\":\"qa\"}");
    assert_number(a, "id", 2);
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_MISSED_ADD, "{\"call\":\"p1\",\"t\":400,\"by\":\"qa\"}"));
    assert_int_equal(ear.status, UT__LEDGER_BAD);
    json_decref(ask(s, UT__LEDGER_MISSED_ADD, "{\"call\":\"zz\",\"t\":4,\"by\":\"qa\"}"));
    assert_int_equal(ear.status, UT__LEDGER_NOT_FOUND);
    static const char *const by[] = {"queue", "reason", "hour"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(order, sizeof order, "{\"by\":\"%s\"}", by[i]);
        a = ask(s, UT__LEDGER_PRECISION, order);
        const json_t *total = json_object_get(a, "total");
        assert_number(total, "alerts", 50);
        assert_number(total, "judged", 41);
        assert_number(total, "right", 34);
        assert_number(total, "precision", 0.829);
        assert_number(total, "low", 0.687);
        assert_number(total, "high", 0.915);
        assert_number(total, "unjudged_share", 0.18);
        assert_number(total, "missed", 2);
        const json_t *row = json_array_get(json_object_get(a, "rows"), 0);
        assert_number(row, "judged", 41);
        if (i < 2)
            assert_string_equal(text_of(row, "name"), i ? "f0" : "sales");
        json_decref(a);
    }
    check_trends(s);
    a = ask(s, UT__LEDGER_TIMELINE, "{\"call\":\"p1\"}");
    assert_int_equal(json_array_size(json_object_get(a, "missed")), 2);
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_MISSED_DROP, "{\"id\":\"2\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    json_decref(ask(s, UT__LEDGER_MISSED_DROP, "{\"id\":\"2\"}"));
    assert_int_equal(ear.status, UT__LEDGER_NOT_FOUND);
    a = ask(s, UT__LEDGER_PRECISION, "{\"by\":\"queue\",\"queue\":\"other\"}");
    assert_true(json_is_null(json_object_get(json_object_get(a, "total"), "precision")));
    json_decref(a);
    ut__store_close(s);
}

/* A call that began with `arrival` and ended with its peak recovered by `recovery`; episodes: of it. */
static void push_call(struct ut__store *s, const char *agent, int number, float arrival,
                      float recovery, uint32_t episodes)
{
    char id[40];
    snprintf(id, sizeof id, "%s-%d", agent, number);
    struct ut__stream_item it = item(id, UT__STREAM_STARTED);
    snprintf(it.info.agent, sizeof it.info.agent, "%s", agent);
    ut__store_push(s, &it);
    push_score(s, id, 1, arrival, UT_STATE_CALM);
    it.kind = UT__STREAM_EVENT;
    it.event.type = UT_EVENT_SUMMARY;
    it.event.u.summary = (struct ut_summary){.duration_s = 60.0,
                                             .peak = 0.9F,
                                             .end = 0.9F - 0.9F * recovery,
                                             .recovery = recovery,
                                             .scored = 1,
                                             .episode_count = episodes};
    ut__store_push(s, &it);
    it.kind = UT__STREAM_ENDED;
    ut__store_push(s, &it);
}

static json_t *outcome_of(struct ut__store *s, const char *by, const char *name)
{
    char order[64];
    snprintf(order, sizeof order, "{\"by\":\"%s\"}", by);
    json_t *a = ask(s, UT__LEDGER_OUTCOMES, order), *row, *found = NULL;
    size_t i;
    json_array_foreach(json_object_get(a, "rows"), i,
                       row) if (strcmp(text_of(row, "name"), name) == 0) found = json_incref(row);
    json_decref(a);
    assert_non_null(found);
    return found;
}

/* Who began stressed and ended calm is counted, and listed for thanks: the calls of the count alone. */
static void test_rescued(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    cfg.dir = NULL;
    struct ut__store *s = opened(&cfg);
    push_call(s, "ana", 1, 0.8F, 0.8F, 1); /* Ends at .18. */
    push_call(s, "ana", 2, 0.8F, 0.3F, 1); /* Ends at .63. */
    push_call(s, "ana", 3, 0.2F, 0.9F, 1); /* Came calm. */
    push_call(s, "bob", 1, 0.5F, 0.7F, 1);
    json_t *ana = outcome_of(s, "agent", "ana");
    json_t *a = ask(s, UT__LEDGER_CALLS, "{\"state\":\"ended\",\"rescued\":\"yes\"}");
    json_t *all = ask(s, UT__LEDGER_CALLS, "{\"state\":\"ended\"}");
    json_t *calls = json_object_get(a, "calls");
    assert_number(ana, "rescued", 1);
    assert_int_equal(json_array_size(json_object_get(all, "calls")), 4);
    assert_int_equal(json_array_size(calls), 2);
    assert_string_equal(text_of(json_array_get(calls, 0), "call"), "bob-1");
    assert_string_equal(text_of(json_array_get(calls, 1), "call"), "ana-1");
    json_decref(ana);
    json_decref(a);
    json_decref(all);
    ut__store_close(s);
}

static void assert_suggested(struct ut__store *s, const char *call, const char *agent,
                             const char *names)
{
    struct ut__stream_item it = item(call, UT__STREAM_STARTED);
    char order[64];
    snprintf(it.info.agent, sizeof it.info.agent, "%s", agent);
    ut__store_push(s, &it);
    it.kind = UT__STREAM_EVENT;
    it.event.type = UT_EVENT_ALERT;
    it.event.u.alert = (struct ut_alert_event){.t_s = 3, .n = 1, .stress = 0.8F, .text = "voice"};
    ut__store_push(s, &it);
    snprintf(order, sizeof order, "{\"alert\":\"%s-1\"}", call);
    json_t *a = ask(s, UT__LEDGER_ALERT, order);
    char *told =
        json_dumps(json_object_get(json_object_get(a, "suggestion"), "agents"), JSON_COMPACT);
    assert_string_equal(told, names);
    free(told);
    json_decref(a);
}

/*
 * Ana's callers arrive at .8 and Bob's at .2, and who arrives at .8 recovers .3 less, whoever answers: they
 * are equals. Eva's recover .2 more than that. Calm calls and nineteen calls give nobody a rank.
 */
static void test_recovery(void **state)
{
    (void)state;
    static const float wobble[] = {-0.03F, -0.01F, 0.01F, 0.03F};
    struct ut__store_config cfg = config();
    cfg.dir = NULL;
    struct ut__store *s = opened(&cfg);
    for (int i = 0; i < 24; i++) {
        float w = wobble[i % 4], easy = i % 2 ? 0.2F : 0.8F;
        push_call(s, "ana", i, 0.8F, 0.3F + w, 1);
        push_call(s, "bob", i, 0.2F, 0.6F + w, 1);
        push_call(s, "eva", i, easy, 0.9F - 0.5F * easy + w, 2);
        push_call(s, "calm", i, 0.05F, 0.9F, 0);
        if (i < 19)
            push_call(s, "new", i, 0.2F, 0.99F, 1);
    }
    json_t *ana = outcome_of(s, "agent", "ana"), *bob = outcome_of(s, "agent", "bob");
    json_t *eva = outcome_of(s, "agent", "eva"), *calm = outcome_of(s, "agent", "calm");
    json_t *fresh = outcome_of(s, "agent", "new"), *sales = outcome_of(s, "queue", "sales");
    assert_number(ana, "episodes", 24);
    assert_number(ana, "mean_recovery", 0.3);
    double gap = json_number_value(json_object_get(bob, "recovery_adjusted")) -
                 json_number_value(json_object_get(ana, "recovery_adjusted"));
    assert_true(gap > -0.1 && gap < 0.1);
    assert_number(eva, "rank", 1);
    assert_true(json_number_value(json_object_get(eva, "recovery_low")) >
                json_number_value(json_object_get(bob, "recovery_high")));
    assert_number(calm, "episodes", 0);
    json_t *list = ask(s, UT__LEDGER_CALLS, "{\"state\":\"ended\",\"agent\":\"calm\",\"limit\":1}");
    json_t *call = json_array_get(json_object_get(list, "calls"), 0);
    assert_true(json_is_null(json_object_get(call, "recovery"))); /* From what? */
    json_decref(list);
    list = ask(s, UT__LEDGER_CALLS, "{\"state\":\"ended\",\"agent\":\"bob\",\"limit\":1}");
    call = json_array_get(json_object_get(list, "calls"), 0);
    assert_true(json_is_number(json_object_get(call, "recovery")));
    json_decref(list);
    assert_true(json_is_null(json_object_get(calm, "mean_recovery")));
    assert_true(json_is_null(json_object_get(calm, "recovery_adjusted")));
    assert_number(fresh, "episodes", 19);
    assert_true(json_is_null(json_object_get(fresh, "rank")));
    assert_number(sales, "episodes", 91);
    json_t *all[] = {ana, bob, eva, calm, fresh, sales};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        json_decref(all[i]);
    assert_suggested(s, "x1", "ana", "[\"eva\"]");
    assert_suggested(s, "x2", "eva", "[]");
    json_decref(ask(s, UT__LEDGER_FEEDBACK_ADD,
                    "{\"call\":\"ana-1\",\"score\":2,\"worst\":1,\"best\":5,\"by\":\"crm\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    json_t *said = ask(s, UT__LEDGER_FEEDBACK_ADD,
                       "{\"call\":\"ana-1\",\"score\":9,\"worst\":0,\"best\":10,\"by\":\"crm\"}");
    assert_number(said, "share", 0.9);
    json_decref(said);
    json_decref(ask(s, UT__LEDGER_FEEDBACK_ADD, "{\"call\":\"ana-1\",\"score\":9,\"by\":\"crm\"}"));
    assert_int_equal(ear.status, UT__LEDGER_BAD);
    ana = outcome_of(s, "agent", "ana");
    assert_number(ana, "feedback", 1);
    assert_number(ana, "mean_feedback", 0.9);
    json_decref(ana);
    ut__store_close(s);
}

/* An hour's call whose evidence rose to `top`; outcome NULL: it raised no alert. */
static void push_hour(struct ut__store *s, int number, float top, const char *outcome)
{
    char id[40], order[160];
    snprintf(id, sizeof id, "h-%d", number);
    struct ut__stream_item it = item(id, UT__STREAM_STARTED);
    ut__store_push(s, &it);
    it.kind = UT__STREAM_EVENT;
    it.event.type = UT_EVENT_SCORE;
    it.event.u.score = (struct ut_score){.t_s = 1, .stress = 0.5F, .evidence = top};
    ut__store_push(s, &it);
    if (outcome) {
        push_alert(s, id, 1, 3, UT_ALERT_RAISED);
        snprintf(order, sizeof order,
                 "{\"alert\":\"%s-1\",\"action\":\"judge\",\"by\":\"qa\",\"outcome\":\"%s\"}", id,
                 outcome);
        json_decref(act(s, order));
    }
    it.event.type = UT_EVENT_SUMMARY;
    it.event.u.summary = (struct ut_summary){.duration_s = 3600, .scored = 1, .peak = 0.5F};
    ut__store_push(s, &it);
    it.kind = UT__STREAM_ENDED;
    ut__store_push(s, &it);
}

static struct ut__threshold set_threshold(struct ut__store *s, double threshold, double budget)
{
    struct ut__answer out;
    struct ut__inquiry q = {.kind = UT__INQUIRE_THRESHOLD_SET,
                            .threshold = {.threshold = threshold, .budget = budget}};
    snprintf(q.threshold.queue, sizeof q.threshold.queue, "sales");
    snprintf(q.threshold.set_by, sizeof q.threshold.set_by, "root");
    inquire(s, &q, &out);
    assert_int_equal(out.count, 1);
    struct ut__threshold set = out.thresholds[0];
    free(out.rows);
    return set;
}

/*
 * 24 right alerts at .95, 12 false ones at .8 and 24 calm hours: with 10 false alerts in 100 hours the threshold is
 * to lie just above .8, with 20 below. What is applied is undone.
 */
static void test_proposals(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    cfg.dir = NULL;
    struct ut__store *s = opened(&cfg);
    for (int i = 0; i < 60; i++)
        push_hour(s, i,
                  i < 24   ? 0.95F
                  : i < 36 ? 0.8F
                           : 0.3F,
                  i < 24   ? "helped"
                  : i < 36 ? "false_alarm"
                           : NULL);
    set_threshold(s, -1, 10);
    json_t *a = ask(s, UT__LEDGER_PROPOSALS, "{\"max\":0.99}");
    const json_t *row = json_array_get(json_object_get(a, "rows"), 0);
    assert_number(row, "judged", 36);
    assert_number(row, "hours", 60);
    assert_number(json_object_get(row, "proposed"), "threshold", 0.8022);
    assert_number(json_object_get(row, "proposed"), "alerts", 40);
    assert_number(json_object_get(row, "proposed"), "false", 0);
    const json_t *first = json_array_get(json_object_get(row, "curve"), 0);
    assert_number(first, "threshold", 0.5);
    assert_number(first, "alerts", 60);
    assert_number(first, "false", 20);
    json_decref(a);
    set_threshold(s, -1, 20);
    a = ask(s, UT__LEDGER_PROPOSALS, "{\"max\":0.99}");
    row = json_array_get(json_object_get(a, "rows"), 0);
    assert_number(json_object_get(row, "proposed"), "threshold", 0.5);
    json_decref(a);
    assert_float_equal(set_threshold(s, 0.8, -1).threshold, 0.8F, 1e-6);
    a = ask(s, UT__LEDGER_THRESHOLD_UNDO, "{\"queue\":\"sales\"}");
    assert_number(a, "budget", 20);
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_THRESHOLD_UNDO, "{\"queue\":\"sales\"}"));
    a = ask(s, UT__LEDGER_THRESHOLD_UNDO, "{\"queue\":\"sales\"}");
    assert_true(json_is_null(json_object_get(a, "set_by")));
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_THRESHOLD_UNDO, "{\"queue\":\"sales\"}"));
    assert_int_equal(ear.status, UT__LEDGER_NOT_FOUND);
    ut__store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),  cmocka_unit_test(test_precision),
        cmocka_unit_test(test_rescued),   cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_proposals), cmocka_unit_test(test_rule_try)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

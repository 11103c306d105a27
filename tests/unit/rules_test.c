/* SPDX-License-Identifier: MIT */
/* Operators' rules: what is taken, what is refused and where, and the very seconds at which they fire. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/rules.h"

static struct ut__rules rules;
static struct ut__rules_error why;

static int read_text(const char *text)
{
    return ut__rules_read(&rules, text, strlen(text), &why);
}

static void all_that_a_rule_can_say_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_text("# Night shift.\r\n"
                               "rule \"long and loud\"\r\n"
                               "  when (stress > 60% and overtalk >= 0.2) for 10s\r\n"
                               "  or unanswered > 45\r\n"
                               "  queue Sales North, Billing\n"
                               "  queue Retention\n"
                               "  severity high\n"
                               "  to ana b\n"
                               "  by pager, chat\n"
                               "  hours fri-mon 22:00-06:00\n"
                               "\n"
                               "rule \"again\"\n"
                               "  when returning and length < 2m\n"
                               "  off"),
                     0);
    const struct ut__rules_rule *r = rules.rule;
    assert_int_equal(rules.count, 2);
    assert_string_equal(r->name, "long and loud");
    assert_int_equal(r->line, 2);
    assert_int_equal(r->queue_count, 3);
    assert_string_equal(r->queues[0], "Sales North");
    assert_string_equal(r->queues[2], "Retention");
    assert_int_equal(r->severity, UT_RULE_HIGH);
    assert_string_equal(r->to, "ana b");
    assert_string_equal(r->channels[1], "chat");
    assert_int_equal(r->days, 1 << 4 | 1 << 5 | 1 << 6 | 1 << 0);
    assert_int_equal(r->from_min, 22 * 60);
    static const uint8_t ops[] = {UT__RULES_TERM, UT__RULES_TERM, UT__RULES_AND,
                                  UT__RULES_FOR,  UT__RULES_TERM, UT__RULES_OR};
    assert_int_equal(r->node_count, sizeof ops);
    for (size_t i = 0; i < sizeof ops; i++)
        assert_int_equal(r->nodes[i].op, ops[i]);
    assert_float_equal(r->nodes[0].value, .6f, 1e-6);
    assert_float_equal(r->nodes[4].value, 45, 0);
    assert_int_equal(r[1].off, 1);
    assert_int_equal(r[1].severity, UT_RULE_MEDIUM);
    assert_float_equal(r[1].nodes[1].value, 120, 0);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        uint32_t line;
        const char *text, *says;
    } bad[] = {
        {1, "when stress > .6", "before the first rule"},
        {1, "rule loud\n when stress > .6", "has a name"},
        {1, "rule \"\"\n when stress > .6", "1 to 47 bytes"},
        {1, "rule \"a\" when stress > .6", "lines of their own"},
        {3, "rule \"a\"\n when words\nrule \"a\"\n when words", "'a' names two rules"},
        {1, "rule \"a\"\n severity high", "not when it fires"},
        {2, "rule \"a\"\n when anger > .6", "'anger' is nothing"},
        {2, "rule \"a\"\n when stress .6", "needs a comparison"},
        {2, "rule \"a\"\n when stress > 1", "always or never"},
        {2, "rule \"a\"\n when stress >= 0", "always or never"},
        {2, "rule \"a\"\n when silence > 2h", "up to 1h"},
        {2, "rule \"a\"\n when stress > .6 for 2h", "from 1s to 1h"},
        {2, "rule \"a\"\n when stress > .6 for 9s for 9s", "two times"},
        {2, "rule \"a\"\n when words > 1", "stands alone"},
        {2, "rule \"a\"\n when said", "write anger, insult"},
        {2, "rule \"a\"\n when said cross", "'cross' is no kind"},
        {2, "rule \"a\"\n when said \"my lawyer", "never closed"},
        {2, "rule \"a\"\n when said \"\"", "1 to 63 bytes"},
        {2, "rule \"a\"\n when said law > 1", "unexpected"},
        {2, "rule \"a\"\n when said \"a\" or said \"b\" or said \"c\" or said \"d\" or said \"e\"",
         "at most 4"},
        {2, "rule \"a\"\n when stress > .6 overtalk > .2", "'overtalk' is unexpected"},
        {1, "rule \"a\"\n when (stress > .6", "never closed"},
        {2, "rule \"a\"\n when stress > .6)", "has no ("},
        {1, "rule \"a\"\n when stress > .6 and", "end with and"},
        {1, "rule \"a\"\n when stress > .6 and stress < .3", "never hold together"},
        {1, "rule \"a\"\n when silence > 60s and overtalk > 0", "never hold together"},
        {1, "rule \"a\"\n when length < 30s and hold > 1m", "never hold together"},
        {1, "rule \"a\"\n when (hold > 1m or hold > 9m) and silence > 5s", "never hold together"},
        {3, "rule \"a\"\n when words\n queue a,,b", "queue's name"},
        {3, "rule \"a\"\n when words\n queue a,", "queue's name"},
        {3, "rule \"a\"\n when words\n severity urgent", "low, medium or high"},
        {3, "rule \"a\"\n when words\n hours mon-fri 8-20", "hours mon-fri"},
        {3, "rule \"a\"\n when words\n hours 08:00-08:00", "hours mon-fri"},
        {3, "rule \"a\"\n when words\n to ana, bob", "one person's"},
        {3, "rule \"a\"\n when words\n color red", "begins no line"},
        {3, "rule \"a\"\n when words\n off now", "too much"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_text(bad[i].text), UT_EMALFORMED);
        if (!strstr(why.text, bad[i].says) || why.line != bad[i].line)
            fail_msg("%s: line %u: %s", bad[i].text, why.line, why.text);
    }
    assert_int_equal(read_text("rule \"a\"\n when silence > 60s or overtalk > 0"), 0);
    assert_int_equal(read_text(""), 0);
    assert_int_equal(rules.count, 0);
}

static void too_much_is_refused(void **state)
{
    (void)state;
    char text[4096];
    size_t n = 0;
    for (int i = 0; i < 33; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "rule \"r%d\"\nwhen words\n", i);
    assert_int_equal(read_text(text), UT_EMALFORMED);
    assert_non_null(strstr(why.text, "more than 32 rules"));
    n = (size_t)snprintf(text, sizeof text, "rule \"r\"\nwhen words");
    for (int i = 0; i < 24; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "\nor words");
    assert_int_equal(read_text(text), UT_EMALFORMED);
    assert_non_null(strstr(why.text, "at most 24"));
}

/* A call of seconds that are all alike but for what a test changes. */
struct played {
    struct ut__rules_call *call;
    struct ut__rules_second second;
    struct ut_score score;
    struct ut_alert_event alert; /* The last one. */
    const char *queue;
    int raised, cleared;
};

static void begin(struct played *p, const char *text)
{
    assert_int_equal(read_text(text), 0);
    *p = (struct played){.queue = "Billing"};
    p->call = test_malloc(ut__rules_call_bytes(&rules));
    ut__rules_call_init(p->call, &rules);
    p->score = (struct ut_score){.stress = .2f, .state = UT_STATE_CALM, .talk = UT_TALK_CALLER};
    p->second = (struct ut__rules_second){.score = &p->score, .has_agent = 1, .week_min = -1};
}

/* Goes on for some seconds. Returns the second of the first alert of this kind, 0: there was none. */
static double play(struct played *p, int seconds, enum ut_alert_action action)
{
    double at = 0;
    for (int i = 0; i < seconds; i++) {
        struct ut_alert_event a;
        p->score.t_s += 1;
        ut__rules_take(p->call, &p->second);
        for (uint32_t k = 0; k < rules.count; k++) {
            if (!ut__rules_ask(p->call, k, &p->second, p->queue, &a))
                continue;
            p->alert = a;
            p->raised += a.action == UT_ALERT_RAISED;
            p->cleared += a.action == UT_ALERT_CLEARED;
            at = at == 0 && a.action == action ? a.t_s : at;
        }
    }
    return at;
}

static void it_fires_once_an_episode_at_its_second(void **state)
{
    (void)state;
    struct played p;
    begin(&p, "rule \"loud\"\nwhen stress > .6 for 10s\nseverity low");
    assert_float_equal(play(&p, 20, UT_ALERT_RAISED), 0, 0);
    p.score.stress = .7f;
    assert_float_equal(play(&p, 9, UT_ALERT_RAISED), 0, 0);
    p.score.stress = .6f; /* Not over .6: it begins anew. */
    play(&p, 1, UT_ALERT_RAISED);
    p.score.stress = .7f;
    assert_float_equal(play(&p, 40, UT_ALERT_RAISED), 40, 0);
    assert_int_equal(p.raised, 1);
    assert_int_equal(p.alert.n, UT__RULES_FIRST_N);
    assert_string_equal(p.alert.rule, "loud");
    assert_int_equal(p.alert.severity, UT_RULE_LOW);
    assert_string_equal(p.alert.text, "rule \xe2\x80\x9cloud\xe2\x80\x9d: stress 0.70 for 10 s");
    p.score.stress = .1f; /* From 71 on. Nine seconds untrue are a pause, ten the end. */
    assert_float_equal(play(&p, 9, UT_ALERT_CLEARED), 0, 0);
    assert_float_equal(play(&p, 1, UT_ALERT_CLEARED), 80, 0);
    assert_int_equal(p.alert.n, UT__RULES_FIRST_N);
    p.score.stress = .9f; /* A minute after the clear at the earliest. */
    assert_float_equal(play(&p, 100, UT_ALERT_RAISED), 140, 0);
    assert_int_equal(p.alert.n, UT__RULES_FIRST_N + 1);
    test_free(p.call);
}

static void what_is_not_known_fires_nothing(void **state)
{
    (void)state;
    struct played p;
    begin(&p, "rule \"calm\"\nwhen stress < .5 or silence > 5s or unanswered > 5s or rise > 0.1");
    p.second.has_agent = 0;
    p.score.state = UT_STATE_ABSTAIN;
    p.score.talk = UT_TALK_NONE;
    play(&p, 200, UT_ALERT_RAISED);
    assert_int_equal(p.raised, 0);
    test_free(p.call);
}

static void each_fact_is_measured(void **state)
{
    (void)state;
    struct played p;
    begin(&p, "rule \"r\"\nwhen silence >= 8s");
    play(&p, 10, UT_ALERT_RAISED);
    p.score.talk = UT_TALK_NONE;
    assert_float_equal(play(&p, 10, UT_ALERT_RAISED), 18, 0);
    assert_true(p.alert.facts[0].kind == UT_FACT_SILENCE && p.alert.facts[0].value == 8);
    test_free(p.call);

    begin(&p, "rule \"r\"\nwhen overtalk >= 20%"); /* 12 of 60 s. */
    p.score.talk = UT_TALK_BOTH;
    assert_float_equal(play(&p, 20, UT_ALERT_RAISED), 12, 0);
    test_free(p.call);

    begin(&p, "rule \"r\"\nwhen unanswered > 30s"); /* Hold is no want of an answer. */
    p.second.on_hold = 1;
    play(&p, 100, UT_ALERT_RAISED);
    p.second.on_hold = 0;
    assert_float_equal(play(&p, 40, UT_ALERT_RAISED), 131, 0);
    test_free(p.call);

    begin(&p, "rule \"r\"\nwhen hold > 1m and length > 2m");
    play(&p, 30, UT_ALERT_RAISED);
    p.second.on_hold = 1;
    assert_float_equal(play(&p, 200, UT_ALERT_RAISED), 121, 0);
    assert_int_equal(p.alert.fact_count, 2);
    test_free(p.call);

    begin(&p, "rule \"r\"\nwhen rise > 0.3"); /* .2 for a minute, .8: the mean of ten passes .5. */
    play(&p, 70, UT_ALERT_RAISED);
    p.score.stress = .8f;
    assert_float_equal(play(&p, 10, UT_ALERT_RAISED), 76, 0);
    test_free(p.call);

    begin(&p, "rule \"r\"\nwhen returning >= 2 and words");
    p.second.words = 1;
    p.second.returning = 1;
    play(&p, 5, UT_ALERT_RAISED);
    p.second.returning = 2;
    assert_float_equal(play(&p, 5, UT_ALERT_RAISED), 6, 0);
    test_free(p.call);
}

static void what_was_said_counts_for_a_minute(void **state)
{
    (void)state;
    struct played p;
    struct ut__said said = {.count = 0};
    static const char line[] = "My L\xc3\xa1wyer, I will SUE";
    const struct ut_words_score score = {.hits = 2,
                                         .hit = {{.kind = UT_WORDS_LAW, .len = 10},
                                                 {.kind = UT_WORDS_ANGER, .from = 12, .len = 10}}};
    begin(&p,
          "rule \"r\"\nwhen said law and said \"my lawyer\"\nor said \"lawyer my\" or said insult");
    p.second.said = NULL;
    play(&p, 5, UT_ALERT_RAISED);
    p.second.said = &said;
    play(&p, 5, UT_ALERT_RAISED);
    assert_int_equal(p.raised, 0);
    ut__said_add(&said, 10, line, &score);
    assert_float_equal(play(&p, 50, UT_ALERT_RAISED), 11, 0);
    assert_string_equal(p.alert.text, "rule \xe2\x80\x9cr\xe2\x80\x9d: said "
                                      "\xe2\x80\x9cMy L\xc3\xa1wyer\xe2\x80\x9d");
    assert_true(p.alert.fact_count == 1 && p.alert.phrase_count == 1 &&
                p.alert.phrases[0].kind == UT_WORDS_LAW);
    assert_float_equal(play(&p, 60, UT_ALERT_CLEARED), 79, 0);
    test_free(p.call);
}

static void queues_and_hours_bind(void **state)
{
    (void)state;
    struct played p;
    begin(&p, "rule \"r\"\nwhen length > 1s\nqueue Sales\n");
    play(&p, 5, UT_ALERT_RAISED);
    assert_int_equal(p.raised, 0);
    p.queue = "Sales";
    play(&p, 5, UT_ALERT_RAISED);
    assert_int_equal(p.raised, 1);
    test_free(p.call);
    static const struct {
        int day, minute, fires;
    } times[] = {
        {0, 21 * 60, 0}, {0, 22 * 60, 1}, {1, 5 * 60 + 59, 1},
        {1, 6 * 60, 0},  {4, 23 * 60, 1}, {5, 60, 1}, /* Friday's night ends on Saturday. */
        {5, 23 * 60, 0}, {6, 60, 0},      {0, 60, 0}, /* Sunday's night is not named. */
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        begin(&p, "rule \"r\"\nwhen length > 1s\nhours mon-fri 22:00-06:00\n");
        p.second.week_min = times[i].day * 1440 + times[i].minute;
        play(&p, 5, UT_ALERT_RAISED);
        assert_int_equal(p.raised, times[i].fires);
        test_free(p.call);
    }
}

static void a_rule_that_flaps_tells_twenty_times_at_most(void **state)
{
    (void)state;
    struct played p;
    begin(&p, "rule \"r\"\nwhen stress > .5");
    for (int i = 0; i < 60; i++) {
        p.score.stress = .9f;
        play(&p, 30, UT_ALERT_RAISED);
        p.score.stress = .1f;
        play(&p, 60, UT_ALERT_RAISED);
    }
    assert_int_equal(p.raised, UT__RULES_ALERTS_MAX);
    assert_int_equal(p.cleared, UT__RULES_ALERTS_MAX);
    test_free(p.call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_rule_can_say_is_read),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(it_fires_once_an_episode_at_its_second),
        cmocka_unit_test(what_is_not_known_fires_nothing),
        cmocka_unit_test(each_fact_is_measured),
        cmocka_unit_test(what_was_said_counts_for_a_minute),
        cmocka_unit_test(queues_and_hours_bind),
        cmocka_unit_test(a_rule_that_flaps_tells_twenty_times_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

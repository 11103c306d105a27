/* SPDX-License-Identifier: MIT */
/* Verdicts on alerts, what was missed, and the precision that follows. */

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_verdicts),
                                       cmocka_unit_test(test_precision)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

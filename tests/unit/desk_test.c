/* SPDX-License-Identifier: MIT */
/* Notes, tags and marks on calls, what marks say of alerts, follow-ups, and kept searches. */

#include "unit/store_ear.h"

static struct ut__store *open_in_memory(void)
{
    struct ut__store_config cfg = config();
    cfg.dir = NULL;
    return opened(&cfg);
}

static void assert_status(struct ut__store *s, enum ut__ledger_op op, const char *args,
                          enum ut__ledger_status status)
{
    json_decref(ask(s, op, args));
    assert_int_equal(ear.status, status);
}

/* One minute, with an alert from 20 s to 30 s. */
static void push_call(struct ut__store *s, const char *call)
{
    struct ut__stream_item it = item(call, UT__STREAM_STARTED);
    ut__store_push(s, &it);
    push_alert(s, call, 1, 20, UT_ALERT_RAISED);
    push_alert(s, call, 1, 30, UT_ALERT_CLEARED);
    push_end(s, call);
}

static double total(struct ut__store *s, const char *name)
{
    json_t *a = ask(s, UT__LEDGER_PRECISION, "{\"by\":\"queue\"}");
    double x = json_number_value(json_object_get(json_object_get(a, "total"), name));
    json_decref(a);
    return x;
}

static size_t found(struct ut__store *s, const char *filter)
{
    char args[128];
    snprintf(args, sizeof args, "{\"state\":\"ended\",%s}", filter);
    json_t *a = ask(s, UT__LEDGER_CALLS, args);
    size_t n = json_array_size(json_object_get(a, "calls"));
    json_decref(a);
    return n;
}

static const struct bad {
    enum ut__ledger_op op;
    const char *args;
    enum ut__ledger_status status;
} bads[] = {
    {UT__LEDGER_MARK_ADD, "{\"call\":\"d1\",\"kind\":\"odd\",\"by\":\"qa\"}", UT__LEDGER_BAD},
    {UT__LEDGER_MARK_ADD, "{\"call\":\"d1\",\"kind\":\"note\",\"by\":\"qa\"}", UT__LEDGER_BAD},
    {UT__LEDGER_MARK_ADD, "{\"call\":\"d1\",\"kind\":\"calm\",\"by\":\"qa\"}", UT__LEDGER_BAD},
    {UT__LEDGER_MARK_ADD, "{\"call\":\"d1\",\"kind\":\"calm\",\"t\":61.5,\"by\":\"qa\"}",
     UT__LEDGER_BAD},
    {UT__LEDGER_MARK_ADD, "{\"call\":\"d1\",\"kind\":\"tag\",\"text\":\"a\\nb\",\"by\":\"qa\"}",
     UT__LEDGER_BAD},
    {UT__LEDGER_MARK_ADD, "{\"call\":\"no\",\"kind\":\"tag\",\"text\":\"x\",\"by\":\"qa\"}",
     UT__LEDGER_NOT_FOUND},
    {UT__LEDGER_MARK_ADD,
     "{\"call\":\"d1\",\"kind\":\"tag\",\"text\":\"x\",\"by\":\"qa\",\"scope\":\"[\\\"hr\\\"]\"}",
     UT__LEDGER_NOT_FOUND},
    {UT__LEDGER_MARK_DROP, "{\"id\":\"1\",\"scope\":\"[\\\"hr\\\"]\"}", UT__LEDGER_NOT_FOUND},
    {UT__LEDGER_FOLLOW_UP_ADD, "{\"call\":\"d1\",\"who\":\"ana\",\"by\":\"qa\"}", UT__LEDGER_BAD},
    {UT__LEDGER_FOLLOW_UP_DONE, "{\"id\":\"9\",\"by\":\"qa\"}", UT__LEDGER_NOT_FOUND},
    {UT__LEDGER_FOLLOW_UPS, "{\"state\":\"live\"}", UT__LEDGER_BAD},
    {UT__LEDGER_SEARCH_SET, "{\"name\":\"mine\",\"by\":\"qa\"}", UT__LEDGER_BAD},
    {UT__LEDGER_SEARCH_DROP, "{\"name\":\"mine\",\"by\":\"qa\"}", UT__LEDGER_NOT_FOUND},
};

static void test_marks(void **state)
{
    (void)state;
    struct ut__store *s = open_in_memory();
    push_call(s, "d1");
    push_call(s, "d2");
    assert_status(s, UT__LEDGER_MARK_ADD,
                  "{\"call\":\"d1\",\"kind\":\"note\",\"text\":\"Refund Promised\",\"by\":\"qa\"}",
                  UT__LEDGER_OK);
    static const char tag[] =
        "{\"call\":\"d1\",\"kind\":\"tag\",\"text\":\"coach\",\"t\":12.5,\"by\":\"qa\"}";
    assert_status(s, UT__LEDGER_MARK_ADD, tag, UT__LEDGER_OK);
    assert_status(s, UT__LEDGER_MARK_ADD, tag, UT__LEDGER_OK); /* Once. */
    json_t *a = ask(s, UT__LEDGER_TIMELINE, "{\"call\":\"d1\"}");
    const json_t *marks = json_object_get(a, "marks");
    assert_int_equal(json_array_size(marks), 2);
    assert_true(json_is_null(json_object_get(json_array_get(marks, 0), "t")));
    assert_string_equal(text_of(json_array_get(marks, 1), "text"), "coach");
    json_decref(a);
    assert_int_equal(found(s, "\"q\":\"refund\""), 1);
    assert_status(s, UT__LEDGER_LINES_KEEP,
                  "{\"lines\":[{\"call\":\"d2\",\"t\":3,\"who\":\"caller\",\"language\":\"en\","
                  "\"text\":\"my Parcel is late\"}]}",
                  UT__LEDGER_OK);
    assert_int_equal(found(s, "\"q\":\"parcel\""), 1);
    assert_int_equal(found(s, "\"tag\":\"coach\""), 1);
    assert_int_equal(found(s, "\"marked\":\"note\""), 1);
    assert_int_equal(found(s, "\"marked\":\"calm\""), 0);
    assert_int_equal(found(s, "\"reason\":\"f0\""), 2);
    assert_int_equal(found(s, "\"reason\":\"rate\""), 0);
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++)
        assert_status(s, bads[i].op, bads[i].args, bads[i].status);
    assert_status(s, UT__LEDGER_MARK_DROP, "{\"id\":\"1\"}", UT__LEDGER_OK);
    assert_status(s, UT__LEDGER_ERASE_CALL, "{\"call\":\"d1\"}", UT__LEDGER_OK);
    assert_int_equal(found(s, "\"marked\":\"any\""), 0);
    ut__store_close(s);
}

/* Keeps n lines of that many bytes. */
static void keep_lines(struct ut__store *s, const char *call, int n, int bytes)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++) {
        char text[1024];
        snprintf(text, sizeof text, "%04d%*s", i, bytes - 4, "end");
        json_array_append_new(list, json_pack("{ss si ss ss ss}", "call", call, "t", i, "who",
                                              "caller", "language", "en", "text", text));
    }
    json_t *root = json_pack("{so}", "lines", list);
    char *args = json_dumps(root, JSON_COMPACT);
    assert_status(s, UT__LEDGER_LINES_KEEP, args, UT__LEDGER_OK);
    free(args);
    json_decref(root);
}

/* What a node that leaves hands over of its next call after that row, opened. row: of that call. */
static json_t *handed(struct ut__store *s, int64_t *row)
{
    char args[64];
    snprintf(args, sizeof args, "{\"after\":%lld}", (long long)*row);
    json_t *a = ask(s, UT__LEDGER_RETIRE, args);
    const char *value = text_of(a, "value");
    *row = (int64_t)json_integer_value(json_object_get(a, "after"));
    assert_in_range(strlen(value), 1, 512 * 1024 - 1); /* The most that nodes take. */
    char *text = ut__store_unseal(s, text_of(a, "key"), value);
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    assert_non_null(root);
    free(text);
    json_decref(a);
    return root;
}

/* A node that leaves hands the lines that it kept over with the timeline, of a long call the first. */
static void test_lines_are_handed_over(void **state)
{
    static const struct {
        const char *call;
        int lines, bytes, handed;
    } cases[] = {{"r0", 0, 0, 0}, {"r1", 120, 40, 120}, {"r2", 500, 1000, 100}};
    (void)state;
    struct ut__store *s = open_in_memory();
    int64_t row = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__stream_item it = item(cases[i].call, UT__STREAM_STARTED);
        ut__store_push(s, &it);
        push_score(s, cases[i].call, 1, 0.2F, UT_STATE_CALM);
        push_end(s, cases[i].call);
        keep_lines(s, cases[i].call, cases[i].lines, cases[i].bytes);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *root = handed(s, &row), *said = json_object_get(root, UT__KEPT_LINES);
        const json_t *list = json_object_get(said, "lines");
        assert_int_equal(json_array_size(list), cases[i].handed);
        for (int j = 0; j < cases[i].handed; j++)
            assert_int_equal(strtol(text_of(json_array_get(list, (size_t)j), "text"), NULL, 10), j);
        assert_true(!said || json_is_null(json_object_get(said, "next")));
        assert_non_null(json_object_get(root, "scores"));
        json_decref(root);
    }
    ut__store_close(s);
}

/* A mark within an alert judges it, the newest counts, a verdict above all; one outside is a miss. */
static void test_judge(void **state)
{
    (void)state;
    struct ut__store *s = open_in_memory();
    push_call(s, "j1");
    push_call(s, "j2");
    assert_float_equal(total(s, "judged"), 0, 0);
    assert_status(s, UT__LEDGER_MARK_ADD,
                  "{\"call\":\"j1\",\"kind\":\"stressed\",\"t\":25,\"by\":\"qa\"}", UT__LEDGER_OK);
    assert_float_equal(total(s, "right"), 1, 0);
    assert_status(s, UT__LEDGER_MARK_ADD,
                  "{\"call\":\"j2\",\"kind\":\"calm\",\"t\":18,\"by\":\"qa\"}", UT__LEDGER_OK);
    assert_float_equal(total(s, "wrong"), 1, 0);
    assert_float_equal(total(s, "precision"), 0.5, 0);
    assert_status(s, UT__LEDGER_ACT,
                  "{\"alert\":\"j2-1\",\"action\":\"judge\",\"by\":\"qa\",\"outcome\":\"helped\"}",
                  UT__LEDGER_OK);
    assert_float_equal(total(s, "right"), 2, 0);
    /* Two within 10 s are one moment, and so is what was said to be missed there. */
    static const char *const missed[] = {"50", "54", "44"};
    for (size_t i = 0; i < 3; i++) {
        char args[96];
        snprintf(args, sizeof args, "{\"call\":\"j1\",\"%s\":\"stressed\",\"t\":%s,\"by\":\"qa\"}",
                 i < 2 ? "kind" : "source", missed[i]);
        assert_status(s, i < 2 ? UT__LEDGER_MARK_ADD : UT__LEDGER_MISSED_ADD, args, UT__LEDGER_OK);
    }
    assert_float_equal(total(s, "missed"), 1, 0);
    ut__store_close(s);
}

static size_t follow_ups(struct ut__store *s, const char *args)
{
    json_t *a = ask(s, UT__LEDGER_FOLLOW_UPS, args);
    size_t n = json_array_size(json_object_get(a, "follow_ups"));
    json_decref(a);
    return n;
}

static void test_follow_ups(void **state)
{
    (void)state;
    struct ut__store *s = open_in_memory();
    char args[160];
    push_call(s, "f1");
    assert_status(s, UT__LEDGER_FOLLOW_UP_ADD,
                  "{\"call\":\"f1\",\"who\":\"ana\",\"due_ms\":1000,\"text\":\"ring her\","
                  "\"by\":\"qa\"}",
                  UT__LEDGER_OK);
    snprintf(args, sizeof args, "{\"call\":\"f1\",\"who\":\"bob\",\"due_ms\":%lld,\"by\":\"qa\"}",
             (long long)time(NULL) * 1000 + 3600000);
    assert_status(s, UT__LEDGER_FOLLOW_UP_ADD, args, UT__LEDGER_OK);
    assert_int_equal(follow_ups(s, "{}"), 2);
    assert_int_equal(follow_ups(s, "{\"who\":\"bob\"}"), 1);
    assert_int_equal(follow_ups(s, "{\"state\":\"overdue\"}"), 1);
    assert_int_equal(follow_ups(s, "{\"scope\":\"[\\\"hr\\\"]\"}"), 0);
    assert_int_equal(found(s, "\"follow_up\":\"overdue\""), 1);
    assert_int_equal(state_of(s).overdue, 1);
    json_t *a = ask(s, UT__LEDGER_FOLLOW_UP_DONE, "{\"id\":\"1\",\"by\":\"ana\"}");
    assert_string_equal(text_of(a, "done_by"), "ana");
    json_decref(a);
    a = ask(s, UT__LEDGER_FOLLOW_UP_DONE, "{\"id\":\"1\",\"by\":\"bob\"}");
    assert_string_equal(text_of(a, "done_by"), "ana");
    json_decref(a);
    assert_int_equal(follow_ups(s, "{\"state\":\"overdue\"}"), 0);
    assert_int_equal(follow_ups(s, "{\"state\":\"done\"}"), 1);
    assert_int_equal(state_of(s).overdue, 0);
    ut__store_close(s);
}

/* Each person's own. */
static void test_searches(void **state)
{
    (void)state;
    struct ut__store *s = open_in_memory();
    assert_status(s, UT__LEDGER_SEARCH_SET,
                  "{\"by\":\"ana\",\"name\":\"Monday\",\"query\":\"queue=sales\"}", UT__LEDGER_OK);
    json_t *a = ask(s, UT__LEDGER_SEARCH_SET,
                    "{\"by\":\"ana\",\"name\":\"Monday\",\"query\":\"queue=care\"}");
    const json_t *list = json_object_get(a, "searches");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text_of(json_array_get(list, 0), "query"), "queue=care");
    json_decref(a);
    a = ask(s, UT__LEDGER_SEARCHES, "{\"by\":\"bob\"}");
    assert_int_equal(json_array_size(json_object_get(a, "searches")), 0);
    json_decref(a);
    assert_status(s, UT__LEDGER_SEARCH_DROP, "{\"by\":\"bob\",\"name\":\"Monday\"}",
                  UT__LEDGER_NOT_FOUND);
    assert_status(s, UT__LEDGER_SEARCH_DROP, "{\"by\":\"ana\",\"name\":\"Monday\"}", UT__LEDGER_OK);
    ut__store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks), cmocka_unit_test(test_lines_are_handed_over),
        cmocka_unit_test(test_judge), cmocka_unit_test(test_follow_ups),
        cmocka_unit_test(test_searches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Inquiries to a data folder, one at a time, as commands make them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "unit/unit.h"

static char dir[64];

static struct ut__answer ask(const struct ut__inquiry *q)
{
    struct ut__answer answer;
    ut__store_inquire_once(dir, q, &answer);
    return answer;
}

static enum ut__ledger_status status_of(const struct ut__inquiry *q)
{
    struct ut__answer answer = ask(q);
    assert_true(answer.status == UT__LEDGER_OK || (answer.message[0] && answer.remedy[0]));
    ut__answer_free(&answer);
    return answer.status;
}

static void test_tokens(void **state)
{
    (void)state;
    struct ut__inquiry q = {.kind = UT__INQUIRE_TOKEN_ADD,
                            .token = {.name = "ana", .role = "admin", .hash = "h"}};
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    assert_int_equal(status_of(&q), UT__LEDGER_CONFLICT);
    struct ut__answer a = ask(&(struct ut__inquiry){.kind = UT__INQUIRE_TOKENS});
    assert_int_equal(a.count, 1);
    assert_string_equal(a.tokens[0].name, "ana");
    assert_string_equal(a.tokens[0].role, "admin");
    assert_true(a.tokens[0].created_ms > 0 && a.tokens[0].last_used_ms == 0);
    ut__answer_free(&a);
    q = (struct ut__inquiry){.kind = UT__INQUIRE_SESSION_ADD,
                             .session = {.hash = "s", .name = "ana", .role = "admin"}};
    q.session.expires_ms = INT64_MAX;
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    a = ask(&(struct ut__inquiry){.kind = UT__INQUIRE_SESSIONS});
    assert_true(a.count == 1 && a.sessions[0].expires_ms == INT64_MAX);
    ut__answer_free(&a);
    /* The token takes its sessions with it. */
    q = (struct ut__inquiry){.kind = UT__INQUIRE_TOKEN_DROP, .name = "ana"};
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    assert_int_equal(status_of(&q), UT__LEDGER_NOT_FOUND);
    a = ask(&(struct ut__inquiry){.kind = UT__INQUIRE_SESSIONS});
    assert_int_equal(a.count, 0);
    ut__answer_free(&a);
}

static void test_thresholds(void **state)
{
    (void)state;
    struct ut__inquiry q = {.kind = UT__INQUIRE_THRESHOLD_SET,
                            .threshold = {.queue = "sales", .threshold = .6, .budget = -1}};
    struct ut__answer a = ask(&q);
    assert_int_equal(a.count, 1);
    assert_true(a.thresholds[0].threshold == .6 && a.thresholds[0].budget < 0);
    assert_true(a.thresholds[0].set_ms > 0);
    ut__answer_free(&a);
    q.threshold.budget = 5; /* Both. */
    assert_int_equal(status_of(&q), UT__LEDGER_BAD);
    q.threshold.threshold = -1;
    ut__inquiry_text(q.threshold.queue, sizeof q.threshold.queue,
                     "a queue's name that is longer than any name of a queue that a call may have");
    assert_int_equal(status_of(&q), UT__LEDGER_BAD);
    q = (struct ut__inquiry){.kind = UT__INQUIRE_THRESHOLD_UNSET, .queue = "sales"};
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    assert_int_equal(status_of(&q), UT__LEDGER_NOT_FOUND);
}

static char *question(enum ut__ledger_op op, const char *args)
{
    struct ut__answer answer;
    ut__store_once(dir, op, args, &answer);
    assert_int_equal(answer.status, UT__LEDGER_OK);
    return answer.json;
}

/* What the other nodes have of queue "ab". */
static void heard(int revision, const char *value)
{
    char args[600];
    snprintf(args, sizeof args,
             "{\"list\":[{\"key\":\"threshold.6162\",\"revision\":%d,\"value\":\"{\\\"kind\\\":"
             "\\\"threshold\\\",\\\"name\\\":\\\"ab\\\",\\\"value\\\":%s}\"}]}",
             revision, value);
    free(question(UT__LEDGER_SHARED_TAKE, args));
}

static double threshold_now(void)
{
    struct ut__answer a = ask(&(struct ut__inquiry){.kind = UT__INQUIRE_THRESHOLDS});
    double threshold = a.count ? a.thresholds[0].threshold : -2.0;
    ut__answer_free(&a);
    return threshold;
}

static int is_due(const char *what)
{
    char *due = question(UT__LEDGER_SHARED_DUE, "{}");
    int is = strstr(due, what) != NULL;
    free(due);
    return is;
}

/* The order of the revisions decides; what makes no sense or is another's changes nothing. */
static void test_shared(void **state)
{
    (void)state;
    struct ut__inquiry q = {.kind = UT__INQUIRE_THRESHOLD_SET,
                            .threshold = {.queue = "ab", .threshold = .6, .budget = -1}};
    free(question(UT__LEDGER_SHARED_BUCKET, "{\"bucket\":\"1\"}"));
    heard(7, "{\\\"threshold\\\":0.25}");
    assert_true(threshold_now() == .25 && !is_due("threshold.6162"));
    heard(6, "{\\\"threshold\\\":0.5}");
    heard(8, "{\\\"threshold\\\":5}");
    heard(8, "{\\\"threshold\\\":\\\"high\\\"}");
    heard(8, "[]");
    assert_true(threshold_now() == .25);
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    assert_true(is_due("\"key\":\"threshold.6162\",\"revision\":8"));
    heard(9, "{\\\"threshold\\\":0.6,\\\"budget\\\":null}"); /* The same: nothing is lost. */
    assert_true(is_due("\"lost\":null") && !is_due("threshold.6162"));
    q.threshold.threshold = .7;
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    heard(10, "null");
    assert_true(threshold_now() == -2.0 && is_due("\"lost\":{\"kind\":\"threshold\""));
    free(question(UT__LEDGER_SHARED_BUCKET, "{\"bucket\":\"2\"}"));
    assert_true(is_due("\"key\":\"threshold.6162\",\"revision\":0"));
    free(question(UT__LEDGER_SHARED_TAKE, "{\"list\":[3,{\"key\":\"threshold.61\",\"revision\":9,"
                                          "\"value\":\"{}\"},{\"key\":\"rule.6162\",\"revision\":9,"
                                          "\"value\":\"{\\\"kind\\\":\\\"rule\\\",\\\"name\\\":"
                                          "\\\"ab\\\",\\\"value\\\":{}}\"}]}"));
}

static void test_no_folder(void **state)
{
    (void)state;
    struct ut__answer a;
    ut__store_inquire_once("/proc/nowhere", &(struct ut__inquiry){.kind = UT__INQUIRE_TOKENS}, &a);
    assert_int_equal(a.status, UT__LEDGER_AWAY);
    assert_non_null(a.remedy);
    ut__answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_no_folder),
    };
    snprintf(dir, sizeof dir, "inquiry-test.XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char cmd[128];
    snprintf(cmd, sizeof cmd, "rm -r %s", dir);
    return system(cmd) ? 1 : failed;
}

/* SPDX-License-Identifier: MIT */
/* Inquiries to a data folder, one at a time, as commands make them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "store/join.h"
#include "store/key.h"
#include "store/seal.h"
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

/* What the other nodes, which have this folder's key, keep of a setting. */
static void heard_of(const char *key, int revision, const char *value)
{
    uint8_t secret[UT__KEY_BYTES];
    char text[700];
    assert_int_equal(ut__key_load(dir, secret), 0);
    ut__join_sign(secret, key, value, text);
    snprintf(text + 64, sizeof text - 64, "%s", value);
    json_t *root =
        json_pack("{s[{ss si ss}]}", "list", "key", key, "revision", revision, "value", text);
    char *args = json_dumps(root, JSON_COMPACT);
    free(question(UT__LEDGER_SHARED_TAKE, args));
    free(args);
    json_decref(root);
}

static void heard(int revision, const char *value)
{
    char text[600];
    snprintf(text, sizeof text, "{\"kind\":\"threshold\",\"name\":\"ab\",\"value\":%s}", value);
    heard_of("threshold.6162", revision, text);
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

/* The bus is of nodes with this key. */
static void name_house(void)
{
    uint8_t secret[UT__KEY_BYTES];
    char id[UT__KEY_ID_MAX], args[120];
    assert_int_equal(ut__key_load(dir, secret), 0);
    ut__key_id(secret, id);
    snprintf(args, sizeof args, "{\"list\":[{\"key\":\"house\",\"value\":\"%s\"}]}", id);
    free(question(UT__LEDGER_SHARED_TAKE, args));
}

/* The order of the revisions decides; what makes no sense or is another's changes nothing. */
static void test_shared(void **state)
{
    (void)state;
    struct ut__inquiry q = {.kind = UT__INQUIRE_THRESHOLD_SET,
                            .threshold = {.queue = "ab", .threshold = .6, .budget = -1}};
    free(question(UT__LEDGER_SHARED_BUCKET, "{\"bucket\":\"1\"}"));
    assert_true(is_due("\"key\":\"house\"") && !is_due("threshold."));
    name_house();
    heard(7, "{\"threshold\":0.25}");
    assert_true(threshold_now() == .25 && !is_due("threshold.6162"));
    heard(6, "{\"threshold\":0.5}");
    heard(8, "{\"threshold\":5}");
    heard(8, "{\"threshold\":\"high\"}");
    heard(8, "[]");
    assert_true(threshold_now() == .25);
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    assert_true(is_due("\"key\":\"threshold.6162\",\"revision\":8"));
    heard(9, "{\"threshold\":0.6,\"budget\":null}"); /* The same: nothing is lost. */
    assert_true(is_due("\"lost\":null") && !is_due("threshold.6162"));
    q.threshold.threshold = .7;
    assert_int_equal(status_of(&q), UT__LEDGER_OK);
    heard(10, "null");
    assert_true(threshold_now() == -2.0 && is_due("\"lost\":{\"kind\":\"threshold\""));
    heard_of("threshold.61", 11, "{\"kind\":\"threshold\",\"name\":\"ab\",\"value\":null}");
    heard_of("rule.6162", 11, "{\"kind\":\"rule\",\"name\":\"ab\",\"value\":{}}");
    heard_of("erase.6162", 11, "{\"kind\":\"erase\",\"name\":\"ab\",\"value\":{\"call\":\"c\"}}");
    /* Without the key nobody sets anything, and what lies in the list may be whatever it is. */
    free(question(
        UT__LEDGER_SHARED_TAKE,
        "{\"list\":[3,{\"key\":\"threshold.6162\",\"revision\":12,\"value\":\"{\\\"kind\\\":"
        "\\\"threshold\\\",\\\"name\\\":\\\"ab\\\",\\\"value\\\":{\\\"threshold\\\":0.1}}\"}"
        "]}"));
    assert_true(threshold_now() == -2.0);
    free(question(UT__LEDGER_SHARED_BUCKET, "{\"bucket\":\"2\"}"));
    name_house();
    assert_true(is_due("\"key\":\"threshold.6162\",\"revision\":0"));
    free(question(UT__LEDGER_SHARED_TAKE,
                  "{\"list\":[{\"key\":\"house\",\"value\":\"0123456789abcdef\"}]}"));
    assert_true(is_due("\"stranger\":true") && !is_due("threshold."));
}

static void test_join(void **state)
{
    uint8_t key[UT__KEY_BYTES] = {1, 2, 3}, got[UT__KEY_BYTES] = {0};
    char secret[UT__JOIN_SECRET_MAX], sealed[UT__JOIN_SEALED_MAX];
    (void)state;
    assert_int_equal(ut__join_seal(key, 1000, secret, sealed), 0);
    assert_int_equal(ut__join_open(secret, sealed, 1000, got), 0);
    assert_memory_equal(got, key, sizeof key);
    assert_int_equal(ut__join_open(secret, sealed, 1001, got), UT_EMALFORMED);
    /* The time cannot be put off, nor a letter of either text changed. */
    sealed[0] = '9';
    assert_int_equal(ut__join_open(secret, sealed, 1000, got), UT_EMALFORMED);
    sealed[0] = '1';
    secret[4] = secret[4] == '0' ? '1' : '0';
    assert_int_equal(ut__join_open(secret, sealed, 1000, got), UT_EMALFORMED);
    static const char *const bad[] = {"", " ", "1000 ", "1000 zz", "utj_", "utj_00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ut__join_open(secret, bad[i], 0, got), UT_EMALFORMED);
        assert_int_equal(ut__join_open(bad[i], sealed, 0, got), UT_EMALFORMED);
    }
}

static void test_seal(void **state)
{
    static const uint8_t key[UT__KEY_BYTES] = {1, 2, 3}, other[UT__KEY_BYTES] = {1, 2, 4};
    static const char *const texts[] = {"", "a", "ab", "{\"id\":1}"};
    char *sealed = NULL, *again = NULL, *got = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(ut__seal(key, "asked", texts[i], &sealed), 0);
        assert_int_equal(ut__unseal(key, "asked", sealed, &got), 0);
        assert_string_equal(got, texts[i]);
        free(got);
        assert_int_equal(ut__unseal(other, "asked", sealed, &got), UT_EMALFORMED);
        assert_int_equal(ut__unseal(key, "answered", sealed, &got), UT_EMALFORMED);
        /* The last of base64 has bits that say nothing. */
        for (size_t k = 0; k + 4 < strlen(sealed); k++) {
            char whole = sealed[k];
            sealed[k] = whole == 'A' ? 'B' : 'A';
            assert_int_equal(ut__unseal(key, "asked", sealed, &got), UT_EMALFORMED);
            sealed[k] = whole;
        }
        free(sealed);
    }
    assert_int_equal(ut__seal(key, "asked", "x", &sealed), 0);
    assert_int_equal(ut__seal(key, "asked", "x", &again), 0);
    assert_string_not_equal(sealed, again);
    free(sealed);
    free(again);
    static const char *const bad[] = {
        "",       "s",      "s1",     "s1A",
        "s1====", "s1AAAA", "s2AAAA", "s1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        "s1 AAA"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut__unseal(key, "asked", bad[i], &got), UT_EMALFORMED);
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
        cmocka_unit_test(test_tokens), cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_shared), cmocka_unit_test(test_join),
        cmocka_unit_test(test_seal),   cmocka_unit_test(test_no_folder),
    };
    snprintf(dir, sizeof dir, "inquiry-test.XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char cmd[128];
    snprintf(cmd, sizeof cmd, "rm -r %s", dir);
    return system(cmd) ? 1 : failed;
}

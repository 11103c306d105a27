/* SPDX-License-Identifier: MIT */
/* The record learns what is usual in a queue, from calls that end. */
#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <sqlite3.h>
#include <undertone/undertone.h>

#include "store/join.h"
#include "store/key.h"
#include "unit/store_ear.h"

static struct ut_model *model;

static struct ut_habit habit(float usual)
{
    struct ut_habit h = {.call_s = 60, .speech_s = 20, .usual = usual};
    for (int i = 0; i < UT_SITE_SHIFTS; i++)
        h.near[i] = 0.004f * (float)i;
    return h;
}

/* A call of a queue that ends, with what it tells; caller "": nobody said who. */
static void call_ends(struct ut__store *s, int number, const char *queue, const char *caller,
                      int alerted, float usual)
{
    struct ut__answer answer;
    struct ut__inquiry q = {.kind = UT__INQUIRE_SITE_LEARN, .taught = {.habit = habit(usual)}};
    snprintf(q.taught.call, sizeof q.taught.call, "c%d", number);
    struct ut__stream_item it = item(q.taught.call, UT__STREAM_STARTED);
    snprintf(it.info.queue, sizeof it.info.queue, "%s", queue);
    snprintf(it.info.caller, sizeof it.info.caller, "%s", caller);
    ut__store_push(s, &it);
    if (alerted)
        push_alert(s, q.taught.call, 1, 5, UT_ALERT_RAISED);
    it.kind = UT__STREAM_ENDED;
    ut__store_push(s, &it);
    inquire(s, &q, &answer);
    assert_int_equal(answer.status, UT__LEDGER_OK);
    ut__answer_free(&answer);
}

/* Calls first to last, each of a caller of its own. */
static void calls_end(struct ut__store *s, int first, int last, const char *queue, float usual)
{
    for (int i = first; i <= last; i++) {
        char caller[32];
        snprintf(caller, sizeof caller, "+34 600 %06d", i);
        call_ends(s, i, queue, caller, 0, usual);
    }
}

static struct ut__site_row row_of(struct ut__store *s, const char *queue)
{
    struct ut__answer answer;
    struct ut__site_row row = {.enough = 0};
    inquire(s, &(struct ut__inquiry){.kind = UT__INQUIRE_SITES}, &answer);
    assert_int_equal(answer.status, UT__LEDGER_OK);
    assert_string_equal(answer.sites[0].wish.queue, "*");
    for (uint32_t i = 0; i < answer.count; i++)
        if (strcmp(answer.sites[i].wish.queue, queue) == 0)
            row = answer.sites[i];
    ut__answer_free(&answer);
    return row;
}

static enum ut__ledger_status choose(struct ut__store *s, enum ut__inquiry_kind kind,
                                     const char *queue, const char *mode)
{
    struct ut__answer answer;
    struct ut__inquiry q = {.kind = kind, .site = {.set_by = "ana"}};
    ut__inquiry_text(q.site.queue, sizeof q.site.queue, queue);
    ut__inquiry_text(q.site.mode, sizeof q.site.mode, mode);
    inquire(s, &q, &answer);
    enum ut__ledger_status status = answer.status;
    assert_true(status == UT__LEDGER_OK || (answer.message[0] && answer.remedy[0]));
    ut__answer_free(&answer);
    return status;
}

static enum ut__ledger_status export_to(struct ut__store *s, const char *queue, const char *sum,
                                        char text[UT_SITE_TEXT_MAX])
{
    struct ut__answer answer;
    struct ut__inquiry q = {.kind = UT__INQUIRE_SITE_TEXT};
    ut__inquiry_text(q.profile.queue, sizeof q.profile.queue, queue);
    ut__inquiry_text(q.profile.checksum, sizeof q.profile.checksum, sum);
    inquire(s, &q, &answer);
    enum ut__ledger_status status = answer.status;
    if (status == UT__LEDGER_OK)
        memcpy(text, answer.profiles[0].text, UT_SITE_TEXT_MAX);
    ut__answer_free(&answer);
    return status;
}

static struct ut__store *record(const char *folder)
{
    struct ut__store_config cfg = config();
    cfg.dir = folder;
    cfg.model = model;
    return opened(&cfg);
}

static void who_teaches(void **state)
{
    (void)state;
    struct ut__store *s = record(NULL);
    call_ends(s, 1, "sales", "+34 1", 1, -1); /* An alert. */
    assert_int_equal(row_of(s, "*").learnt.memory.calls, 0);
    for (int i = 2; i <= 51; i++) /* One caller. */
        call_ends(s, i, "sales", "+34 2", 0, -1);
    assert_int_equal(row_of(s, "*").learnt.memory.calls, 2);
    assert_int_equal(row_of(s, "sales").learnt.memory.calls, 2);
    for (int i = 52; i <= 54; i++) /* Nobody knows who. */
        call_ends(s, i, "", "", 0, -1);
    assert_int_equal(row_of(s, "*").learnt.memory.calls, 5);
    assert_int_equal(row_of(s, "sales").learnt.memory.calls, 2);
    assert_float_equal(row_of(s, "*").learnt.memory.call_s, 300, 1e-6);
    assert_float_equal(row_of(s, "*").learnt.memory.speech_s, 100, 1e-6);
    /* Who is erased is not known as somebody who has taught. */
    json_decref(ask(s, UT__LEDGER_ERASE_CALLER, "{\"caller\":\"+34 2\",\"by\":\"ana\"}"));
    call_ends(s, 60, "sales", "+34 2", 0, -1);
    assert_int_equal(row_of(s, "sales").learnt.memory.calls, 3);
    /* One caller among ordinary ones moves what is usual by two calls of 32, whatever they say. */
    calls_end(s, 100, 129, "many", -1);
    for (int i = 130; i < 160; i++)
        call_ends(s, i, "many", "+34 3", 0, 8);
    struct ut__site_row many = row_of(s, "many");
    assert_true(many.enough && many.learnt.memory.calls == 32);
    assert_float_equal(many.learnt.usual, (30 * -1.0 + 2 * 8.0) / 32, 1e-4);
    ut__store_close(s);
}

/* The same calls in the same order give the same bytes, a restart in between or not; and they are what
 * the library makes of the same calls. */
static void the_same_calls_give_the_same_bytes(void **state)
{
    (void)state;
    char whole[UT_SITE_TEXT_MAX], parted[UT_SITE_TEXT_MAX];
    struct ut__store *s = record(NULL);
    assert_int_equal(export_to(s, "sales", "", whole), UT__LEDGER_NOT_FOUND);
    calls_end(s, 1, 29, "sales", -1.23456789f);
    assert_int_equal(export_to(s, "sales", "", whole), UT__LEDGER_CONFLICT);
    calls_end(s, 30, 40, "sales", -0.7f);
    assert_int_equal(export_to(s, "sales", "", whole), UT__LEDGER_OK);
    ut__store_close(s);
    s = record(dir);
    calls_end(s, 1, 17, "sales", -1.23456789f);
    ut__store_close(s);
    s = record(dir);
    calls_end(s, 18, 29, "sales", -1.23456789f);
    calls_end(s, 30, 40, "sales", -0.7f);
    assert_int_equal(export_to(s, "sales", "", parted), UT__LEDGER_OK);
    ut__store_close(s);
    assert_string_equal(whole, parted);
    struct ut_site read, settled;
    struct ut_site_memory m = {.calls = 0};
    for (int i = 1; i <= 40; i++) {
        struct ut_habit h = habit(i < 30 ? -1.23456789f : -0.7f);
        ut_site_learn(&m, &h);
    }
    assert_int_equal(ut_site_read(&read, model, whole, strlen(whole)), 0);
    assert_int_equal(ut_site_settle_unalerted(&settled, &m, model), 0);
    assert_float_equal(read.shift, settled.shift, 1.5e-4);
    assert_float_equal(read.usual, settled.usual, 1.5e-4);
    assert_int_equal(read.memory.calls, 40);
}

static void what_people_choose(void **state)
{
    (void)state;
    char text[UT_SITE_TEXT_MAX], old[UT_SITE_TEXT_MAX];
    struct ut__store *s = record(NULL);
    const enum ut__inquiry_kind set = UT__INQUIRE_SITE_SET, reset = UT__INQUIRE_SITE_RESET;
    assert_int_equal(choose(s, set, "sales", "maybe"), UT__LEDGER_BAD);
    assert_int_equal(choose(s, set, "", "off"), UT__LEDGER_BAD);
    assert_int_equal(choose(s, reset, "nowhere", ""), UT__LEDGER_NOT_FOUND);
    assert_int_equal(choose(s, set, "sales", "frozen"), UT__LEDGER_CONFLICT);
    assert_int_equal(choose(s, set, "sales", "off"), UT__LEDGER_OK);
    calls_end(s, 1, 1, "sales", -1);
    assert_int_equal(row_of(s, "sales").learnt.memory.calls, 0);
    assert_int_equal(row_of(s, "*").learnt.memory.calls, 1);
    /* It is applied from the call on that makes it enough. */
    assert_int_equal(choose(s, set, "sales", "apply"), UT__LEDGER_OK);
    calls_end(s, 2, 30, "sales", -1);
    assert_true(!row_of(s, "sales").applies);
    calls_end(s, 31, 31, "sales", -1);
    struct ut__site_row row = row_of(s, "sales");
    assert_true(row.applies && row.enough && !row_of(s, "*").applies);
    assert_float_equal(row.applied.usual, -1, 1e-4);
    assert_int_equal(export_to(s, "sales", row.checksum, old), UT__LEDGER_OK);
    /* It is renewed by steps, and the one before can still be had. */
    calls_end(s, 32, 33, "sales", -1);
    assert_string_equal(row_of(s, "sales").checksum, row.checksum);
    calls_end(s, 34, 50, "sales", 1);
    assert_string_not_equal(row_of(s, "sales").checksum, row.checksum);
    assert_true(row_of(s, "sales").applied.usual > -0.9f);
    assert_int_equal(export_to(s, "sales", row.checksum, text), UT__LEDGER_OK);
    assert_string_equal(text, old);
    /* Frozen, nothing is learnt. */
    assert_int_equal(choose(s, set, "sales", "frozen"), UT__LEDGER_OK);
    row = row_of(s, "sales");
    calls_end(s, 51, 90, "sales", 1);
    assert_int_equal(row_of(s, "sales").learnt.memory.calls, row.learnt.memory.calls);
    assert_string_equal(row_of(s, "sales").checksum, row.checksum);
    /* Reset in the midst of learning: it begins at nothing, and callers may teach again. */
    assert_int_equal(choose(s, reset, "sales", ""), UT__LEDGER_OK);
    row = row_of(s, "sales");
    assert_true(!row.applies && !row.enough && row.learnt.memory.calls == 0);
    assert_string_equal(row.mode, "learn");
    calls_end(s, 91, 95, "sales", 1);
    call_ends(s, 96, "sales", "+34 600 000033", 0, 1);
    assert_int_equal(row_of(s, "sales").learnt.memory.calls, 6);
    /* What is chosen for all holds for who has no choice of its own. */
    calls_end(s, 100, 130, "support", -1);
    assert_int_equal(choose(s, set, "*", "apply"), UT__LEDGER_OK);
    assert_true(row_of(s, "*").applies && row_of(s, "support").applies);
    assert_true(!row_of(s, "sales").applies);
    assert_int_equal(choose(s, set, "*", ""), UT__LEDGER_OK);
    assert_true(!row_of(s, "*").applies && !row_of(s, "support").applies);
    assert_string_equal(row_of(s, "support").mode, "learn");
    ut__store_close(s);
}

static void it_fades_slowly(void **state)
{
    (void)state;
    struct ut__store *s = record(NULL);
    calls_end(s, 1, 1999, "", -1);
    assert_int_equal(row_of(s, "*").learnt.memory.calls, 1999);
    calls_end(s, 2000, 2000, "", -1);
    assert_int_equal(row_of(s, "*").learnt.memory.calls, 1800);
    assert_float_equal(row_of(s, "*").learnt.memory.call_s, 108000, 1e-1);
    assert_float_equal(row_of(s, "*").learnt.usual, -1, 1e-4);
    ut__store_close(s);
}

/* What another node of this house has chosen. */
static void heard_of(struct ut__store *s, int revision, const char *queue_hex, json_t *value_take,
                     const char *queue)
{
    uint8_t secret[UT__KEY_BYTES];
    char key[64], text[4096];
    json_t *root = json_pack("{ss ss so}", "kind", "site", "name", queue, "value", value_take);
    char *plain = json_dumps(root, JSON_COMPACT);
    assert_int_equal(ut__key_load(dir, secret), 0);
    snprintf(key, sizeof key, "site.%s", queue_hex);
    ut__join_sign(secret, key, plain, text);
    snprintf(text + 64, sizeof text - 64, "%s", plain);
    json_decref(root);
    free(plain);
    root = json_pack("{s[{ss si ss}]}", "list", "key", key, "revision", revision, "value", text);
    char *args = json_dumps(root, JSON_COMPACT);
    json_decref(ask(s, UT__LEDGER_SHARED_TAKE, args));
    free(args);
    json_decref(root);
}

static json_t *choice(const char *mode, const char *profile, int64_t reset_ms)
{
    return json_pack("{ss? ss sI so ss?}", "mode", mode, "set_by", "bea", "set_ms",
                     (json_int_t)5000, "reset_ms", reset_ms ? json_integer(reset_ms) : json_null(),
                     "profile", profile);
}

/* The choice, a reset and a frozen profile are one on all nodes; what is no profile changes nothing. */
static void nodes_share_what_is_chosen(void **state)
{
    (void)state;
    char text[UT_SITE_TEXT_MAX], id[UT__KEY_ID_MAX], *bad;
    uint8_t secret[UT__KEY_BYTES];
    struct ut__store *s = record(dir);
    assert_int_equal(ut__key_load(dir, secret), 0);
    ut__key_id(secret, id);
    json_t *house =
        json_pack("{s[{ss si ss}]}", "list", "key", "house", "revision", 1, "value", id);
    char *args = json_dumps(house, JSON_COMPACT);
    json_decref(ask(s, UT__LEDGER_SHARED_TAKE, args));
    free(args);
    json_decref(house);
    calls_end(s, 3000, 3030, "x", -1);
    assert_int_equal(choose(s, UT__INQUIRE_SITE_SET, "x", "frozen"), UT__LEDGER_OK);
    assert_int_equal(export_to(s, "x", "", text), UT__LEDGER_OK);
    json_t *due = ask(s, UT__LEDGER_SHARED_DUE, "{}");
    char *told = json_dumps(due, JSON_COMPACT);
    assert_non_null(strstr(told, "site.78"));
    assert_non_null(strstr(told, "undertone-site 1"));
    free(told);
    json_decref(due);
    /* Another queue takes this one's profile, as another node's. */
    heard_of(s, 7, "79", choice("frozen", text, 0), "y");
    assert_true(row_of(s, "y").applies && row_of(s, "y").learnt.memory.calls == 0);
    assert_string_equal(row_of(s, "y").checksum, row_of(s, "x").checksum);
    assert_string_equal(row_of(s, "y").wish.set_by, "bea");
    /* What makes no sense is left alone. */
    bad = strdup(text);
    bad[strlen(bad) - 3] ^= 1;
    heard_of(s, 8, "79", choice("frozen", bad, 0), "y");
    heard_of(s, 9, "79", choice("sometimes", NULL, 0), "y");
    heard_of(s, 10, "79", choice("frozen", NULL, 0), "y");
    assert_string_equal(row_of(s, "y").checksum, row_of(s, "x").checksum);
    free(bad);
    heard_of(s, 11, "78", choice("off", NULL, 0), "x");
    assert_true(!row_of(s, "x").applies && row_of(s, "x").enough);
    heard_of(s, 12, "78", choice("learn", NULL, INT64_C(4000000000000)), "x");
    assert_true(!row_of(s, "x").enough && row_of(s, "x").learnt.memory.calls == 0);
    calls_end(s, 3100, 3100, "x", -1);
    heard_of(s, 13, "78", choice("apply", NULL, INT64_C(4000000000000)), "x"); /* The same reset. */
    assert_int_equal(row_of(s, "x").learnt.memory.calls, 1);
    ut__store_close(s);
}

static void run_sql(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/undertone.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* What lies in the record and cannot be used is set aside, said, and learnt anew. */
static void what_cannot_be_used_is_set_aside(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "UPDATE sites SET learnt = replace(learnt, 'calls 40', 'calls 41') WHERE queue = 'sales'",
        "UPDATE sites SET learnt = replace(learnt, 'site 1', 'site 2') WHERE queue = 'sales'",
        "UPDATE sites SET learnt = 'nan' WHERE queue = 'sales'",
        "UPDATE sites SET learnt = substr(learnt, 1, 300) WHERE queue = 'sales'",
    };
    char good[UT_SITE_TEXT_MAX], undo[UT_SITE_TEXT_MAX + 100];
    struct ut__store *s = record(dir);
    assert_int_equal(export_to(s, "sales", "", good), UT__LEDGER_OK);
    ut__store_close(s);
    snprintf(undo, sizeof undo,
             "UPDATE sites SET aside = NULL, learnt = '%s' WHERE queue = 'sales'", good);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        run_sql(bad[i]);
        s = record(dir);
        struct ut__site_row row = row_of(s, "sales");
        assert_true(row.aside && !row.enough && !row.applies && row.learnt.memory.calls == 0);
        calls_end(s, 500 + (int)i, 500 + (int)i, "sales", -1);
        assert_int_equal(row_of(s, "sales").learnt.memory.calls, 1);
        assert_true(row_of(s, "*").learnt.memory.calls >= 40 && !row_of(s, "*").aside);
        if (i == 0) {
            assert_int_equal(choose(s, UT__INQUIRE_SITE_RESET, "sales", ""), UT__LEDGER_OK);
            assert_true(!row_of(s, "sales").aside);
        }
        ut__store_close(s);
        run_sql(undo);
    }
    /* An applied one, and one of another model. */
    s = record(dir);
    assert_int_equal(choose(s, UT__INQUIRE_SITE_SET, "sales", "apply"), UT__LEDGER_OK);
    assert_true(row_of(s, "sales").applies);
    ut__store_close(s);
    run_sql("UPDATE site_profiles SET text = replace(text, 'model ', 'model 0')");
    s = record(dir);
    assert_true(row_of(s, "sales").aside && !row_of(s, "sales").applies);
    ut__store_close(s);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/ut-sites-XXXXXX");
    return !mkdtemp(dir) || ut_model_create_default(&model);
}

static int tear_down(void **state)
{
    char command[80];
    (void)state;
    ut_model_destroy(model);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_teaches),
        cmocka_unit_test(the_same_calls_give_the_same_bytes),
        cmocka_unit_test(what_people_choose),
        cmocka_unit_test(it_fades_slowly),
        cmocka_unit_test(what_cannot_be_used_is_set_aside),
        cmocka_unit_test(nodes_share_what_is_chosen),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

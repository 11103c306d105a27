/* SPDX-License-Identifier: MIT */
/* The store: alerts on disk before they are told, their life, the outbox, retention and erasure. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "store/store.h"
#include "unit/store_ear.h"
#include "unit/unit.h"

static void test_life(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    struct ut__stream_item it = item("c1", UT__STREAM_STARTED);
    ut__store_push(s, &it);
    push_score(s, "c1", 1.0, 0.2F, UT_STATE_CALM);
    push_alert(s, "c1", 1, 12.0, UT_ALERT_RAISED);
    wait_alerts(1);
    json_t *told = json_loads(ear.last, 0, NULL);
    assert_string_equal(text_of(told, "action"), "raised");
    assert_string_equal(text_of(json_object_get(told, "alert"), "state"), "raised");
    assert_string_equal(text_of(json_object_get(told, "alert"), "severity"), "medium");
    json_decref(told);

    json_t *a =
        ask(s, UT__LEDGER_ACT,
            "{\"alert\":\"c1-1\",\"action\":\"acknowledge\",\"by\":\"eva\",\"note\":\"me\"}");
    assert_int_equal(ear.status, UT__LEDGER_OK);
    assert_string_equal(text_of(a, "state"), "acknowledged");
    assert_string_equal(text_of(a, "assigned_to"), "eva");
    assert_int_equal(json_array_size(json_object_get(a, "notes")), 1);
    json_decref(a);
    json_decref(
        ask(s, UT__LEDGER_ACT, "{\"alert\":\"c1-1\",\"action\":\"acknowledge\",\"by\":\"bob\"}"));
    assert_int_equal(ear.status, UT__LEDGER_CONFLICT);
    json_decref(
        ask(s, UT__LEDGER_ACT, "{\"alert\":\"c1-1\",\"action\":\"acknowledge\",\"by\":\"eva\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    json_decref(ask(s, UT__LEDGER_ACT,
                    "{\"alert\":\"c1-1\",\"action\":\"hand_over\",\"by\":\"eva\",\"to\":\"bob\"}"));
    push_alert(s, "c1", 1, 30.0, UT_ALERT_CLEARED);
    a = ask(s, UT__LEDGER_ACT,
            "{\"alert\":\"c1-1\",\"action\":\"resolve\",\"by\":\"bob\",\"outcome\":\"helped\"}");
    assert_string_equal(text_of(a, "state"), "resolved");
    assert_true(json_is_true(json_object_get(a, "cleared")));
    assert_float_equal(json_number_value(json_object_get(a, "recovery_s")), 18.0, 1e-6);
    json_decref(a);
    a = ask(s, UT__LEDGER_LIFE, "{\"alert\":\"c1-1\"}");
    assert_int_equal(json_array_size(json_object_get(a, "life")), 5);
    json_decref(a);
    push_end(s, "c1");
    a = ask(s, UT__LEDGER_TIMELINE, "{\"call\":\"c1\"}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "scores"), "rows")), 1);
    assert_int_equal(
        json_array_size(json_array_get(json_object_get(json_object_get(a, "scores"), "rows"), 0)),
        16);
    assert_int_equal(json_array_size(json_object_get(a, "alerts")), 1);
    json_decref(a);
    a = ask(s, UT__LEDGER_OUTCOMES, "{\"by\":\"agent\"}");
    json_t *row = json_array_get(json_object_get(a, "rows"), 0);
    assert_string_equal(text_of(row, "name"), "ana");
    assert_float_equal(json_number_value(json_object_get(row, "recovery_rate")), 1.0, 1e-9);
    json_decref(a);
    ut__store_close(s);
}

static struct ut__letter letters[UT__LETTERS_MAX];
static int64_t wait_ms;

/* The letters of the channel into `letters`; the texts of the ones before are freed. */
static int take(struct ut__store *s)
{
    static int n;
    while (n > 0)
        free(letters[--n].texts);
    n = s ? ut__store_take(s, "webhook:1", letters, &wait_ms) : 0;
    assert_true(n >= 0);
    return n;
}

static void settle(struct ut__store *s, int64_t id, int64_t alert_row, enum ut__letter_end end,
                   int64_t retry_ms, int held)
{
    struct ut__settled how = {.id = id,
                              .alert_row = alert_row,
                              .end = end,
                              .retry_ms = retry_ms,
                              .held = (uint8_t)held,
                              .error = "HTTP 500"};
    struct ut__answer answer;
    pthread_mutex_lock(&ear.lock);
    int before = ear.answers;
    assert_int_equal(ut__store_settle(s, &how, 1, hear_values, &answer), 0);
    while (ear.answers == before)
        pthread_cond_wait(&ear.heard, &ear.lock);
    assert_int_equal(ear.status, UT__LEDGER_OK);
    pthread_mutex_unlock(&ear.lock);
}

/* Who stands in for a node that died tells what a rule's alert is told by, and no other channel. */
static void test_stand_in_by_channels(void **state)
{
    static const struct {
        const char *channels;
        int letters;
    } cases[] = {{"null", 1}, {"[\"chat\"]", 0}, {"[\"chat\",\"webhook:1\"]", 1}};
    (void)state;
    struct ut__store_config cfg = config();
    cfg.node = "n2";
    cfg.channels[0].actions = UT__LIFE_ESCALATED;
    struct ut__store *s = opened(&cfg);
    int before = take(s);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char args[256];
        snprintf(args, sizeof args,
                 "{\"action\":\"escalated\",\"alert_id\":\"x%zu-2001\",\"time_ms\":9,\"by\":null,"
                 "\"text\":null,\"alert\":{\"alert\":\"x%zu-2001\",\"node\":\"n1\",\"asked_ms\":5,"
                 "\"channels\":%s}}",
                 i, i, cases[i].channels);
        json_decref(ask(s, UT__LEDGER_STAND_IN, args));
        assert_int_equal(take(s), before + cases[i].letters);
        if (cases[i].letters) /* Of 1970: the first. */
            settle(s, letters[0].id, letters[0].alert_row, UT__LETTER_SENT, 0, 0);
    }
    take(NULL);
    ut__store_close(s);
}

/* The channels that a rule names are told with its alert. */
static void test_channels_of_a_rule(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    struct ut__stream_item it = item("by1", UT__STREAM_STARTED);
    ut__store_push(s, &it);
    it = item("by1", UT__STREAM_EVENT);
    it.event.type = UT_EVENT_ALERT;
    it.event.u.alert =
        (struct ut_alert_event){.action = UT_ALERT_RAISED, .n = 2001, .text = "hold"};
    snprintf(it.channels, sizeof it.channels, "chat\nwebhook:\"2\"\n");
    ut__store_push(s, &it);
    wait_alerts(1);
    json_t *a = ask(s, UT__LEDGER_ALERT, "{\"alert\":\"by1-2001\"}");
    const json_t *names = json_object_get(a, "channels");
    assert_int_equal(json_array_size(names), 2);
    assert_string_equal(json_string_value(json_array_get(names, 0)), "chat");
    assert_string_equal(json_string_value(json_array_get(names, 1)), "webhook:\"2\"");
    json_decref(a);
    a = ask(s, UT__LEDGER_ALERT, "{\"alert\":\"c1-1\"}");
    assert_true(json_is_null(json_object_get(a, "channels")));
    json_decref(a);
    push_end(s, "by1");
    json_decref(ask(s, UT__LEDGER_ERASE_CALL, "{\"call\":\"by1\",\"by\":\"eva\"}"));
    ut__store_close(s);
}

/* What was told is there after a new start; the letters wait in order until they are confirmed. */
static void test_outbox(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    assert_int_equal(take(s), 2);
    assert_int_equal(strlen(letters[0].key), strlen("c1-1@n1.01234567"));
    assert_int_equal(strncmp(letters[0].key, "c1-1@n1.", 8), 0);
    assert_string_equal(letters[0].alert, "c1-1");
    assert_string_equal(letters[0].action, "raised");
    assert_string_equal(letters[1].action, "cleared");
    assert_int_equal(strncmp(letters[0].body, "{\"key\":\"c1-1@n1.", 16), 0);
    int64_t id = letters[0].id, row = letters[0].alert_row;
    assert_int_equal(letters[1].alert_row, row);
    settle(s, id, row, UT__LETTER_LATER, 60000, 1);
    assert_int_equal(take(s), 0); /* The second waits, too. */
    assert_in_range(wait_ms, 50000, 60000);
    assert_int_equal(ut__store_hurry(s, "webhook:1"), 0);
    (void)state_of(s);
    assert_int_equal(take(s), 1); /* The receiver named the first one's time. */
    assert_string_equal(letters[0].action, "cleared");
    settle(s, id, row, UT__LETTER_LATER, 60000, 0);
    assert_int_equal(take(s), 0);
    assert_int_equal(ut__store_hurry(s, "webhook:1"), 0);
    (void)state_of(s);
    assert_int_equal(take(s), 2);
    assert_int_equal(letters[0].attempts, 2);
    settle(s, id, row, UT__LETTER_DEAD, 0, 0);
    json_t *a = ask(s, UT__LEDGER_DEAD, "{}");
    assert_int_equal(json_array_size(json_object_get(a, "dead_letters")), 1);
    json_decref(a);
    assert_int_equal(take(s), 1);
    json_decref(ask(s, UT__LEDGER_DEAD_RESEND, "{\"id\":\"*\"}"));
    assert_int_equal(take(s), 2);
    settle(s, id, row, UT__LETTER_SENT, 0, 0);
    assert_int_equal(take(s), 1);
    take(NULL);
    ut__store_close(s);
}

/* As many letters as wait when a receiver was away for long: each taking costs the same, and the
 * store's thread answers meanwhile. */
static void test_backlog(void **state)
{
    (void)state;
    enum { LETTERS = 100000 };
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    char path[96], sql[512];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/undertone.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, WAIT_MS);
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT"
             " INTO outbox(channel, alert_id, action, key, body, created_ms, due_ms) SELECT"
             " 'webhook:1', 1000 + i, 'raised', 'bulk' || i, '{}', 0, i %% 50 FROM n",
             LETTERS);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    int64_t began = ut__clock_mono_us();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(take(s), UT__LETTERS_MAX);
        settle(s, letters[0].id, letters[0].alert_row, UT__LETTER_SENT, 0, 0);
    }
    /* A tenth of a millisecond each is what it takes; a walk over all of them takes 100 s. */
    assert_true(ut__clock_mono_us() - began < 20000000);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM outbox WHERE key GLOB 'bulk*'", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    take(NULL);
    ut__store_close(s);
}

/* A letter that was put off before the clock was set back leaves all the same. */
static void test_clock_set_back(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    char path[96];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/undertone.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, WAIT_MS);
    static const int put_off_min[] = {30, 24 * 60};
    for (int i = 0; i < 2; i++) {
        char sql[96];
        snprintf(sql, sizeof sql, "UPDATE outbox SET due_ms = %lld",
                 (long long)time(NULL) * 1000 + put_off_min[i] * 60000LL);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(take(s), i);
    }
    take(NULL);
    sqlite3_close(db);
    ut__store_close(s);
}

static void test_escalation(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    cfg.escalate_s = 1;
    cfg.escalate_to = "lead";
    cfg.expire_s = 1;
    struct ut__store *s = opened(&cfg);
    push_alert(s, "c2", 1, 5.0, UT_ALERT_RAISED);
    wait_alerts(2);
    json_t *told = json_loads(ear.last, 0, NULL);
    assert_string_equal(text_of(told, "action"), "escalated");
    assert_string_equal(text_of(json_object_get(told, "alert"), "assigned_to"), "lead");
    assert_string_equal(text_of(json_object_get(told, "alert"), "severity"), "high");
    json_decref(told);
    push_end(s, "c2");
    wait_alerts(3);
    told = json_loads(ear.last, 0, NULL);
    assert_string_equal(text_of(told, "action"), "expired");
    json_decref(told);
    ut__store_close(s);
}

/* A call that a crash cut short is closed at the next start; its open alert stays open. */
static void test_restart(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    struct ut__stream_item it = item("cut", UT__STREAM_STARTED);
    struct ut__answer exposed;
    ut__store_push(s, &it);
    push_score(s, "cut", 6.0, 0.4F, UT_STATE_CALM);
    push_score(s, "cut", 7.0, 0.6F, UT_STATE_ALERT);
    push_alert(s, "cut", 1, 7.0, UT_ALERT_RAISED);
    wait_alerts(1);
    ut__store_close(s);
    s = opened(&cfg);
    json_t *a = ask(s, UT__LEDGER_CALL, "{\"call\":\"cut\"}");
    assert_true(json_is_false(json_object_get(a, "live")));
    assert_string_equal(text_of(a, "end_reason"), "restart");
    assert_float_equal(json_number_value(json_object_get(a, "t")), 7.0, 1e-9);
    assert_string_equal(text_of(a, "open_alert"), "cut-1");
    json_decref(a);
    a = ask(s, UT__LEDGER_ALERTS, "{\"state\":\"open\"}");
    assert_int_equal(json_array_size(json_object_get(a, "alerts")), 1);
    json_decref(a);
    inquire(s, &(struct ut__inquiry){.kind = UT__INQUIRE_EXPOSED}, &exposed);
    assert_int_equal(exposed.count, 1);
    assert_string_equal(exposed.exposed[0].agent, "ana");
    assert_int_equal(exposed.exposed[0].seconds, 1);
    assert_int_equal(exposed.exposed[0].minute, (it.info.started_ms + 7000) / 60000);
    ut__answer_free(&exposed);
    json_decref(ask(s, UT__LEDGER_ERASE_CALL, "{\"call\":\"cut\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    ut__store_close(s);
}

/* What is older than its age goes by itself, and nothing else. */
static void test_retention(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    cfg.retain_days = 30;
    struct ut__store *s = opened(&cfg);
    const char *calls[] = {"old", "young"};
    for (int i = 0; i < 2; i++) {
        struct ut__stream_item it = item(calls[i], UT__STREAM_STARTED);
        it.info.started_ms -= i ? 0 : 31LL * 86400000;
        ut__store_push(s, &it);
        push_score(s, calls[i], 1.0, 0.5F, UT_STATE_CALM);
        push_end(s, calls[i]);
    }
    ut__store_close(s);
    s = opened(&cfg);
    for (int i = 0; i < 100 && ear.changes[UT__LEDGER_CHANGED_ERASED] == 0; i++)
        usleep(50000);
    json_decref(ask(s, UT__LEDGER_CALL, "{\"call\":\"old\"}"));
    assert_int_equal(ear.status, UT__LEDGER_NOT_FOUND);
    json_decref(ask(s, UT__LEDGER_ERASE_CALL, "{\"call\":\"young\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    ut__store_close(s);
}

/* Without a folder the newest calls are kept, as many as there is room for. */
static void test_bound_in_memory(void **state)
{
    (void)state;
    enum { CALLS = 40, SECONDS = 400 };
    char name[16], args[32];
    struct ut__store_config cfg = config();
    cfg.dir = NULL;
    cfg.memory_max = 448 << 10; /* Some 325 of it are tables without a row. */
    struct ut__store *s = opened(&cfg);
    for (int i = 0; i < CALLS; i++) {
        snprintf(name, sizeof name, "m%d", i);
        struct ut__stream_item it = item(name, UT__STREAM_STARTED);
        it.info.started_ms += i;
        ut__store_push(s, &it);
        for (int t = 1; t <= SECONDS; t++)
            push_score(s, name, t, 0.5F, UT_STATE_CALM);
        push_end(s, name);
        snprintf(args, sizeof args, "{\"call\":\"%s\"}", name);
        json_decref(ask(s, UT__LEDGER_CALL, args)); /* Its queue is bounded: wait for it. */
    }
    for (int i = 0; i < 300 && ear.changes[UT__LEDGER_CHANGED_ERASED] == 0; i++)
        usleep(50000);
    assert_true(ear.changes[UT__LEDGER_CHANGED_ERASED] > 0);
    json_decref(ask(s, UT__LEDGER_CALL, "{\"call\":\"m0\"}"));
    assert_int_equal(ear.status, UT__LEDGER_NOT_FOUND);
    json_decref(ask(s, UT__LEDGER_CALL, "{\"call\":\"m39\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    ut__store_close(s);
}

static void test_erase(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    json_decref(ask(s, UT__LEDGER_ERASE_CALLER, "{\"caller\":\"0034 000\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    json_t *a = ask(s, UT__LEDGER_ERASE_CALLER, "{\"caller\":\"sip:+34600123123@pbx\"}");
    assert_int_equal(json_integer_value(json_object_get(a, "erased")), 2);
    json_decref(a);
    a = ask(s, UT__LEDGER_CALLS, "{}");
    assert_int_equal(json_array_size(json_object_get(a, "calls")), 0);
    json_decref(a);
    json_decref(ask(s, UT__LEDGER_CALL, "{\"call\":\"c1\"}"));
    assert_int_equal(ear.status, UT__LEDGER_NOT_FOUND);
    ut__store_close(s);
}

/* The number is nowhere in the folder, whatever file one looks into. */
static void test_number_is_nowhere(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    push_alert(s, "c3", 1, 5.0, UT_ALERT_RAISED);
    wait_alerts(1);
    char cmd[160];
    snprintf(cmd, sizeof cmd, "grep -rqaE '600 ?123 ?123' %s", dir);
    assert_int_not_equal(system(cmd), 0);
    ut__store_close(s);
    struct stat st;
    char path[96];
    snprintf(path, sizeof path, "%s/key", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    snprintf(path, sizeof path, "%s/undertone.db", dir); /* Notes and hashes of tokens. */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* A peer may send any bytes as a name: one that is no UTF-8 keeps no letter from leaving. */
static void test_name_in_no_utf8(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    struct ut__stream_item it = item("bytes", UT__STREAM_STARTED);
    snprintf(it.info.agent, sizeof it.info.agent, "Jos\xe9 \xd0\x9f\xd0");
    snprintf(it.info.queue, sizeof it.info.queue, "\xd0\x9f\xd0"); /* Cut within a letter. */
    ut__store_push(s, &it);
    push_alert(s, "bytes", 1, 5.0, UT_ALERT_RAISED);
    wait_alerts(1);
    json_t *told = json_loads(ear.last, 0, NULL);
    assert_non_null(told);
    assert_string_equal(text_of(json_object_get(told, "alert"), "agent"), "Jos? ???");
    assert_string_equal(text_of(json_object_get(told, "alert"), "queue"), "\xd0\x9f");
    json_decref(told);
    assert_int_equal(take(s), 2); /* c3's, and this one. */
    assert_string_equal(letters[1].alert, "bytes-1");
    assert_int_equal(strncmp(letters[1].key, "bytes-1@n1.", 11), 0);
    take(NULL);
    json_decref(ask(s, UT__LEDGER_CALL, "{\"call\":\"bytes\"}"));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    ut__store_close(s);
}

/* A peer that comes back with the name of a stored call, as after a crash: its alerts count on. */
static void test_same_name_again(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    for (int life = 0; life < 3; life++) {
        struct ut__stream_item it = item("again", UT__STREAM_STARTED);
        ut__store_push(s, &it);
        push_alert(s, "again", 1, 5.0, UT_ALERT_RAISED);
        wait_alerts(2 * life + 1);
        json_t *a = ask(s, UT__LEDGER_CALL, "{\"call\":\"again\"}");
        assert_true(json_is_true(json_object_get(a, "live")));
        assert_int_equal(json_array_size(json_object_get(a, "alert_list")), life + 1);
        json_decref(a);
        push_alert(s, "again", 1, 9.0, UT_ALERT_CLEARED);
        wait_alerts(2 * life + 2);
        json_t *told = json_loads(ear.last, 0, NULL);
        char name[16];
        snprintf(name, sizeof name, "again-%d", life + 1);
        assert_string_equal(text_of(told, "action"), "cleared");
        assert_string_equal(text_of(json_object_get(told, "alert"), "alert"), name);
        json_decref(told);
        if (life == 0) {
            push_end(s, "again");
            continue;
        }
        ut__store_close(s); /* As a crash: without an end. */
        s = opened(&cfg);
    }
    ut__store_close(s);
}

/* An erased baseline is in no file, the log of the database that is still open among them. */
static void test_baseline_is_nowhere(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    cfg.keep_baselines = 1;
    struct ut__store *s = opened(&cfg);
    char cmd[160];
    struct ut__inquiry q = {
        .kind = UT__INQUIRE_BASELINE_KEEP,
        .baseline = {.bytes = "\xfe\xed\xfa\xce\xca\xfe\xbe\xef", .len_bytes = 8}};
    struct ut__answer got;
    ut__store_caller_key(s, "+34 600 777", q.baseline.caller_key);
    inquire(s, &q, &got);
    assert_int_equal(got.status, UT__LEDGER_OK);
    q.kind = UT__INQUIRE_BASELINE;
    inquire(s, &q, &got);
    assert_int_equal(got.count, 1);
    assert_int_equal(got.baselines[0].len_bytes, 8);
    assert_memory_equal(got.baselines[0].bytes, q.baseline.bytes, 8);
    ut__answer_free(&got);
    snprintf(cmd, sizeof cmd, "grep -rqa feedfacecafebeef %s", dir);
    assert_int_equal(system(cmd), 0);
    json_t *a = ask(s, UT__LEDGER_ERASE_BASELINE, "{\"caller\":\"+34 600 777\"}");
    assert_int_equal(json_integer_value(json_object_get(a, "erased")), 1);
    json_decref(a);
    assert_int_not_equal(system(cmd), 0);
    ut__store_close(s);
}

static void assert_problem(const char *code)
{
    struct ut__store_config cfg = config();
    struct ut__store *s = opened(&cfg);
    const char *got, *message, *remedy;
    ut__store_problem(s, &got, &message, &remedy);
    assert_string_equal(got, code);
    assert_true(!*code || (strlen(message) > 10 && strlen(remedy) > 10));
    push_alert(s, "m1", 1, 5.0, UT_ALERT_RAISED);
    wait_alerts(1); /* Scoring and the wall go on. */
    ut__store_close(s);
}

static void test_bad_folders(void **state)
{
    (void)state;
    char path[96], aside[96];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/undertone.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_problem("store_newer");
    FILE *f = fopen(path, "wb");
    for (int i = 0; i < 20000; i++)
        fputc('x', f);
    fclose(f);
    assert_problem("store_corrupt");
    unlink(path);
    assert_problem("store_missing"); /* Its key is there: the volume may not be mounted. */
    fclose(fopen(path, "wb"));
    assert_problem("store_missing");
    unlink(path);
    snprintf(aside, sizeof aside, "%s/key", dir);
    unlink(aside);
    struct ut__store_config cfg = config();
    ut__store_close(opened(&cfg));
    snprintf(path, sizeof path, "%s/key", dir);
    snprintf(aside, sizeof aside, "%s/old", dir);
    assert_int_equal(rename(path, aside), 0);
    assert_problem("key_wrong"); /* a new key was made, and is not the database's */
    assert_int_equal(rename(aside, path), 0);
    chmod(path, 0644);
    assert_problem("key_wrong");
    chmod(path, 0600);
    assert_problem("");
}

/* A full disk: scores are let go, the alert is told as not stored, and is written when there is
 * space again. */
static void test_full_disk(void **state)
{
    (void)state;
    struct ut__store_config cfg = config();
    cfg.max_bytes = 480 * 1024; /* The empty tables take some 230 of them. */
    cfg.items_max = 1000;
    struct ut__store *s = opened(&cfg);
    for (int i = 0; i < 4000; i++)
        push_score(s, "full", i, 0.5F, UT_STATE_ELEVATED);
    (void)state_of(s);
    int stored = 1;
    for (uint32_t n = 1; n < 500 && stored; n++) {
        push_alert(s, "full", n, 5.0 * n, UT_ALERT_RAISED);
        wait_alerts((int)n);
        json_t *told = json_loads(ear.last, 0, NULL);
        stored = json_is_true(json_object_get(json_object_get(told, "alert"), "stored"));
        json_decref(told);
    }
    assert_false(stored);
    assert_true(ear.changes[UT__LEDGER_CHANGED_PROBLEMS] >= 1);
    /* What waits has a bound: the calls beyond it are let go and counted. */
    struct ut__stream_item it = item("late", UT__STREAM_UPDATED);
    for (uint32_t i = 0; i < 3 * cfg.items_max; i++)
        ut__store_push(s, &it);
    assert_true(state_of(s).dropped >= 2 * (int64_t)cfg.items_max);
    json_t *told = json_loads(ear.last, 0, NULL);
    char *name = json_dumps(json_object_get(told, "alert"), JSON_COMPACT);
    json_decref(ask(s, UT__LEDGER_ALERT, name));
    assert_int_equal(ear.status, UT__LEDGER_NOT_FOUND);
    /* With space again it is written, and told once more. */
    char path[96];
    sqlite3 *db = NULL;
    int before = ear.alerts;
    snprintf(path, sizeof path, "%s/undertone.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, WAIT_MS);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM scores", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    wait_alerts(before + 1);
    json_decref(ask(s, UT__LEDGER_ALERT, name));
    assert_int_equal(ear.status, UT__LEDGER_OK);
    free(name);
    json_decref(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_outbox),
        cmocka_unit_test(test_stand_in_by_channels),
        cmocka_unit_test(test_channels_of_a_rule),
        cmocka_unit_test(test_backlog),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_escalation),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_retention),
        cmocka_unit_test(test_bound_in_memory),
        cmocka_unit_test(test_erase),
        cmocka_unit_test(test_number_is_nowhere),
        cmocka_unit_test(test_name_in_no_utf8),
        cmocka_unit_test(test_same_name_again),
        cmocka_unit_test(test_baseline_is_nowhere),
        cmocka_unit_test(test_bad_folders),
        cmocka_unit_test(test_full_disk),
    };
    snprintf(dir, sizeof dir, "store-test.XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char cmd[128];
    snprintf(cmd, sizeof cmd, "rm -r %s", dir);
    return system(cmd) ? 1 : failed;
}

/* SPDX-License-Identifier: MIT */
/*
 * The store's thread, from its opening to its end.
 *
 *     push -> [items] -> one transaction for all that wait -> commit -> notices
 *     ask, settle -> [asked] -> one at a time, alerts in between -> answer
 *     take -> a reader of its own, in the thread that asks
 *
 * Scores alone wait up to a quarter of a second for company; an alert or a question is served at
 * once. What cannot be written for want of disk waits in memory (scores are let go) and is tried
 * again each second, while the listener is told at once.
 */

#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/args.h"
#include "store/aside.h"
#include "store/batches.h"
#include "store/clean.h"
#include "store/erase.h"
#include "store/erasures.h"
#include "store/health.h"
#include "store/join.h"
#include "store/life.h"
#include "store/lines.h"
#include "store/live.h"
#include "store/lock.h"
#include "store/outbox.h"
#include "store/questions.h"
#include "store/queue.h"
#include "store/seal.h"
#include "store/shared.h"
#include "store/sites.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"
#include "store/write.h"

enum { TICK_MS = 1000 };

struct ut__store_config ut__store_config_default(void)
{
    return (struct ut__store_config){.node = "undertone",
                                     .retain_days = 90,
                                     .escalate_s = 30,
                                     .expire_s = 600,
                                     .break_min = 10,
                                     .items_max = UT__STORE_ITEMS_MAX};
}

/* How letters fared: all of one channel's report in one transaction. */
static void note_letters(struct ut__store *s, struct ut__task *job)
{
    int rc = ut__begin(s);
    if (rc == SQLITE_OK)
        rc = job->hurry ? ut__outbox_hurry(s, job->args)
                        : ut__outbox_settle(s, job->letters, job->letter_count);
    rc = ut__end(s, rc);
    struct ut__answer out = {.status = rc == SQLITE_OK ? UT__LEDGER_OK : UT__LEDGER_AWAY};
    if (job->answered)
        job->answered(job->arg, &out);
    ut__task_free(job);
}

static void answer(struct ut__store *s, struct ut__task *job)
{
    struct ut__answer out;
    if (job->letters || job->hurry) {
        note_letters(s, job);
        return;
    }
    if (job->inquiry)
        ut__do_inquiry(s, job->inquiry, &out);
    else
        ut__do(s, job->op, job->args, &out);
    if (job->answered)
        job->answered(job->arg, &out);
    ut__answer_free(&out);
    ut__task_free(job);
}

/* An alert that comes meanwhile waits for one question, and no more. */
static void answer_all(struct ut__store *s, struct ut__task *asked)
{
    while (asked) {
        struct ut__task *one = asked;
        asked = asked->next;
        answer(s, one);
        pthread_mutex_lock(&s->lock);
        struct ut__task *items = s->urgent ? ut__queue_items(s) : NULL;
        pthread_mutex_unlock(&s->lock);
        ut__batches_write(s, items);
    }
}

/* Another process, such as `undertone token add`, may have changed the file. */
static void watch_file(struct ut__store *s)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    int64_t version = s->data_version;
    if (ut__sql_int(s->db, &version, "PRAGMA data_version", "") || version == s->data_version)
        return;
    if (s->data_version && l->changed) {
        l->changed(l->arg, UT__LEDGER_CHANGED_TOKENS, "");
        l->changed(l->arg, UT__LEDGER_CHANGED_THRESHOLDS, "");
        l->changed(l->arg, UT__LEDGER_CHANGED_RULES, "");
        l->changed(l->arg, UT__LEDGER_CHANGED_SHARED, "");
        l->changed(l->arg, UT__LEDGER_CHANGED_OUTSIDE, "");
    }
    s->erasing = 1;
    s->data_version = version;
}

static void tick(struct ut__store *s)
{
    int64_t now = ut__wall_ms();
    if (now >= s->tick_ms && now < s->tick_ms + TICK_MS)
        return;
    s->tick_ms = now;
    ut__health_look_at_file(s);
    if (ut__batches_retry(s) != SQLITE_OK)
        return;
    watch_file(s);
    int erased = 0, rc = ut__begin(s);
    if (rc == SQLITE_OK)
        rc = ut__life_tick(s, now);
    if (rc == SQLITE_OK)
        rc = ut__retain(s, now);
    if (rc == SQLITE_OK && s->erasing)
        rc = ut__erasures_do(s, &erased);
    rc = ut__end(s, rc);
    if (rc == SQLITE_OK && erased)
        ut__wipe_log(s);
    if (rc == SQLITE_OK)
        rc = ut__lines_merge(s);
    ut__health_note(s, rc);
}

static void *run(void *arg)
{
    struct ut__store *s = arg;
    int ending = 0, shared = s->memory || !s->dir[0];
    while (!ending) {
        struct ut__task *asked, *items = ut__queue_take(s, &asked, &ending);
        if (shared)
            pthread_mutex_lock(&s->reader_lock);
        ut__batches_write(s, items);
        answer_all(s, asked);
        tick(s);
        if (shared)
            pthread_mutex_unlock(&s->reader_lock);
    }
    return NULL;
}

/* The reader's connection, with its lock. NULL: not now. */
static sqlite3 *reader_of(struct ut__store *s)
{
    if (s->memory || !s->dir[0])
        return s->db;
    if (!s->reader)
        s->reader = ut__schema_reader(s->path);
    return s->reader;
}

int ut__store_take(void *store, const char *channel, struct ut__letter out[UT__LETTERS_MAX],
                   int64_t *wait_ms)
{
    struct ut__store *s = store;
    int n = 0;
    pthread_mutex_lock(&s->reader_lock);
    sqlite3 *db = reader_of(s);
    int rc = db ? ut__outbox_take(db, channel, out, &n, wait_ms) : SQLITE_CANTOPEN;
    pthread_mutex_unlock(&s->reader_lock);
    return rc == SQLITE_OK ? n : UT_EIO;
}

/* A node that joins others takes their key. */
static void copy_key(struct ut__store *s, uint8_t key[UT__KEY_BYTES])
{
    pthread_mutex_lock(&s->lock);
    memcpy(key, s->key, UT__KEY_BYTES);
    pthread_mutex_unlock(&s->lock);
}

void ut__store_caller_key(void *store, const char *number, char out[UT__CALLER_KEY_MAX])
{
    uint8_t key[UT__KEY_BYTES];
    copy_key(store, key);
    ut__key_caller(key, number, out);
}

char *ut__store_seal(void *store, const char *name, const char *text)
{
    uint8_t key[UT__KEY_BYTES];
    char *out = NULL;
    copy_key(store, key);
    return ut__seal(key, name, text, &out) == 0 ? out : NULL;
}

char *ut__store_unseal(void *store, const char *name, const char *sealed)
{
    uint8_t key[UT__KEY_BYTES];
    char *out = NULL;
    copy_key(store, key);
    return ut__unseal(key, name, sealed, &out) == 0 ? out : NULL;
}

void ut__store_sign(void *store, const char *text, char out[65])
{
    uint8_t key[UT__KEY_BYTES];
    copy_key(store, key);
    ut__join_sign(key, "said on the bus", text, out);
}

struct ut__ledger ut__store_ledger(struct ut__store *store)
{
    return (struct ut__ledger){.state = store,
                               .ask = ut__store_ask,
                               .inquire = ut__store_inquire,
                               .take = ut__store_take,
                               .settle = ut__store_settle,
                               .hurry = ut__store_hurry,
                               .caller_key = ut__store_caller_key,
                               .seal = ut__store_seal,
                               .unseal = ut__store_unseal,
                               .sign = ut__store_sign};
}

void ut__store_problem(const struct ut__store *store, const char **code, const char **message,
                       const char **remedy)
{
    const struct ut__problem *p = &store->open_problem;
    *code = p->code ? p->code : "";
    *message = p->code ? p->message : "";
    *remedy = p->code ? p->remedy : "";
}

static void copy_config(struct ut__store *s, const struct ut__store_config *cfg)
{
    s->cfg = *cfg;
    snprintf(s->dir, sizeof s->dir, "%s", cfg->dir ? cfg->dir : "");
    if (s->dir[0])
        snprintf(s->path, sizeof s->path, "%s/undertone.db", s->dir);
    else
        snprintf(s->path, sizeof s->path, "memory");
    snprintf(s->node, sizeof s->node, "%s", cfg->node ? cfg->node : "undertone");
    snprintf(s->escalate_to, sizeof s->escalate_to, "%s", cfg->escalate_to ? cfg->escalate_to : "");
    ut__clean_text(s->escalate_to);
    s->folder = (struct ut__lock){-1, -1};
    s->tail = &s->head;
    s->asked_tail = &s->asked;
    s->items_us = ut__clock_mono_us();
    for (uint32_t i = 0; i < cfg->channel_count; i++)
        if (strcmp(cfg->channels[i].name, "nats") == 0)
            s->hold_us = s->items_us + UT__HOLD_US;
    s->unwritten_tail = &s->unwritten;
}

static int open_db(struct ut__store *s, int fallback)
{
    const char *dir = s->dir[0] ? s->dir : NULL;
    s->db = ut__schema_open(dir, s->key, s->cfg.max_bytes, &s->open_problem);
    if (s->db && (ut__write_begin(s) != SQLITE_OK || ut__lines_begin(s) != SQLITE_OK)) {
        ut__schema_problem(&s->open_problem, sqlite3_errcode(s->db), s->path);
        sqlite3_close(s->db);
        s->db = NULL;
    }
    if (s->db)
        (void)ut__shared_begin(s);
    if (s->db)
        (void)ut__sites_begin(s);
    if (s->db && dir) /* Imports ask how old a call may be. */
        (void)ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('retain_days', ?)", "i",
                          (int64_t)s->cfg.retain_days);
    if (s->db && dir) /* Commands leave receipts in its name. */
        (void)ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('node', ?)", "s", s->node);
    struct stat st;
    if (s->db && dir && stat(s->path, &st) == 0) {
        s->inode = st.st_ino;
        s->log_inode = 0;
        s->device = st.st_dev;
    }
    if (s->db || !fallback)
        return s->db ? 0 : UT_EINVAL;
    s->open_problem.since_ms = ut__wall_ms();
    UT__LOG(UT__LOG_ERROR, "store lives in memory", ut__log_str("code", s->open_problem.code),
            ut__log_str("problem", s->open_problem.message),
            ut__log_str("remedy", s->open_problem.remedy));
    struct ut__problem none = {0};
    s->memory = 1;
    s->db = ut__schema_open(NULL, s->key, 0, &none);
    if (!s->db || ut__write_begin(s) != SQLITE_OK)
        return UT_ENOMEM;
    /* Trouble with the disk must not open a door: who may stays as it was, or nobody may. */
    s->tokens_lost = s->dir[0] && (strcmp(s->open_problem.code, "store_missing") == 0 ||
                                   ut__schema_tokens(s->db, s->dir) != SQLITE_OK);
    return 0;
}

static void release(struct ut__store *s)
{
    for (uint32_t i = 0; i < UT__CALL_BUCKETS; i++)
        while (s->live[i])
            ut__live_drop(s, s->live[i]->id);
    ut__flush_notices(s, 0);
    if (s->unwritten)
        UT__LOG(UT__LOG_ERROR, "store ends with events that the disk did not take",
                ut__log_int("events", s->unwritten_count));
    ut__tasks_free(s->unwritten);
    ut__tasks_free(s->spare);
    ut__tasks_free(s->head);
    ut__tasks_free(s->asked);
    sqlite3_close(s->reader);
    ut__lock_release(&s->folder);
    sqlite3_finalize(s->put_score);
    sqlite3_close(s->db);
    free(s);
}

/* One daemon a folder. */
static int take_folder(struct ut__store *s)
{
    long pid = 0;
    int not_taken = s->dir[0] ? ut__lock_take(&s->folder, s->dir, &pid) : 0;
    if (not_taken == -2)
        UT__LOG(
            UT__LOG_WARN,
            "the data folder cannot be locked: start no second Undertone on it, or use a disk that "
            "knows locks",
            ut__log_str("data", s->dir));
    if (not_taken != -1)
        return 0;
    if (s->cfg.holder)
        *s->cfg.holder = pid;
    return UT_EIO;
}

int ut__store_open(struct ut__store **out, const struct ut__store_config *cfg)
{
    if (cfg->channel_count > UT__CHANNELS_MAX || (cfg->dir && strlen(cfg->dir) >= UT__DIR_MAX))
        return UT_EINVAL;
    struct ut__store *s = calloc(1, sizeof *s);
    pthread_condattr_t attr;
    if (!s)
        return UT_ENOMEM;
    copy_config(s, cfg);
    int err = take_folder(s);
    if (!err)
        err = open_db(s, 1);
    if (err) {
        release(s);
        return err;
    }
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->reader_lock, NULL);
    pthread_cond_init(&s->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&s->thread, NULL, run, s)) {
        release(s);
        return UT_ENOMEM;
    }
    ut__queue_keep_spares(s);
    *out = s;
    return 0;
}

void ut__store_close(struct ut__store *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->ending = 1;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->reader_lock);
    pthread_cond_destroy(&s->wake);
    release(s);
}

struct ut__store *ut__store_aside(const char *dir)
{
    struct ut__store *s = calloc(1, sizeof *s);
    struct ut__store_config cfg = ut__store_config_default();
    cfg.dir = dir;
    if (!s || strlen(dir) >= UT__DIR_MAX) {
        free(s);
        return NULL;
    }
    copy_config(s, &cfg);
    s->aside = 1;
    s->db = ut__schema_open(dir, s->key, 0, &s->open_problem);
    char *node = NULL;
    if (s->db)
        (void)ut__shared_begin(s);
    if (s->db &&
        ut__sql_text(s->db, &node, "SELECT value FROM meta WHERE name = 'node'", "") == SQLITE_OK &&
        node)
        snprintf(s->node, sizeof s->node, "%s", node);
    free(node);
    return s;
}

void ut__store_aside_close(struct ut__store *s)
{
    if (s)
        release(s);
}

/* The folder's record for one question. NULL: it cannot be had, and *out says why. */
static struct ut__store *open_once(const char *dir, struct ut__answer *out)
{
    struct ut__store *s = ut__store_aside(dir);
    *out = (struct ut__answer){.status = UT__LEDGER_AWAY};
    if (!s || s->db)
        return s;
    ut__fail(out, UT__LEDGER_AWAY, s->open_problem.message, s->open_problem.remedy);
    release(s);
    return NULL;
}

void ut__store_once(const char *dir, enum ut__ledger_op op, const char *args,
                    struct ut__answer *answer)
{
    struct ut__store *s = open_once(dir, answer);
    if (!s)
        return;
    ut__do(s, op, args, answer);
    release(s);
}

void ut__store_inquire_once(const char *dir, const struct ut__inquiry *inquiry,
                            struct ut__answer *answer)
{
    struct ut__store *s = open_once(dir, answer);
    if (!s)
        return;
    ut__do_inquiry(s, inquiry, answer);
    release(s);
}

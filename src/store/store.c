/* SPDX-License-Identifier: MIT */
/*
 * The store's thread and its queue.
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
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/args.h"
#include "store/aside.h"
#include "store/clean.h"
#include "store/erase.h"
#include "store/life.h"
#include "store/live.h"
#include "store/lock.h"
#include "store/outbox.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"
#include "store/write.h"

enum { COMPANY_MS = 250, RETRY_MS = 1000, TICK_MS = 1000, BATCH_MAX = 512, SPARES = 8 };

struct ut__store_config ut__store_config_default(void)
{
    return (struct ut__store_config){.node = "undertone",
                                     .retain_days = 90,
                                     .escalate_s = 30,
                                     .expire_s = 600,
                                     .break_min = 10,
                                     .items_max = UT__STORE_ITEMS_MAX};
}

static void free_job(struct ut__task *job)
{
    free(job->item);
    free(job->args);
    free(job->inquiry);
    free(job->letters);
    free(job);
}

/* Says once that the disk is in trouble, and once that it is well again. */
static void note_health(struct ut__store *s, int rc)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    const char *before = s->problem.code;
    if (rc == SQLITE_OK) {
        s->problem.code = NULL;
    } else {
        ut__schema_problem(&s->problem, rc, s->path);
        s->damaged |= (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
        if (!before)
            s->problem.since_ms = ut__wall_ms();
    }
    if (before == s->problem.code)
        return;
    if (s->problem.code)
        UT__LOG(UT__LOG_ERROR, "store failed", ut__log_str("code", s->problem.code),
                ut__log_str("problem", s->problem.message),
                ut__log_str("remedy", s->problem.remedy));
    else
        UT__LOG0(UT__LOG_INFO, "store works again");
    if (l->changed)
        l->changed(l->arg, UT__LEDGER_CHANGED_PROBLEMS, "");
}

static void keep_unwritten(struct ut__store *s, struct ut__task *jobs)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    while (jobs) {
        struct ut__task *job = jobs;
        jobs = job->next;
        job->next = NULL;
        if (job->item->kind == UT__STREAM_EVENT && job->item->event.type == UT_EVENT_SCORE) {
            atomic_fetch_add(&s->dropped, 1);
            free_job(job);
            continue;
        }
        if (job->item->kind == UT__STREAM_EVENT && job->item->event.type == UT_EVENT_ALERT &&
            l->unstored) {
            const struct ut__live *call = ut__live_find(s, job->item->info.id);
            l->unstored(l->arg, job->item,
                        job->item->event.u.alert.n + (call ? call->n_before : 0));
        }
        if (s->unwritten_count == s->cfg.items_max) {
            atomic_fetch_add(&s->dropped, 1);
            free_job(job);
            continue;
        }
        *s->unwritten_tail = job;
        s->unwritten_tail = &job->next;
        s->unwritten_count++;
    }
}

static int write_list(struct ut__store *s, const struct ut__task *jobs)
{
    int rc = ut__begin(s);
    for (const struct ut__task *job = jobs; job && rc == SQLITE_OK; job = job->next)
        rc = ut__write_item(s, job->item);
    rc = ut__end(s, rc);
    for (; jobs && rc != SQLITE_OK; jobs = jobs->next)
        ut__unwritten(s, jobs->item);
    return rc;
}

static void free_list(struct ut__task *jobs)
{
    while (jobs) {
        struct ut__task *next = jobs->next;
        free_job(jobs);
        jobs = next;
    }
}

static void free_written(struct ut__store *s, struct ut__task *jobs)
{
    for (const struct ut__task *job = jobs; job; job = job->next)
        ut__written(s, job->item);
    free_list(jobs);
}

/* The last of the items from `jobs` on that go into one transaction; *n: how many these are. */
static struct ut__task *last_of_batch(struct ut__task *jobs, uint32_t *n)
{
    for (*n = 1; *n < BATCH_MAX && jobs->next; ++*n)
        jobs = jobs->next;
    return jobs;
}

/* What waited for the disk goes first, so that the order holds. */
static int retry_unwritten(struct ut__store *s)
{
    int64_t now = ut__wall_ms();
    if (!s->unwritten)
        return SQLITE_OK;
    if (now < s->retry_ms)
        return SQLITE_FULL;
    s->retry_ms = now + RETRY_MS;
    while (s->unwritten) {
        uint32_t n;
        struct ut__task *last = last_of_batch(s->unwritten, &n), *rest = last->next;
        last->next = NULL;
        int rc = write_list(s, s->unwritten);
        note_health(s, rc);
        last->next = rc == SQLITE_OK ? NULL : rest;
        if (rc != SQLITE_OK)
            return rc;
        free_written(s, s->unwritten);
        s->unwritten = rest;
        s->unwritten_count -= n;
    }
    s->unwritten_tail = &s->unwritten;
    return SQLITE_OK;
}

static void write_items(struct ut__store *s, struct ut__task *jobs)
{
    if (retry_unwritten(s) != SQLITE_OK) {
        keep_unwritten(s, jobs);
        return;
    }
    int rc = write_list(s, jobs);
    note_health(s, rc);
    if (rc == SQLITE_OK)
        free_written(s, jobs);
    else
        keep_unwritten(s, jobs);
}

/* How letters fared: all of one channel's report in one transaction. */
static void note_letters(struct ut__store *s, struct ut__task *job)
{
    int rc = ut__begin(s);
    if (rc == SQLITE_OK)
        rc = job->hurry ? ut__outbox_hurry(s, job->args)
                        : ut__outbox_settle(s, job->letters, job->letter_count);
    rc = ut__end(s, rc);
    if (job->done)
        job->done(job->arg, rc == SQLITE_OK ? UT__LEDGER_OK : UT__LEDGER_AWAY, "{}");
    free_job(job);
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
    if (job->done)
        job->done(job->arg, out.status, ut__answer_json(&out));
    ut__answer_free(&out);
    free_job(job);
}

/* Takes the items that wait; with the lock. */
static struct ut__task *take_items(struct ut__store *s)
{
    struct ut__task *items = s->head;
    s->head = NULL;
    s->tail = &s->head;
    s->scores = s->items = s->urgent = 0;
    s->items_us = ut__clock_mono_us();
    return items;
}

/*
 * Waits until something urgent is there, scores have waited long enough, or it is time for a tick.
 * Items are left to wait when only letters were settled: each taking of them costs an fsync.
 */
static struct ut__task *take(struct ut__store *s, struct ut__task **asked, int *ending)
{
    struct timespec until;
    int64_t us = s->items_us + COMPANY_MS * INT64_C(1000);
    until.tv_sec = (time_t)(us / 1000000);
    until.tv_nsec = (long)(us % 1000000) * 1000L;
    int waited = 0;
    pthread_mutex_lock(&s->lock);
    while (!s->urgent && !s->prompt && !s->ending && !waited)
        waited = pthread_cond_timedwait(&s->wake, &s->lock, &until) != 0;
    waited |= s->urgent || s->asks || s->ending || ut__clock_mono_us() >= us;
    struct ut__task *items = waited ? take_items(s) : NULL;
    *asked = s->asked;
    s->asked = NULL;
    s->asked_tail = &s->asked;
    s->asks = s->prompt = 0;
    *ending = s->ending;
    pthread_mutex_unlock(&s->lock);
    return items;
}

static void work(struct ut__store *s, struct ut__task *items)
{
    while (items) {
        uint32_t n;
        struct ut__task *last = last_of_batch(items, &n), *rest = last->next;
        last->next = NULL;
        write_items(s, items);
        items = rest;
    }
}

/* An alert that comes meanwhile waits for one question, and no more. */
static void answer_all(struct ut__store *s, struct ut__task *asked)
{
    while (asked) {
        struct ut__task *one = asked;
        asked = asked->next;
        answer(s, one);
        pthread_mutex_lock(&s->lock);
        struct ut__task *items = s->urgent ? take_items(s) : NULL;
        pthread_mutex_unlock(&s->lock);
        work(s, items);
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
        l->changed(l->arg, UT__LEDGER_CHANGED_OUTSIDE, "");
    }
    s->data_version = version;
}

static void set_file_problem(struct ut__store *s, const struct ut__problem *now)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    if (s->file_problem.code == now->code)
        return;
    s->file_problem = *now;
    s->file_problem.since_ms = ut__wall_ms();
    if (now->code)
        UT__LOG(UT__LOG_ERROR, "store failed", ut__log_str("code", now->code),
                ut__log_str("problem", now->message), ut__log_str("remedy", now->remedy));
    if (l->changed)
        l->changed(l->arg, UT__LEDGER_CHANGED_PROBLEMS, "");
}

/* SQLite goes on writing to a file that is not there any more: nobody would find out. */
static void look_at_file(struct ut__store *s)
{
    struct stat st;
    struct ut__problem now = {.code = NULL};
    if (s->memory || !s->dir[0])
        return;
    if (stat(s->path, &st) || st.st_ino != s->inode || st.st_dev != s->device)
        ut__problem_set(&now, "store_gone",
                        "Stop Undertone, put the file or a backup back, and start it again: what "
                        "comes until then is lost with the file.",
                        "%s was deleted or replaced while Undertone uses it.", s->path);
    else if (!(st.st_mode & 0222))
        ut__schema_problem(&now, SQLITE_READONLY, s->path);
    else if (s->damaged)
        ut__schema_problem(&now, SQLITE_CORRUPT, s->path);
    set_file_problem(s, &now);
}

static void tick(struct ut__store *s)
{
    int64_t now = ut__wall_ms();
    if (now >= s->tick_ms && now < s->tick_ms + TICK_MS)
        return;
    s->tick_ms = now;
    look_at_file(s);
    if (retry_unwritten(s) != SQLITE_OK)
        return;
    watch_file(s);
    int rc = ut__begin(s);
    if (rc == SQLITE_OK)
        rc = ut__life_tick(s, now);
    if (rc == SQLITE_OK)
        rc = ut__retain(s, now);
    note_health(s, ut__end(s, rc));
}

static void *run(void *arg)
{
    struct ut__store *s = arg;
    int ending = 0, shared = s->memory || !s->dir[0];
    while (!ending) {
        struct ut__task *asked, *items = take(s, &asked, &ending);
        if (shared)
            pthread_mutex_lock(&s->reader_lock);
        work(s, items);
        answer_all(s, asked);
        tick(s);
        if (shared)
            pthread_mutex_unlock(&s->reader_lock);
    }
    return NULL;
}

static int enqueue_item(struct ut__store *s, struct ut__task *job, int alert, int score)
{
    pthread_mutex_lock(&s->lock);
    int full = s->ending || (score && s->scores >= UT__STORE_SCORES_MAX) ||
               (!score && s->items >= s->cfg.items_max);
    if (!full) {
        *s->tail = job;
        s->tail = &job->next;
        s->scores += (uint32_t)score;
        s->items += !score;
        s->urgent += (uint32_t)alert;
        if (alert)
            pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    return full ? UT_ETOOBIG : 0;
}

/* Takes the task, in any case; job NULL: there was no memory for it. */
static int enqueue_asked(struct ut__store *s, struct ut__task *job, int counts)
{
    if (!job)
        return UT_ENOMEM;
    pthread_mutex_lock(&s->lock);
    int full = s->ending || s->asks >= UT__STORE_ASKS_MAX;
    if (!full) {
        *s->asked_tail = job;
        s->asked_tail = &job->next;
        s->asks += (uint32_t)counts;
        /* What nobody waits for, such as the access log, goes with the next scores. */
        int prompt = job->done || job->answered;
        s->prompt += (uint32_t)prompt;
        if (prompt)
            pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    if (full)
        free_job(job);
    return full ? UT_ETOOBIG : 0;
}

static struct ut__task *new_item(void)
{
    struct ut__task *job = calloc(1, sizeof *job);
    struct ut__stream_item *item = malloc(sizeof *item);
    if (job && item) {
        job->item = item;
        return job;
    }
    free(job);
    free(item);
    return NULL;
}

static void keep_spares(struct ut__store *s)
{
    while (s->spares < SPARES) {
        struct ut__task *job = new_item();
        if (!job)
            return;
        job->next = s->spare;
        s->spare = job;
        s->spares++;
    }
}

static struct ut__task *take_spare(struct ut__store *s)
{
    struct ut__task *job = s->spare;
    if (job) {
        s->spare = job->next;
        s->spares--;
        job->next = NULL;
    }
    return job;
}

void ut__store_push(void *store, const struct ut__stream_item *item)
{
    struct ut__store *s = store;
    int event = item->kind == UT__STREAM_EVENT;
    int score = event && item->event.type == UT_EVENT_SCORE;
    int alert = event && item->event.type == UT_EVENT_ALERT;
    struct ut__task *job = new_item();
    if (!job && !score)
        job = take_spare(s);
    else if (!score)
        keep_spares(s);
    if (job) {
        *job->item = *item;
        ut__clean_item(job->item);
        if (enqueue_item(s, job, alert, score) == 0)
            return;
        free_job(job);
    }
    atomic_fetch_add(&s->dropped, 1);
    if (!score)
        UT__LOG0(UT__LOG_ERROR, "store: no room for an event");
}

static struct ut__task *new_task(const char *args, ut__ledger_done *done, void *arg)
{
    struct ut__task *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    *job = (struct ut__task){.args = strdup(args), .done = done, .arg = arg};
    if (job->args)
        return job;
    free(job);
    return NULL;
}

int ut__store_ask(void *store, enum ut__ledger_op op, const char *args, ut__ledger_done *done,
                  void *arg)
{
    struct ut__task *job = new_task(args, done, arg);
    if (job)
        job->op = op;
    return enqueue_asked(store, job, 1);
}

int ut__store_inquire(void *store, const struct ut__inquiry *inquiry, ut__answered *done, void *arg)
{
    struct ut__task *job = new_task("", NULL, arg);
    struct ut__inquiry *copy = malloc(sizeof *copy);
    if (!job || !copy) {
        free(copy);
        if (job)
            free_job(job);
        return UT_ENOMEM;
    }
    *copy = *inquiry;
    job->inquiry = copy;
    job->answered = done;
    return enqueue_asked(store, job, 1);
}

int ut__store_settle(void *store, const struct ut__settled *list, uint32_t n, ut__ledger_done *done,
                     void *arg)
{
    struct ut__task *job = new_task("", done, arg);
    struct ut__settled *copy = calloc(n, sizeof *copy);
    if (!job || !copy) {
        free(copy);
        if (job)
            free_job(job);
        return UT_ENOMEM;
    }
    memcpy(copy, list, n * sizeof *copy);
    job->letters = copy;
    job->letter_count = n;
    return enqueue_asked(store, job, 0);
}

int ut__store_hurry(void *store, const char *channel)
{
    struct ut__task *job = new_task(channel, NULL, NULL);
    if (job)
        job->hurry = 1;
    return enqueue_asked(store, job, 0);
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

void ut__store_caller_key(void *store, const char *number, char out[UT__CALLER_KEY_MAX])
{
    const struct ut__store *s = store;
    ut__key_caller(s->key, number, out);
}

struct ut__ledger ut__store_ledger(struct ut__store *store)
{
    return (struct ut__ledger){.state = store,
                               .ask = ut__store_ask,
                               .inquire = ut__store_inquire,
                               .take = ut__store_take,
                               .settle = ut__store_settle,
                               .hurry = ut__store_hurry,
                               .caller_key = ut__store_caller_key};
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
    s->lock_fd = -2;
    s->tail = &s->head;
    s->asked_tail = &s->asked;
    s->items_us = ut__clock_mono_us();
    s->unwritten_tail = &s->unwritten;
}

static int open_db(struct ut__store *s, int fallback)
{
    const char *dir = s->dir[0] ? s->dir : NULL;
    s->db = ut__schema_open(dir, s->key, s->cfg.max_bytes, &s->open_problem);
    if (s->db && ut__write_begin(s) != SQLITE_OK) {
        ut__schema_problem(&s->open_problem, sqlite3_errcode(s->db), s->path);
        sqlite3_close(s->db);
        s->db = NULL;
    }
    if (s->db && dir) /* Imports ask how old a call may be. */
        (void)ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('retain_days', ?)", "i",
                          (int64_t)s->cfg.retain_days);
    struct stat st;
    if (s->db && dir && stat(s->path, &st) == 0) {
        s->inode = st.st_ino;
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
    free_list(s->unwritten);
    free_list(s->spare);
    free_list(s->head);
    free_list(s->asked);
    sqlite3_close(s->reader);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    sqlite3_finalize(s->put_score);
    sqlite3_close(s->db);
    free(s);
}

/* One daemon a folder. */
static int take_folder(struct ut__store *s)
{
    long pid = 0;
    s->lock_fd = s->dir[0] ? ut__lock_take(s->dir, &pid) : -2;
    if (s->lock_fd != -1)
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
    keep_spares(s);
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
    s->db = ut__schema_open(dir, s->key, 0, &s->open_problem);
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

int ut__store_once(const char *dir, enum ut__ledger_op op, const char *args, char **answer_text)
{
    struct ut__answer out;
    struct ut__store *s = open_once(dir, &out);
    if (s) {
        ut__do(s, op, args, &out);
        release(s);
    }
    (void)ut__answer_json(&out);
    *answer_text = out.json;
    out.json = NULL;
    ut__answer_free(&out);
    return (int)out.status;
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

/* SPDX-License-Identifier: MIT */
/* Recorded calls into the record: the daemon's own writer of items, in one transaction a file. */

#include "store/import.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "store/aside.h"
#include "store/clean.h"
#include "store/live.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"
#include "store/write.h"

enum { WAIT_MS = 60000, READ_BYTES = 65536, SUFFIX_BYTES = 8 };

struct ut__import {
    struct ut__store *store;
    pthread_mutex_t lock; /* Guards the store: jobs come from all threads. */
};

int ut__import_open(struct ut__import **out, const char *dir, struct ut__problem *problem)
{
    struct ut__import *imp = calloc(1, sizeof *imp);
    ut__problem_set(problem, "store_failed", "Close other programs.", "There is no memory left.");
    if (!imp)
        return UT_EIO;
    pthread_mutex_init(&imp->lock, NULL);
    imp->store = ut__store_aside(dir);
    int ready = imp->store && imp->store->db && ut__write_prepare(imp->store) == SQLITE_OK;
    if (imp->store && imp->store->open_problem.code)
        *problem = imp->store->open_problem;
    else if (!ready && imp->store && imp->store->db)
        ut__schema_problem(problem, sqlite3_errcode(imp->store->db), imp->store->path);
    if (!ready) {
        ut__import_close(imp);
        return UT_EIO;
    }
    sqlite3_busy_timeout(imp->store->db, WAIT_MS); /* The daemon goes first. */
    *out = imp;
    return 0;
}

void ut__import_close(struct ut__import *imp)
{
    if (!imp)
        return;
    ut__store_aside_close(imp->store);
    pthread_mutex_destroy(&imp->lock);
    free(imp);
}

int64_t ut__import_retain_days(struct ut__import *imp)
{
    int64_t days = 0;
    (void)ut__sql_int(imp->store->db, &days,
                      "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'retain_days'", "");
    return days;
}

void ut__import_threshold(struct ut__import *imp, const char *queue, float *threshold,
                          float *budget_per_100h)
{
    sqlite3_stmt *st = NULL;
    *threshold = *budget_per_100h = 0;
    pthread_mutex_lock(&imp->lock);
    if (sqlite3_prepare_v2(imp->store->db,
                           "SELECT threshold, budget FROM thresholds WHERE queue IN (?, '*') ORDER"
                           " BY queue = '*' LIMIT 1",
                           -1, &st, NULL) == SQLITE_OK &&
        sqlite3_bind_text(st, 1, queue, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW) {
        *threshold = (float)sqlite3_column_double(st, 0);
        *budget_per_100h = (float)sqlite3_column_double(st, 1);
    }
    sqlite3_finalize(st);
    pthread_mutex_unlock(&imp->lock);
}

/* ---- files ---- */

static enum ut__import_state state_of(const char *text)
{
    if (!text)
        return UT__IMPORT_NEW;
    return strcmp(text, "erased") == 0 ? UT__IMPORT_ERASED : UT__IMPORT_KNOWN;
}

enum ut__import_state ut__import_look(struct ut__import *imp, const struct ut__import_file *file)
{
    char *found = NULL;
    pthread_mutex_lock(&imp->lock);
    (void)ut__sql_text(
        imp->store->db, &found,
        "SELECT 'known' FROM recordings WHERE path = ? AND size = ? AND mtime_ms = ?", "sii",
        file->path, file->size, file->mtime_ms);
    pthread_mutex_unlock(&imp->lock);
    enum ut__import_state state = state_of(found);
    free(found);
    return state;
}

int ut__import_hash(struct ut__import_file *file, const char *path)
{
    unsigned char buf[READ_BYTES], hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return errno ? errno : EIO;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL);
    for (size_t n; ok && (n = fread(buf, 1, sizeof buf, f)) > 0;)
        ok = EVP_DigestUpdate(md, buf, n);
    int err = ferror(f) ? EIO : 0;
    ok = ok && EVP_DigestFinal_ex(md, hash, &len);
    EVP_MD_CTX_free(md);
    fclose(f);
    if (!ok)
        return ENOMEM;
    for (unsigned i = 0; i < len && 2 * i + 2 < sizeof file->hash; i++)
        snprintf(file->hash + (size_t)2 * i, 3, "%02x", hash[i]);
    return err;
}

enum ut__import_state ut__import_find(struct ut__import *imp, const struct ut__import_file *file)
{
    char *found = NULL;
    pthread_mutex_lock(&imp->lock);
    (void)ut__sql_text(
        imp->store->db, &found,
        "SELECT iif(EXISTS(SELECT 1 FROM calls WHERE recording = hash), path, 'erased')"
        " FROM recordings WHERE hash = ?",
        "s", file->hash);
    enum ut__import_state state = state_of(found);
    /* A copy that lies beside its like has not moved. */
    int other = state == UT__IMPORT_KNOWN && strcmp(found, file->path) != 0;
    if (other && access(found, F_OK) != 0)
        state = UT__IMPORT_MOVED;
    if (state == UT__IMPORT_MOVED || (state == UT__IMPORT_KNOWN && !other))
        (void)ut__sql_run(imp->store->db,
                          "UPDATE recordings SET path = ?2, size = ?3, mtime_ms = ?4 WHERE hash ="
                          " ?1",
                          "ssii", file->hash, file->path, file->size, file->mtime_ms);
    pthread_mutex_unlock(&imp->lock);
    free(found);
    return state;
}

/* ---- calls ---- */

/* Gives the call a name that nobody has. Returns an SQLite code; *taken: it has to be told. */
static int name_call(struct ut__store *s, struct ut__import_call *call, const char *hash, int named,
                     int *taken)
{
    int64_t there = 0;
    size_t n = strlen(call->info.id);
    int rc =
        ut__sql_int(s->db, &there, "SELECT count(*) FROM calls WHERE call = ?", "s", call->info.id);
    *taken = rc == SQLITE_OK && there && named;
    if (rc != SQLITE_OK || !there || named)
        return rc;
    if (n > UT__CALL_ID_MAX - SUFFIX_BYTES - 2)
        n = UT__CALL_ID_MAX - SUFFIX_BYTES - 2;
    snprintf(call->info.id + n, sizeof call->info.id - n, "-%.*s", SUFFIX_BYTES, hash);
    return SQLITE_OK;
}

static int put_tags(struct ut__store *s, int64_t row, const struct ut__import_call *call)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < call->tags && rc == SQLITE_OK; i++)
        rc = ut__sql_run(s->db, "INSERT OR REPLACE INTO tags(call_id, name, value) VALUES(?,?,?)",
                         "iss", row, call->tag[i].name, call->tag[i].value);
    return rc;
}

static int put_items(struct ut__store *s, const struct ut__import_call *call)
{
    struct ut__stream_item item = {.kind = UT__STREAM_STARTED, .info = call->info};
    snprintf(item.info.source, sizeof item.info.source, "%s", UT__IMPORT_SOURCE);
    item.time_us = call->info.started_ms * 1000;
    ut__clean_item(&item);
    int rc = ut__write_item(s, &item);
    item.kind = UT__STREAM_EVENT;
    for (size_t i = 0; i < call->events && rc == SQLITE_OK; i++) {
        item.event = call->event[i];
        double t_s = item.event.type == UT_EVENT_ALERT ? item.event.u.alert.t_s : 0;
        item.time_us = call->info.started_ms * 1000 + llround(t_s * 1e6);
        rc = ut__write_item(s, &item);
    }
    item.kind = UT__STREAM_ENDED;
    item.time_us = call->info.started_ms * 1000 + llround(call->duration_s * 1e6);
    snprintf(item.reason, sizeof item.reason, "recording ended");
    return rc == SQLITE_OK ? ut__write_item(s, &item) : rc;
}

static int put_call(struct ut__store *s, const struct ut__import_call *call, const char *hash)
{
    int64_t row = 0;
    int rc = put_items(s, call);
    ut__live_drop(s, call->info.id);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &row, "SELECT id FROM calls WHERE call = ?", "s", call->info.id);
    /* Nobody could have answered. */
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "UPDATE alerts SET state = 'expired', expired_ms = (SELECT ended_ms FROM"
                         " calls WHERE id = ?1) WHERE call_id = ?1",
                         "i", row);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "UPDATE calls SET recording = ?2 WHERE id = ?1", "is", row, hash);
    return rc == SQLITE_OK ? put_tags(s, row, call) : rc;
}

static int put_all(struct ut__store *s, const struct ut__import_file *file,
                   struct ut__import_call *call, size_t calls, int named, size_t *taken, int *known)
{
    int64_t there = 0;
    int is_taken = 0;
    int rc = ut__sql_int(s->db, &there, "SELECT count(*) FROM recordings WHERE hash = ?", "s",
                         file->hash);
    *known = there > 0;
    if (rc != SQLITE_OK || there)
        return rc;
    for (size_t i = 0; i < calls && rc == SQLITE_OK && !is_taken; i++) {
        rc = name_call(s, &call[i], file->hash, named, &is_taken);
        *taken = is_taken ? i + 1 : 0;
        if (rc == SQLITE_OK && !is_taken)
            rc = put_call(s, &call[i], file->hash);
    }
    if (rc != SQLITE_OK || is_taken)
        return rc == SQLITE_OK ? SQLITE_CONSTRAINT : rc;
    return ut__sql_run(s->db,
                       "INSERT OR REPLACE INTO recordings(hash, path, size, mtime_ms, link)"
                       " VALUES(?,?,?,?,?)",
                       "ssiis", file->hash, file->path, file->size, file->mtime_ms, file->link);
}

int ut__import_put(struct ut__import *imp, const struct ut__import_file *file,
                   struct ut__import_call *call, size_t calls, int named,
                   struct ut__problem *problem)
{
    struct ut__store *s = imp->store;
    size_t taken = 0;
    int known = 0;
    pthread_mutex_lock(&imp->lock);
    int rc = ut__begin(s);
    if (rc == SQLITE_OK)
        rc = put_all(s, file, call, calls, named, &taken, &known);
    rc = ut__end(s, rc);
    pthread_mutex_unlock(&imp->lock);
    if (rc == SQLITE_OK)
        return known;
    ut__schema_problem(problem, rc, s->path);
    if (!taken)
        return UT_EIO;
    ut__problem_set(problem, "call_taken",
                    "Give each recording a call of its own; what was heard live is on record "
                    "already.",
                    "A call %s is on record.", call[taken - 1].info.id);
    return UT_EINVAL;
}

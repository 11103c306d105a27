/* SPDX-License-Identifier: MIT */
/*
 * Saves what can be read of a damaged record.
 *
 *     undertone.db -> undertone.db.damaged-TIME     with its log, so that both stay as they were
 *     each table: from its front until a page cannot be read, then from its end -> a new undertone.db
 */

#include "store/examine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/key.h"
#include "store/lock.h"
#include "store/schema.h"
#include "store/sql.h"

enum { PATH_BYTES = 4096, SQL_BYTES = 2048, TEXT_MAX = 512, COLUMNS_MAX = 40 };

struct repair {
    ut__examine_say *say;
    void *arg;
    sqlite3 *from, *to;
    int lost;
};

static void __attribute__((format(printf, 2, 3))) tell(struct repair *r, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->say(r->arg, text);
}

/* What must be there first comes first; the key is what the rows are in the order of. */
static const struct table {
    const char *name, *key, *back;
} tables[] = {
    {"meta", "name", "name DESC"},
    {"shared", "id", "id DESC"},
    {"tokens", "name", "name DESC"},
    {"thresholds", "queue", "queue DESC"},
    {"rules", "name", "name DESC"},
    {"quiets", "kind, name", "kind DESC, name DESC"},
    {"people", "name", "name DESC"},
    {"purges", "key", "key DESC"}, /* What is erased here, and still to go from the bus. */
    {"sites", "queue", "queue DESC"},
    {"site_profiles", "queue, checksum", "queue DESC, checksum DESC"},
    {"site_callers", "queue, caller_key", "queue DESC, caller_key DESC"},
    {"calls", "id", "id DESC"},
    {"alerts", "id", "id DESC"},
    {"life", "id", "id DESC"},
    {"missed", "id", "id DESC"},
    {"marks", "id", "id DESC"},
    {"follow_ups", "id", "id DESC"},
    {"disputes", "id", "id DESC"},
    {"searches", "owner, name", "owner DESC, name DESC"},
    {"feedback", "id", "id DESC"},
    {"threshold_steps", "id", "id DESC"},
    {"outbox", "id", "id DESC"},
    {"tags", "call_id, name", "call_id DESC, name DESC"},
    {"recordings", "hash", "hash DESC"},
    {"baselines", "caller_key", "caller_key DESC"},
    {"access", "id", "id DESC"},
    {"sessions", "hash", "hash DESC"},
    {"articles", "id", "id DESC"},
    {"passages", "id", "id DESC"},
    {"passages_en", "rowid", "rowid DESC"},
    {"passages_tri", "rowid", "rowid DESC"},
    {"lines", "id", "id DESC"},
    {"faq", "id", "id DESC"},
    {"scores", "call_id, t", "call_id DESC, t DESC"},
};

/* INSERT for the columns that a row of `st` has; an older record has fewer. */
static sqlite3_stmt *insert_for(struct repair *r, const char *table, sqlite3_stmt *st)
{
    char names[SQL_BYTES / 2] = "", marks[4 * COLUMNS_MAX] = "", sql[SQL_BYTES];
    sqlite3_stmt *in = NULL;
    int columns = sqlite3_column_count(st);
    size_t n = 0, m = 0;
    if (columns > COLUMNS_MAX)
        return NULL;
    for (int i = 0; i < columns && n < sizeof names && m < sizeof marks; i++) {
        n += (size_t)snprintf(names + n, sizeof names - n, "%s\"%s\"", i ? "," : "",
                              sqlite3_column_name(st, i));
        m += (size_t)snprintf(marks + m, sizeof marks - m, "%s?", i ? "," : "");
    }
    snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO %s(%s) VALUES(%s)", table, names, marks);
    return sqlite3_prepare_v2(r->to, sql, -1, &in, NULL) == SQLITE_OK ? in : NULL;
}

/* Copies rows until the end or a page that cannot be read. Returns SQLITE_DONE, or what stopped it. */
static int copy_rows(struct repair *r, const struct table *t, const char *order, long *saved)
{
    char sql[SQL_BYTES];
    sqlite3_stmt *st = NULL, *in = NULL;
    snprintf(sql, sizeof sql, "SELECT %s* FROM %s ORDER BY %s",
             strcmp(t->key, "rowid") == 0 ? "rowid, " : "", t->name, order);
    int rc = sqlite3_prepare_v2(r->from, sql, -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        if (!in && !(in = insert_for(r, t->name, st)))
            rc = SQLITE_MISMATCH;
        for (int i = 0; rc == SQLITE_OK && i < sqlite3_column_count(st); i++)
            rc = sqlite3_bind_value(in, i + 1, sqlite3_column_value(st, i));
        if (rc == SQLITE_OK && sqlite3_step(in) == SQLITE_DONE)
            *saved += sqlite3_changes(r->to);
        /* A row that will not do is lost, not the ones after it. */
        if (in)
            sqlite3_reset(in);
    }
    sqlite3_finalize(in);
    sqlite3_finalize(st);
    return rc;
}

static void save_table(struct repair *r, const struct table *t)
{
    long saved = 0;
    int64_t there = 0;
    if (ut__sql_int(r->from, &there, "SELECT 1 FROM sqlite_schema WHERE name = ?", "s", t->name) ==
            SQLITE_OK &&
        !there)
        return; /* The record is older than the table. */
    int rc = copy_rows(r, t, t->key, &saved);
    if (rc != SQLITE_DONE) {
        r->lost = 1;
        (void)copy_rows(r, t, t->back, &saved);
    }
    tell(r, "%s: %ld rows saved%s%s", t->name, saved,
         rc == SQLITE_DONE ? "" : ", some are lost: ", rc == SQLITE_DONE ? "" : sqlite3_errstr(rc));
}

/* Moves the file and its log aside, or back. */
static int move(const char *from, const char *to)
{
    static const char *const parts[] = {"", "-wal"};
    char a[PATH_BYTES + 64], b[PATH_BYTES + 64];
    for (size_t i = 0; i < 2; i++) {
        snprintf(a, sizeof a, "%s%s", from, parts[i]);
        snprintf(b, sizeof b, "%s%s", to, parts[i]);
        if (rename(a, b) && i == 0)
            return -1;
    }
    snprintf(a, sizeof a, "%s-shm", from);
    (void)unlink(a); /* Made anew from the log. */
    return 0;
}

/* The key of the folder goes on: callers' hashes are made with it. */
static int take_key(struct repair *r, const char *dir)
{
    uint8_t key[UT__KEY_BYTES];
    char id[UT__KEY_ID_MAX];
    if (ut__key_load(dir, key))
        return SQLITE_OK;
    ut__key_id(key, id);
    return ut__sql_run(r->to, "INSERT OR IGNORE INTO meta VALUES('key_id', ?)", "s", id);
}

static int copy_all(struct repair *r, const char *dir, const char *aside)
{
    int rc = sqlite3_open_v2(aside, &r->from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    /* By it SQLite reads a file that was cut, as far as it goes. */
    if (rc == SQLITE_OK)
        (void)sqlite3_exec(r->from, "PRAGMA writable_schema=ON", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(r->to, "BEGIN; DELETE FROM meta; DELETE FROM sites", NULL, NULL, NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < sizeof tables / sizeof tables[0]; i++)
        save_table(r, &tables[i]);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(r->to, "INSERT INTO lines_words(lines_words) VALUES('rebuild')", "");
    if (rc == SQLITE_OK)
        rc = take_key(r, dir);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(r->to, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    sqlite3_close(r->from);
    return rc;
}

/* A folder beside the record, in which the new one grows: in its own it would be taken for lost. */
static void clear_workshop(const char *shop)
{
    static const char *const files[] = {"undertone.db", "undertone.db-wal", "undertone.db-shm",
                                        "key"};
    char path[PATH_BYTES + 64];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", shop, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(shop);
}

static enum ut__examined save(struct repair *r, const char *dir, const char *aside,
                              const char *path)
{
    uint8_t key[UT__KEY_BYTES];
    char shop[PATH_BYTES + 16], made[PATH_BYTES + 32];
    struct ut__problem problem = {.code = NULL};
    snprintf(shop, sizeof shop, "%s/repairing", dir);
    snprintf(made, sizeof made, "%s/undertone.db", shop);
    clear_workshop(shop);
    r->to = ut__schema_open(shop, key, 0, &problem);
    int rc = r->to ? copy_all(r, dir, aside) : SQLITE_CANTOPEN;
    sqlite3_close(r->to);
    if (rc == SQLITE_OK && rename(made, path))
        rc = SQLITE_IOERR;
    clear_workshop(shop);
    if (rc == SQLITE_OK)
        return r->lost ? UT__EXAMINED_DAMAGED : UT__EXAMINED_SOUND;
    tell(r, "it cannot be repaired: %s", problem.code ? problem.message : sqlite3_errstr(rc));
    return UT__EXAMINED_NOT;
}

enum ut__examined ut__repair(const char *dir, ut__examine_say *say, void *arg)
{
    struct repair r = {.say = say, .arg = arg};
    char path[PATH_BYTES], aside[PATH_BYTES + 48];
    struct stat st;
    long pid = 0;
    int n = snprintf(path, sizeof path, "%s/undertone.db", dir);
    if (n < 0 || (size_t)n >= sizeof path || stat(path, &st)) {
        tell(&r, "%s/undertone.db is not there", dir);
        return UT__EXAMINED_NOT;
    }
    struct ut__lock lock;
    int not_taken = ut__lock_take(&lock, dir, &pid);
    if (not_taken) {
        if (not_taken == -1)
            tell(&r, "process %ld uses this folder: stop it first", pid);
        else
            tell(&r, "the folder cannot be written");
        return UT__EXAMINED_NOT;
    }
    snprintf(aside, sizeof aside, "%s.damaged-%lld", path, (long long)time(NULL));
    enum ut__examined end = UT__EXAMINED_NOT;
    if (move(path, aside)) {
        tell(&r, "%s cannot be moved aside", path);
    } else {
        end = save(&r, dir, aside, path);
        if (end == UT__EXAMINED_NOT)
            (void)move(aside, path);
        else
            tell(&r, "the damaged record is kept as %s", aside);
    }
    ut__lock_release(&lock);
    return end;
}

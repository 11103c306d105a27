/* SPDX-License-Identifier: MIT */
/* Is a record whole? */

#include "store/examine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store/key.h"
#include "store/sql.h"
#include "store/store.h"

enum { PATH_BYTES = 4096, TEXT_MAX = 512, BUSY_MS = 5000 };

struct look {
    ut__examine_say *say;
    void *arg;
    int faults;
};

static void __attribute__((format(printf, 2, 3))) tell(struct look *l, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    l->say(l->arg, text);
}

/* Each fault that SQLite finds is a row; "ok" is none. */
static void check_pages(struct look *l, sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check(20)", -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(st, 0);
        rc = SQLITE_OK;
        if (text && strcmp(text, "ok") == 0)
            continue;
        l->faults++;
        tell(l, "damaged: %.400s", text ? text : "?");
    }
    sqlite3_finalize(st);
    if (rc == SQLITE_DONE)
        return;
    l->faults++;
    tell(l, "damaged: it cannot be read to its end (%s)", sqlite3_errstr(rc));
}

static void check_version(struct look *l, sqlite3 *db)
{
    int64_t version = 0;
    if (ut__sql_int(db, &version, "PRAGMA user_version", "") == SQLITE_OK && version >= 1 &&
        version <= UT__STORE_SCHEMA)
        return;
    l->faults++;
    if (version > UT__STORE_SCHEMA)
        tell(l, "written by a newer Undertone (schema %lld, this one knows %d)", (long long)version,
             UT__STORE_SCHEMA);
    else
        tell(l, "no database of Undertone, or its tables are gone");
}

static void check_key(struct look *l, sqlite3 *db, const char *dir)
{
    uint8_t key[UT__KEY_BYTES];
    char id[UT__KEY_ID_MAX], stored[UT__KEY_ID_MAX] = "", *text = NULL;
    if (ut__sql_text(db, &text, "SELECT value FROM meta WHERE name = 'key_id'", "") == SQLITE_OK &&
        text)
        snprintf(stored, sizeof stored, "%s", text);
    free(text);
    if (ut__key_load(dir, key)) {
        l->faults++;
        tell(l, "the key file is missing or no key: put the right one back, or callers' hashes "
                "match no more");
        return;
    }
    ut__key_id(key, id);
    if (stored[0] && strcmp(id, stored) != 0) {
        l->faults++;
        tell(l, "the key file is not the one that this record was made with: put that one back");
    }
}

static void count(struct look *l, sqlite3 *db)
{
    int64_t calls = -1, alerts = -1, letters = -1;
    (void)ut__sql_int(db, &calls, "SELECT count(*) FROM calls", "");
    (void)ut__sql_int(db, &alerts, "SELECT count(*) FROM alerts", "");
    (void)ut__sql_int(db, &letters, "SELECT count(*) FROM outbox", "");
    if (calls >= 0 && alerts >= 0 && letters >= 0)
        tell(l, "%lld calls, %lld alerts, %lld letters that wait", (long long)calls,
             (long long)alerts, (long long)letters);
}

enum ut__examined ut__examine(const char *dir, ut__examine_say *say, void *arg)
{
    struct look l = {.say = say, .arg = arg};
    char path[PATH_BYTES];
    sqlite3 *db = NULL;
    int n = snprintf(path, sizeof path, "%s/undertone.db", dir);
    int rc = n > 0 && (size_t)n < sizeof path
                 ? sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL)
                 : SQLITE_CANTOPEN;
    if (rc != SQLITE_OK) {
        tell(&l, "%s cannot be opened (%s)", path, sqlite3_errstr(rc));
        sqlite3_close(db);
        return UT__EXAMINED_NOT;
    }
    sqlite3_busy_timeout(db, BUSY_MS);
    check_version(&l, db);
    check_pages(&l, db);
    int damaged = l.faults;
    check_key(&l, db, dir);
    count(&l, db);
    sqlite3_close(db);
    return damaged ? UT__EXAMINED_DAMAGED : l.faults ? UT__EXAMINED_KEY : UT__EXAMINED_SOUND;
}

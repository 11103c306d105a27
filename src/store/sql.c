/* SPDX-License-Identifier: MIT */
/* SQL in one line: prepare, bind, step, finalise. */

#include "store/sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 16 };

static int bind_all(sqlite3_stmt *st, const char *types, va_list ap)
{
    int rc = SQLITE_OK;
    for (int i = 1; types[i - 1] && rc == SQLITE_OK; i++) {
        switch (types[i - 1]) {
        case 's': {
            const char *s = va_arg(ap, const char *);
            rc = s ? sqlite3_bind_text(st, i, s, -1, SQLITE_TRANSIENT) : sqlite3_bind_null(st, i);
            break;
        }
        case 'i':
            rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
            break;
        case 'd':
            rc = sqlite3_bind_double(st, i, va_arg(ap, double));
            break;
        default:
            rc = sqlite3_bind_null(st, i);
            break;
        }
    }
    return rc;
}

static int open_stmt(sqlite3 *db, sqlite3_stmt **st, const char *sql, const char *types, va_list ap)
{
    int rc = sqlite3_prepare_v2(db, sql, -1, st, NULL);
    return rc == SQLITE_OK ? bind_all(*st, types, ap) : rc;
}

int ut__sql_run(sqlite3 *db, const char *sql, const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    va_list ap;
    va_start(ap, types);
    int rc = open_stmt(db, &st, sql, types, ap);
    va_end(ap);
    while (rc == SQLITE_OK) {
        int step = sqlite3_step(st);
        if (step == SQLITE_DONE)
            break;
        rc = step == SQLITE_ROW ? SQLITE_OK : step;
    }
    sqlite3_finalize(st);
    return rc;
}

/* The statement at its first row; *row is 0 where there is none. To be finalised in any case. */
static int first_row(sqlite3 *db, sqlite3_stmt **st, int *row, const char *sql, const char *types,
                     va_list ap)
{
    int rc = open_stmt(db, st, sql, types, ap);
    int step = rc == SQLITE_OK ? sqlite3_step(*st) : SQLITE_DONE;
    *row = step == SQLITE_ROW;
    return rc != SQLITE_OK || *row || step == SQLITE_DONE ? rc : step;
}

int ut__sql_int(sqlite3 *db, int64_t *out, const char *sql, const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    int row;
    va_list ap;
    va_start(ap, types);
    int rc = first_row(db, &st, &row, sql, types, ap);
    va_end(ap);
    if (row)
        *out = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return rc;
}

int ut__sql_text(sqlite3 *db, char **out, const char *sql, const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    int row;
    va_list ap;
    va_start(ap, types);
    int rc = first_row(db, &st, &row, sql, types, ap);
    va_end(ap);
    const char *text = row ? (const char *)sqlite3_column_text(st, 0) : NULL;
    *out = text ? strdup(text) : NULL;
    if (text && !*out)
        rc = SQLITE_NOMEM;
    sqlite3_finalize(st);
    return rc;
}

void ut__sql_column(sqlite3_stmt *st, int column, char *out, size_t cap)
{
    const char *text = (const char *)sqlite3_column_text(st, column);
    snprintf(out, cap, "%s", text ? text : "");
}

int ut__sql_rows(sqlite3 *db, void **rows, uint32_t *count, size_t size,
                 void (*fill)(void *row, sqlite3_stmt *st), const char *sql, const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    unsigned char *list = NULL;
    uint32_t n = 0, cap = 0;
    va_list ap;
    va_start(ap, types);
    int rc = open_stmt(db, &st, sql, types, ap);
    va_end(ap);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        if (n == cap) {
            cap = cap ? 2 * cap : FIRST_ROWS;
            unsigned char *more = realloc(list, cap * size);
            if (!more) {
                rc = SQLITE_NOMEM;
                break;
            }
            list = more;
        }
        memset(list + n * size, 0, size);
        fill(list + n++ * size, st);
    }
    sqlite3_finalize(st);
    if (rc != SQLITE_DONE) {
        free(list);
        return rc;
    }
    *rows = list;
    *count = n;
    return SQLITE_OK;
}

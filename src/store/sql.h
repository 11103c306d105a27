/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SQL_H
#define UT_STORE_SQL_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

/*
 * SQL in one line. types: one letter an argument: 's' const char * (NULL: null), 'i' int64_t, 'd'
 * double, 'n' null (no argument). All return 0 or an SQLite error code (> 0). The thread that owns
 * the connection alone.
 */

/** Runs a statement to its end. */
int ut__sql_run(sqlite3 *db, const char *sql, const char *types, ...);

/** The first column of the first row as a number; *out is untouched when there is no row. */
int ut__sql_int(sqlite3 *db, int64_t *out, const char *sql, const char *types, ...);

/**
 * The first column of the first row as a text to free(). *out becomes NULL when there is no row or
 * its value is null.
 */
int ut__sql_text(sqlite3 *db, char **out, const char *sql, const char *types, ...);

/**
 * All rows as an array to free(), size bytes each, that fill() reads one by one; *rows and *count are
 * untouched on failure.
 */
int ut__sql_rows(sqlite3 *db, void **rows, uint32_t *count, size_t size,
                 void (*fill)(void *row, sqlite3_stmt *st), const char *sql, const char *types,
                 ...);

/** A column's text into out: [cap], cut where it is longer; "" for null. */
void ut__sql_column(sqlite3_stmt *st, int column, char *out, size_t cap);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SQL_H
#define UT_STORE_SQL_H

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

#endif

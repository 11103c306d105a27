/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SUMS_H
#define UT_STORE_SUMS_H

#include <sqlite3.h>

/**
 * Adds the aggregate ut_sums(name, value, ...) to a connection: what GROUP BY name would tell, without sorting all rows
 * first. Its text is a JSON array with one of [name, rows, sum, mean, sum, mean, ...] for each name, in the order in
 * which the names came; nulls do not count, and the mean of nothing is null. At most 12 values. Returns an SQLite code.
 */
int ut__sql_sums(sqlite3 *db);

#endif

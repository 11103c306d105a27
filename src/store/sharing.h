/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SHARING_H
#define UT_STORE_SHARING_H

#include <sqlite3.h>

/**
 * From now on whatever changes a setting through this connection leaves its newest value in the table
 * `shared`, and calls it due there. Returns an SQLite code.
 */
int ut__sharing_begin(sqlite3 *db);

#endif

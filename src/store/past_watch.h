/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_PAST_WATCH_H
#define UT_STORE_PAST_WATCH_H

#include <sqlite3.h>

/**
 * From now on whatever changes a call that has ended, or what hangs from it, through this connection
 * is counted in its row. Returns an SQLite code.
 */
int ut__past_watch(sqlite3 *db);

#endif

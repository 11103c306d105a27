/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_FUNCTIONS_H
#define UT_STORE_FUNCTIONS_H

#include <sqlite3.h>

/** Adds the functions that our SQL calls to a connection. Returns an SQLite code. */
int ut__sql_functions(sqlite3 *db);

#endif

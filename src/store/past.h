/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_PAST_H
#define UT_STORE_PAST_H

/* What nodes keep of each other, and what is to go from the bus again. Store's thread, in a transaction. */

#include <stdint.h>

enum { UT__PAST_KEEP_DAYS = 30 }; /* As long as the bus keeps it. */

struct ut__store;

/** A call is erased: what the bus keeps of it and its alerts is to go. Returns an SQLite code. */
int ut__past_purge_call(struct ut__store *s, int64_t row);
/** The same of a call that is not here, by its node and name; and of a caller's baseline. */
int ut__past_purge_named(struct ut__store *s, const char *node, const char *call);
int ut__past_purge_baseline(struct ut__store *s, const char *caller_key);

#endif

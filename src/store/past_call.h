/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_PAST_CALL_H
#define UT_STORE_PAST_CALL_H

/* A call that has ended as nodes tell it each other: rows to JSON, and back. Store's thread. */

#include <stdint.h>

struct ut__store;

/** A call's columns and what hangs from it, to free(); its seconds are not told. Returns an SQLite code. */
int ut__past_call_text(struct ut__store *s, int64_t row, char **out);

/**
 * Puts a call of another node, or one of ours that this record has lost, into the tables, in the place
 * of an older version. json: as above. Returns an SQLite code, SQLITE_MISMATCH for one that makes no
 * sense.
 */
int ut__past_call_put(struct ut__store *s, const char *node, const char *call, int64_t version,
                      const char *json);

/** Gives way to a call of ours that begins under the name of one from elsewhere. Returns an SQLite code. */
int ut__past_call_step_aside(struct ut__store *s, const char *call);

/* SQL: the name that the call `c` has on its own node. */
#define UT__SQL_OWN_NAME                                                                           \
    "iif(c.elsewhere AND substr(c.call, -length(c.node) - 1) = '@' || c.node, substr(c.call, 1,"   \
    " length(c.call) - length(c.node) - 1), c.call)"

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_OUTBOX_H
#define UT_STORE_OUTBOX_H

/* Letters that wait for a channel. Store's thread. */

#include <sqlite3.h>

#include "contract/ledger.h"

struct ut__store;

/**
 * The letters of a channel that are due, *n of them. wait_ms: see struct ut__ledger. Returns an
 * SQLite code.
 */
int ut__outbox_take(sqlite3 *db, const char *channel, struct ut__letter *out, int *n,
                    int64_t *wait_ms);
/** Within a transaction; returns an SQLite code. */
int ut__outbox_settle(struct ut__store *s, const struct ut__settled *list, uint32_t n);
int ut__outbox_hurry(struct ut__store *s, const char *channel);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_TRANSACTION_H
#define UT_STORE_TRANSACTION_H

/* A transaction, and what the listener is told after it. Store's thread. */

#include "contract/ledger.h"

struct ut__store;

/* What the listener is told once the transaction is on disk. */
struct ut__notice {
    struct ut__news *news; /* NULL: of a change. */
    enum ut__ledger_change what;
    char *call; /* That was erased; NULL else. */
};

/** Begins a transaction. Returns an SQLite code. */
int ut__begin(struct ut__store *s);
/**
 * Commits, or rolls back when rc is no SQLITE_OK; then tells what is true, or forgets what is not.
 * Returns the code that tells how it went.
 */
int ut__end(struct ut__store *s, int rc);
void ut__flush_notices(struct ut__store *s, int tell);
/** Folds the log in and cuts it: it still holds what was erased. */
void ut__wipe_log(struct ut__store *s);
/** Remembers for after the commit that something has changed; call may be NULL. */
void ut__tell(struct ut__store *s, enum ut__ledger_change what, char *call_take);
/** The same of an alert: takes what the news hold, and empties them. Returns SQLITE_OK or SQLITE_NOMEM. */
int ut__tell_news(struct ut__store *s, struct ut__news *news);

#endif

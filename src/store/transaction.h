/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_TRANSACTION_H
#define UT_STORE_TRANSACTION_H

/* A transaction, and what the listener is told after it. Store's thread. */

#include "contract/ledger.h"

struct ut__store;

enum ut__tell_kind { UT__TELL_ALERT, UT__TELL_CHANGED };

/* What the listener is told once the transaction is on disk. */
struct ut__notice {
    enum ut__tell_kind kind;
    enum ut__ledger_change what;
    char *text; /* Of an alert JSON; of a call that was erased its name; NULL else. */
};

/** Begins a transaction. Returns an SQLite code. */
int ut__begin(struct ut__store *s);
/**
 * Commits, or rolls back when rc is no SQLITE_OK; then tells what is true, or forgets what is not.
 * Returns the code that tells how it went.
 */
int ut__end(struct ut__store *s, int rc);
void ut__flush_notices(struct ut__store *s, int tell);
/** Remembers a notice for after the commit; text may be NULL. */
void ut__tell(struct ut__store *s, enum ut__tell_kind kind, enum ut__ledger_change what,
              char *text_take);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_ASK_H
#define UT_SUPERVISE_ASK_H

/* Questions to the record, answered in the loop of the hub. Hub thread. */

#include "contract/ledger.h"
#include "supervise/auth.h"

struct ut__supervise;

/**
 * Asks the ledger; fn comes in the hub's loop, unless all ends first. The answer is borrowed for the
 * call of fn, which may take what it holds. Returns 0 or UT_E....
 */
int ut__ask(struct ut__supervise *sv, enum ut__ledger_op op, const char *args, ut__answered *fn,
            void *arg);
/** The same with values. */
int ut__inquire(struct ut__supervise *sv, const struct ut__inquiry *inquiry, ut__answered *fn,
                void *arg);
/** Inquires and waits: at the start alone, before the loop runs. fn(arg, ...) is called before it returns. */
int ut__inquire_now(struct ut__supervise *sv, const struct ut__inquiry *inquiry, ut__answered *fn,
                    void *arg);
/** Notes a read or act in the access log. */
void ut__log_access(struct ut__supervise *sv, const struct ut__who *who, const char *action,
                    const char *what);

#endif

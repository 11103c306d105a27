/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_ELSEWHERE_H
#define UT_SUPERVISE_ELSEWHERE_H

/* Questions about calls that another node took: carried there, and their answers back. Hub thread. */

#include "base/json.h"
#include "supervise/ask.h"

struct ut__supervise;

/**
 * Asks the ledger as ut__ask does; what it says is elsewhere is asked there. Where that node is away, what
 * is read is answered from what is known of it here.
 */
int ut__elsewhere_ask(struct ut__supervise *sv, enum ut__ledger_op op, const char *args,
                      ut__answered *fn, void *arg);
/** Another node asks, or answers: {"id",...}. */
void ut__elsewhere_asked(struct ut__supervise *sv, const char *node, const json_t *event);
void ut__elsewhere_answered(struct ut__supervise *sv, const char *node, const json_t *event);
/** What the bus had of a call whose node is away: "fetched". Returns 0: another kind. */
int ut__elsewhere_fetched(struct ut__supervise *sv, const char *kind, const json_t *root);
/** Those that have waited long enough, or all. */
void ut__elsewhere_expire(struct ut__supervise *sv, int all);

#endif

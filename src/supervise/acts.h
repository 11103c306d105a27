/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_ACTS_H
#define UT_SUPERVISE_ACTS_H

/* Acts on alerts, of this node and of others. Hub thread. */

#include "base/json.h"
#include "supervise/ask.h"

struct ut__supervise;

/*
 * Acts on an alert of any node. verb: acknowledge, note, resolve, hand_over, judge. body: the command's
 * other members, borrowed. fn's answer has the Alert as JSON. An alert of a queue that `who`
 * does not see is not found. Returns 0 or UT_E....
 */
int ut__act(struct ut__supervise *sv, const struct ut__who *who, const char *verb,
            const char *alert, const json_t *body, ut__answered *fn, void *arg);
/* The queues that `who` sees, for the ledger's arguments: sets `scope` where they are not all. */
void ut__scope_args(json_t *args, const struct ut__who *who);
/* The echo of an act, or its refusal, from another node. */
void ut__act_echo(struct ut__supervise *sv, const struct ut__alert_state *alert, const char *by);
void ut__act_refused(struct ut__supervise *sv, const json_t *refusal);
void ut__act_expire(struct ut__supervise *sv, int all);
/* An order to act on an alert of this node: {"key","event"}. */
void ut__bus_order(struct ut__supervise *sv, json_t *root);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_RECALL_H
#define UT_LIVE_RECALL_H

/*
 * A call may wait a moment before it goes to its worker: for the record's baseline of its caller, or for
 * the end of the call that it goes on with. Hub thread.
 */

#include "live/hub_state.h"

/** A call was opened: it waits, or goes to its worker. with: the call that it goes on with, or NULL. */
void ut__recall_begin(struct ut__live_call *lc, const char *with);
/** A command may not overtake the call's own way to its worker: it goes there now. */
void ut__recall_stop(struct ut__live_call *lc);
/** A call ended: what it has learnt goes to the record and to those who waited for it. */
void ut__recall_keep(const struct ut__live_call *lc);

#endif

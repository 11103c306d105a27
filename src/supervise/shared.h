/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_SHARED_H
#define UT_SUPERVISE_SHARED_H

/* What people set, one on all nodes: between the record and the bus. Hub thread. */

struct ut__supervise;

/** Gives the bus what it has not got; nothing while it is away. */
void ut__shared_send(struct ut__supervise *sv);
/** What the bus keeps: see `kept` in contract/edge.h. json: borrowed. */
void ut__shared_take(struct ut__supervise *sv, const char *json);

#endif

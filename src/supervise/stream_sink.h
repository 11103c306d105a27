/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_STREAM_SINK_H
#define UT_SUPERVISE_STREAM_SINK_H

/* Calls as they change. Hub thread. */

#include <stdint.h>

struct ut__card;
struct ut__supervise;

/** The call may have gone from the queue `before` to another. */
void ut__queue_changed(struct ut__supervise *sv, const struct ut__card *c, const char *before,
                       int64_t time_ms);
/** A second of a call of any node, in state alert: counts for its agent's break. */
void ut__expose(struct ut__supervise *sv, const struct ut__card *c, int64_t time_ms);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_QUIETS_H
#define UT_SUPERVISE_FEED_QUIETS_H

#include "base/text.h"
#include "contract/inquiry.h"

/*
 * What does not ring for a while: a call, an agent, a queue; with an end, and told to all. The record
 * keeps it over a restart. Alerts are raised, escalated and sent as ever. Hub thread.
 */

enum { UT__QUIETS_MAX = 256, UT__QUIET_MINUTES_MAX = 24 * 60 };

struct ut__quiets {
    struct ut__quiet list[UT__QUIETS_MAX];
    char queues[UT__QUIETS_MAX][UT__CALL_LABEL_MAX]; /* Whose people are told; "": all. */
    uint32_t count;
};

/** Sets, or with until_ms 0 ends. queue: of the call, or the queue itself; "". Returns 0 when it is full. */
int ut__quiets_put(struct ut__quiets *q, const struct ut__quiet *quiet, const char *queue);
/** Drops those that are over. */
void ut__quiets_expire(struct ut__quiets *q, int64_t now_ms);
/** 1 for "call", "agent", "queue". */
int ut__quiet_is_kind(const char *kind);
/** Writes the members of a Quiet, without braces. */
void ut__quiet_json(const struct ut__quiet *quiet, struct ut__text *out);
/** Writes an array of those that somebody sees. */
void ut__quiets_json(const struct ut__quiets *q, const char *scope, struct ut__text *out);

#endif

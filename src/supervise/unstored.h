/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_UNSTORED_H
#define UT_SUPERVISE_UNSTORED_H

/* Alerts that the record has not told of yet, and what is told where it cannot. Hub thread. */

#include "base/json.h"
#include "contract/stream.h"

struct ut__news;
struct ut__supervise;

/** The news of an alert that is not on disk; to ut__alert_state_free. Returns 0 for want of memory. */
int ut__unstored_news(struct ut__news *out, const struct ut__supervise *sv,
                      const struct ut__stream_item *item, uint32_t n);
/** An alert goes to the record. */
void ut__waiting_add(struct ut__supervise *sv, const struct ut__stream_item *item);
/** It is on disk. Returns 1 when it was told before, as not stored. */
int ut__waiting_stored(struct ut__supervise *sv, const char *call, int raised);
/** It cannot be written now. Returns 1 when it is to be told. */
int ut__waiting_unstored(struct ut__supervise *sv, const char *call, int raised);
/** Keeps and tells of news; local: 1 of this node. */
typedef void(ut__tell)(struct ut__supervise *sv, const struct ut__news *news, int local);
/** Once a second: what has waited for too long is told. */
void ut__waiting_tick(struct ut__supervise *sv, ut__tell *tell);
void ut__waiting_end(struct ut__supervise *sv);

#endif

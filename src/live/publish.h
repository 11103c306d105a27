/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_PUBLISH_H
#define UT_LIVE_PUBLISH_H

/* Items of the stream, to every sink. Hub thread. */

#include "live/hub_state.h"

/** Numbers an item, dates it and hands it to all sinks. */
void ut__publish_item(struct ut__hub *hub, struct ut__stream_item *item);
/** An item of a call of ours, filled in but for its number, its time and what is known of the call. */
void ut__publish_of(struct ut__hub *hub, struct ut__stream_item *item,
                    const struct ut__live_call *lc);
/** That a call started, was updated or ended. */
void ut__publish_kind(const struct ut__live_call *lc, enum ut__stream_kind kind);

#endif

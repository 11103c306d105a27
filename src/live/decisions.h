/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_DECISIONS_H
#define UT_LIVE_DECISIONS_H

#include "live/worker.h"

/* What the engine decides of a call, in the log at debug: nobody needs it until a call goes wrong.
 * Hub thread. */

/** A line has a role, or none. */
void ut__decided_role(const char *call, uint32_t index, const struct ut__port_line *line);

/** A pushed call: which channels its ingress opened. */
void ut__decided_channels(const char *call, const struct ut__port_open *open);

/** A returning caller's baseline: what is done with it, and why. why: NULL: nothing to say. */
void ut__decided_baseline(const char *call, const char *caller, const char *what, const char *why);

/** Packets of a line that were not heard, of the last second. */
void ut__decided_packets(const char *call, const struct ut__worker_dropped *dropped);

/** Samples of a pushed call that found no room in its ring. */
void ut__decided_samples(const char *call, enum ut_role role, size_t samples);

/** A packet of such a call, or one that is longer than any. */
void ut__decided_packet(const char *call, uint32_t line, size_t len_bytes);

/** What the pipeline says: alerts, notes, the end; of scores only when they begin and cease. */
void ut__decided_event(struct ut__live_call *lc, const struct ut_event *event);

#endif

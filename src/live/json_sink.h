/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_JSON_SINK_H
#define UT_LIVE_JSON_SINK_H

#include <undertone/error.h>

#include "contract/stream.h"

/*
 * The stream as JSON Lines on a file descriptor. It never blocks the hub: what a slow reader has
 * not taken waits in a buffer of fixed size; when that is three quarters full scores are left out
 * and counted, so that alerts and summaries still fit.
 *
 * Where a record is kept, an alert and what comes after it wait until ut__json_sink_told says that
 * it is on disk, or that it is not, which its line then says: "stored":false.
 */
struct ut__json_sink;

/** fd: borrowed. Returns 0 or UT_ENOMEM. Hub thread, inside libre's loop. */
int ut__json_sink_create(struct ut__json_sink **out, int fd) UT_MUST_CHECK;

/** Writes what waits, for at most a second, and releases it. NULL is fine. */
void ut__json_sink_destroy(struct ut__json_sink *s);

/** Alerts wait from now on, to be told by ut__json_sink_told: its arg is the sink. */
void ut__json_sink_wait(struct ut__json_sink *s);
void ut__json_sink_told(void *arg, const char *call, int raised, int stored);

/** The sink for the hub. */
struct ut__sink ut__json_sink_get(struct ut__json_sink *s);

#endif

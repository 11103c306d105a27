/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_STREAM_JSON_H
#define UT_LIVE_STREAM_JSON_H

#include <stddef.h>

#include <undertone/error.h>

#include "contract/stream.h"

/**
 * Writes an item as one JSON object: events as ut_event_to_json does, the others as
 *
 *     {"type":"call","v":1,"call":ID,"phase":"started","source":...,"channels":2,"queue":...,
 *      "agent":...,"on_hold":false}
 *
 * with phase started, updated or ended; ended has "reason" in place of what follows it. The
 * caller's number is never written.
 *
 * buf: [cap], NUL-terminated on success; UT_JSON_MAX always suffices. Returns the bytes without the
 * NUL, UT_ENOSPC, or UT_EINVAL for an unknown kind..
 */
int ut__stream_to_json(char *buf, size_t cap, const struct ut__stream_item *item) UT_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_JSON_H
#define UNDERTONE_JSON_H

#include <stddef.h>

#include <undertone/error.h>
#include <undertone/event.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    UT_JSON_MAX = 6144 /**< No event needs more bytes than this, the closing NUL included. */
};

/**
 * Writes an event as one JSON object, without a line end.
 *
 * buf: [cap] bytes; NUL-terminated on success. cap: UT_JSON_MAX always suffices.
 * call_id: NUL-terminated UTF-8, cut at the last whole character within 128 bytes; escaped as JSON
 * asks.
 * ev: borrowed for the call.
 * Returns the bytes written without the NUL, UT_ENOSPC when buf is too small, UT_EINVAL for an
 * unknown event type. Numbers have a fixed count of decimals and a '.' in every locale, so that the
 * same event gives the same bytes everywhere. Any thread; no allocation.
 */
int ut_event_to_json(char *buf, size_t cap, const char *call_id,
                     const struct ut_event *ev) UT_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif

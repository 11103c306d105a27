/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_WEBSOCKET_MEDIA_CALL_H
#define UT_INGRESS_WEBSOCKET_MEDIA_CALL_H

/*
 * A call whose connection may be lost and made again:
 *
 *     open -> push, gap, hold ... -> end
 *                |                    ^
 *                lost -> waits -------+   (nobody came within the time)
 *                  ^       |
 *                  '-------' open of the same source, id and rates
 *
 * What went by meanwhile is a gap. Hub thread.
 */

#include <stdint.h>

#include "contract/port.h"
#include "net/re.h"

/* The calls of an edge that wait. */
struct ut__media_calls {
    const struct ut__port *port;
    uint32_t rejoin_s; /* 0: a lost connection ends its call. */
    struct list waiting;
};

struct ut__media_call;

/**
 * Opens a call, or goes on with one that waits. open: ended and arg are told of its end while the
 * connection lasts. Returns 0 or an error of ut__port_open.
 */
int ut__media_call_open(struct ut__media_call **out, struct ut__media_calls *all,
                        const struct ut__port_open *open) UT_MUST_CHECK;

void ut__media_call_push(struct ut__media_call *c, enum ut_role role, enum ut__port_codec codec,
                         const void *bytes, size_t len_bytes);
void ut__media_call_gap(struct ut__media_call *c, enum ut_role role, uint32_t samples);
void ut__media_call_hold(struct ut__media_call *c, int on_hold);

/** Is it this one, of this id as its peer said it? */
int ut__media_call_is(const struct ut__media_call *c, const char *id);

/** Ends it; the handle is dead. NULL is fine. */
void ut__media_call_end(struct ut__media_call *c, const char *reason);

/** The connection is lost: it waits, where it has a name to be found by, or ends. NULL is fine. */
void ut__media_call_lost(struct ut__media_call *c, const char *reason);

/** Ends those that wait. */
void ut__media_calls_stop(struct ut__media_calls *all);

#endif

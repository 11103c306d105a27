/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RTPENGINE_RTPENGINE_H
#define UT_INGRESS_RTPENGINE_RTPENGINE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/edge.h"
#include "contract/port.h"

/*
 * rtpengine's NG protocol: subscribes to calls that go through it and scores both legs.
 *
 *     list -> subscribe request -> its SDP -> ours -> subscribe answer -> RTP
 *
 * Hub thread, inside libre's loop.
 */

struct ut__rtpengine;

struct ut__rtpengine_config {
    const char *address;      /* "127.0.0.1:2223" */
    const char *const *calls; /* Call-IDs; none: all. */
    size_t call_count;
    const char *const *rules; /* Roles: order:1=caller, label:FROM-TAG=agent. */
    size_t rule_count;
    uint32_t poll_s;
    const char *media_address; /* NULL: the one that rtpengine is reached from. */
    uint16_t rtp_port_min, rtp_port_max;
    uint32_t max_calls;
    const struct ut__edge_host *host; /* Who is told that nobody answers. */
};

/** cfg: its texts are borrowed until stop. why: [cap]. Returns 0 or an error. */
int ut__rtpengine_start(struct ut__rtpengine **out, const struct ut__rtpengine_config *cfg,
                        const struct ut__port *port, char *why, size_t cap) UT_MUST_CHECK;

struct ut__rtpengine_stats {
    uint32_t open;           /* Calls that are heard now. */
    uint64_t calls, refused; /* Taken; refused by rtpengine, or not fit to be taken. */
};

void ut__rtpengine_get_stats(const struct ut__rtpengine *r, struct ut__rtpengine_stats *out);

/** Unsubscribes, without waiting for answers. NULL is fine. */
void ut__rtpengine_stop(struct ut__rtpengine *r);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RTP_RTP_LISTENER_H
#define UT_INGRESS_RTP_RTP_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/port.h"

/*
 * Static RTP listeners, such as for Asterisk's externalMedia: no signalling. A call begins with the
 * first packet of RTP and ends when none has come for a while; listeners of one call= are its
 * sides. Hub thread, inside libre's loop.
 */
struct ut__rtp_listeners;

struct ut__rtp_listeners_config {
    const char *const *specs; /* As ut__rtp_listener_parse takes them. */
    size_t count;
    uint32_t idle_s;
    const struct ut__port *port; /* Borrowed; outlives the listeners. */
};

/** Binds all of them. why: [cap] place and remedy on failure. Returns 0 or an error. */
int ut__rtp_listeners_start(struct ut__rtp_listeners **out,
                            const struct ut__rtp_listeners_config *cfg, char *why,
                            size_t cap) UT_MUST_CHECK;

/** NULL is fine. */
void ut__rtp_listeners_stop(struct ut__rtp_listeners *l);

struct ut__rtp_listeners_stats {
    uint32_t open;          /* Calls now. */
    uint64_t calls, thrown; /* Begun; packets that began none. */
};

void ut__rtp_listeners_get_stats(const struct ut__rtp_listeners *l,
                                 struct ut__rtp_listeners_stats *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SNIFF_SNIFF_H
#define UT_INGRESS_SNIFF_SNIFF_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/edge.h"

/*
 * Calls off the wire: SIP and RTP that go by on an interface or come out of a mirror port, live,
 * through libpcap. Nothing is changed at the PBX. Hub thread, inside libre's loop.
 *
 *     interface -> libpcap's ring -> pcap/calls.h -> port: whole RTP packets -> worker
 */
struct ut__sniff;

struct ut__sniff_config {
    const char *const *specs; /* As ut__sniff_parse takes them. */
    size_t count;
    const char *const *rules; /* Who is who: see ingress/sdp/role_rules.h. */
    size_t rule_count;
    const struct ut__edge_host *host; /* Its port, and where problems are told; outlives it. */
};

struct ut__sniff_stats {
    uint64_t packets;          /* Taken off the interfaces, */
    uint64_t dropped;          /* and lost because they were not read in time, or by the card. */
    uint64_t unread;           /* Fragments without the rest, too many tunnels, cut off, no room. */
    uint64_t calls;            /* Opened. */
    uint64_t encrypted;        /* Calls that nobody can hear: SRTP. */
    uint64_t other_legs;       /* Calls that are the other leg of one that is there. */
    uint32_t interfaces, down; /* Of them, those that are not there, down or not open. */
};

/**
 * Starts to listen. An interface that is not there or is down is waited for and told as a problem.
 * why: [cap] place and remedy on failure: a wrong rule or filter, or no permission.
 * Returns 0 or an error.
 */
int ut__sniff_start(struct ut__sniff **out, const struct ut__sniff_config *cfg, char *why,
                    size_t cap) UT_MUST_CHECK;

/** New rules, for calls that begin from now on; the interfaces stay. */
void ut__sniff_reload(struct ut__sniff *s, const struct ut__sniff_config *cfg);

void ut__sniff_get_stats(const struct ut__sniff *s, struct ut__sniff_stats *out);

/** Its calls end. NULL is fine. */
void ut__sniff_stop(struct ut__sniff *s);

#endif

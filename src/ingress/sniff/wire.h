/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SNIFF_WIRE_H
#define UT_INGRESS_SNIFF_WIRE_H

#include "contract/port.h"
#include "ingress/pcap/calls.h"
#include "ingress/sdp/role_rules.h"

/*
 * Frames off the wire to live calls of the daemon. Knows no interface: frames are pushed in, with
 * monotonic times. Hub thread.
 */
struct ut__wire;

struct ut__wire_stats {
    uint64_t packets, unread, calls, encrypted, other_legs;
};

/** rules: [count], copied. Returns 0 or UT_ENOMEM. port: borrowed. */
int ut__wire_create(struct ut__wire **out, const struct ut__port *port,
                    const struct ut__sip_rule *rules, size_t count) UT_MUST_CHECK;

/** New rules for calls that begin later. Returns 0, or UT_ENOMEM: the old ones stay. */
int ut__wire_set_rules(struct ut__wire *w, const struct ut__sip_rule *rules,
                       size_t count) UT_MUST_CHECK;

/** Closes its calls. NULL is fine. */
void ut__wire_destroy(struct ut__wire *w);

void ut__wire_take(struct ut__wire *w, uint32_t link, const uint8_t *bytes, size_t len,
                   int64_t time_us);

/** About each second. */
void ut__wire_tick(struct ut__wire *w, int64_t now_us);

void ut__wire_get_stats(const struct ut__wire *w, struct ut__wire_stats *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_DISSECT_H
#define UT_INGRESS_PCAP_DISSECT_H

/* Frames to UDP and TCP, with fragments put together, and what could not be read counted. */

#include "ingress/pcap/fragments.h"
#include "ingress/pcap/link_frame.h"

struct ut__dissector {
    struct ut__fragments fragments;
    uint64_t packets, cut, deep, other_links;
};

/**
 * One frame. Returns UT__FRAME_UDP or UT__FRAME_TCP with *out (a view into bytes, or into the
 * dissector until the next call); UT__FRAME_OTHER for everything else; UT_ENOMEM.
 */
int ut__dissect(struct ut__dissector *s, struct ut__datagram *out, uint32_t link,
                const uint8_t *bytes, size_t len, int64_t time_us);

void ut__dissector_clear(struct ut__dissector *s);

#endif

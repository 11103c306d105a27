/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_FRAGMENTS_H
#define UT_INGRESS_PCAP_FRAGMENTS_H

/*
 * Datagrams out of their fragments, IPv4 (RFC 791) and IPv6 (RFC 8200, section 4.5). Bounded in
 * number, bytes and time. Fragments that overlap with other bytes, or that say two ends, spoil the
 * whole datagram (RFC 5722); the same one again does not. Pure but for the memory it takes.
 */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/link_frame.h"

enum {
    UT__FRAGMENTED_MAX = 64, /* Datagrams at once; the oldest makes room. */
    UT__FRAGMENTED_BYTES = 65536,
    UT__FRAGMENTED_US = 30000000 /* So long the rest is waited for. */
};

struct ut__fragmented {
    struct ut__address from, to;
    uint32_t id;
    uint8_t protocol, used, spoilt;
    size_t total; /* 0: the last fragment has not come. */
    size_t highest;
    uint32_t blocks; /* Of 8 bytes, that are there. */
    int64_t since_us;
    uint8_t has[UT__FRAGMENTED_BYTES / 64]; /* A bit a block. */
    uint8_t *bytes;                         /* [cap] */
    size_t cap;
};

struct ut__fragments {
    struct ut__fragmented *table; /* [UT__FRAGMENTED_MAX], made when the first fragment comes. */
    uint8_t *whole;               /* What was given out last. */
    uint64_t incomplete;          /* Datagrams given up: the rest never came. */
    uint64_t refused;             /* Datagrams whose fragments contradict each other. */
};

/**
 * Takes what ut__frame_read gave as UT__FRAME_FRAGMENT. Returns 1 when the datagram is whole:
 * *bytes, *len are views until the next call; 0 when not; UT_ENOMEM.
 */
int ut__fragments_take(struct ut__fragments *f, const struct ut__datagram *d, int64_t time_us,
                       const uint8_t **bytes, size_t *len);

/** Counts what still waits as incomplete, and releases the memory. */
void ut__fragments_clear(struct ut__fragments *f);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_LOAD_H
#define UT_CONTRACT_LOAD_H

#include <stdint.h>
#include <stdio.h>

/* What a node says of itself to whoever shares calls out: plain data, taken by the hub thread. */
struct ut__load {
    uint32_t calls;     /* With sound, now. */
    uint32_t talks;     /* Conversations without a voice, now. */
    uint32_t max_calls; /* 0: nobody has said. */
    float cpu;          /* Of its core, that the busiest worker used in the last seconds: 0..1. */
    uint8_t draining;   /* 1: no new ones are taken, those there are go on. */
};

enum { UT__LOAD_RETRY_S = 10, UT__LOAD_HEADERS_MAX = 256 };

/** How many calls more it takes. */
static inline uint32_t ut__load_room(const struct ut__load *l)
{
    return l->draining || l->calls >= l->max_calls ? 0 : l->max_calls - l->calls;
}

/** It as headers of SIP or HTTP into buf: [UT__LOAD_HEADERS_MAX]; with Retry-After when there is no room. */
static inline void ut__load_headers(const struct ut__load *l, const char *node, char *buf)
{
    uint32_t room = ut__load_room(l);
    unsigned permille = (unsigned)(l->cpu * 1000.0F + 0.5F);
    int n = snprintf(buf, UT__LOAD_HEADERS_MAX,
                     "X-Undertone-Node: %.64s\r\nX-Undertone-Calls: %u\r\nX-Undertone-Room: %u\r\n"
                     "X-Undertone-Load: %u.%03u\r\n",
                     node, l->calls, room, permille / 1000, permille % 1000);
    if (!room && n > 0 && n < UT__LOAD_HEADERS_MAX)
        snprintf(buf + n, (size_t)(UT__LOAD_HEADERS_MAX - n), "Retry-After: %d\r\n",
                 UT__LOAD_RETRY_S);
}

#endif

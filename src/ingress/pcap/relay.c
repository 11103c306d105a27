/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/relay.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 1 << 15,   /* A power of two: 0.3 s of a thousand calls. */
    DELAY_US = 200000, /* A PBX passes on at once; its own jitter buffer may hold a packet. */
    PAYLOAD_MIN = 20,  /* Shorter ones, of G.729 or comfort noise, could be equal by chance. */
    HITS = 5,          /* So many copies make another leg, */
    CHECKED = 12,      /* so many payloads without make a call of its own. */
    FORGET = 250       /* As many without a copy after that: 5 s. */
};

struct slot {
    uint64_t hash;
    int64_t time_us, first_us;
    uint32_t serial; /* 0: free. */
    struct ut__address to;
};

struct ut__relays {
    struct slot slots[SLOTS];
};

struct ut__relays *ut__relays_create(void)
{
    return calloc(1, sizeof(struct ut__relays));
}

void ut__relays_destroy(struct ut__relays *r)
{
    free(r);
}

/* FNV-1a by eights. 0: all the same, as silence is. */
static uint64_t hash_of(const uint8_t *b, size_t len)
{
    uint64_t h = 14695981039346656037u;
    size_t i = 1;
    while (i < len && b[i] == b[0])
        i++;
    if (len < PAYLOAD_MIN || i == len)
        return 0;
    for (i = 0; i + 8 <= len; i += 8) {
        uint64_t eight;
        memcpy(&eight, b + i, 8);
        h = (h ^ eight) * 1099511628211u;
        h ^= h >> 29;
    }
    for (; i < len; i++)
        h = (h ^ b[i]) * 1099511628211u;
    return h ? h : 1;
}

void ut__relays_take(struct ut__relays *r, struct ut__relay_leg *leg,
                     const struct ut__address *from, const struct ut__address *to,
                     const uint8_t *payload, size_t len, int64_t time_us)
{
    uint64_t hash = hash_of(payload, len);
    if (!hash)
        return;
    struct slot *s = &r->slots[(hash ^ hash >> 32) & (SLOTS - 1)];
    int is_copy = s->serial && s->hash == hash && s->serial != leg->serial &&
                  time_us - s->time_us < DELAY_US && time_us >= s->time_us &&
                  ut__address_same(&s->to, from, 0);
    leg->checked++;
    if (is_copy && (s->first_us < leg->first_us ||
                    (s->first_us == leg->first_us && s->serial < leg->serial))) {
        leg->hits++;
        leg->last_hit = leg->checked;
    }
    /* The original stays: there may be a third leg. */
    if (!is_copy)
        *s = (struct slot){.hash = hash,
                           .time_us = time_us,
                           .first_us = leg->first_us,
                           .serial = leg->serial,
                           .to = *to};
}

enum ut__leg_kind ut__leg_kind_of(const struct ut__relay_leg *leg)
{
    if (leg->hits >= HITS && leg->checked - leg->last_hit < FORGET)
        return UT__LEG_OTHER;
    return leg->checked >= CHECKED && leg->hits < HITS ? UT__LEG_OWN : UT__LEG_UNKNOWN;
}

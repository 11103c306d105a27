/* SPDX-License-Identifier: MIT */
/* Packets back into their order. */

#include "rtp/jitter.h"

#include <string.h>

enum { NONE = UT__JITTER_BLOCKS };

void ut__jitter_reset(struct ut__jitter *j)
{
    memset(j->slots, 0, sizeof j->slots);
    for (unsigned i = 0; i < UT__JITTER_BLOCKS; i++)
        j->next_block[i] = (uint8_t)(i + 1);
    j->free_block = 0;
    j->free_blocks = UT__JITTER_BLOCKS;
    j->started = 0;
    j->waiting = 0;
    j->seen = 0;
    j->next = 0;
}

void ut__jitter_init(struct ut__jitter *j, uint8_t *pool, uint32_t block_bytes)
{
    *j = (struct ut__jitter){.pool = pool, .block_bytes = block_bytes};
    ut__jitter_reset(j);
}

static struct ut__jitter_slot *slot_of(struct ut__jitter *j, uint16_t seq)
{
    return &j->slots[seq % UT__JITTER_SLOTS];
}

static void store(struct ut__jitter *j, struct ut__jitter_slot *s, const struct ut__rtp_packet *p)
{
    uint8_t *link = &s->first_block;
    for (size_t done = 0; done < p->payload_bytes;) {
        size_t run = p->payload_bytes - done;
        if (run > j->block_bytes)
            run = j->block_bytes;
        uint8_t block = j->free_block;
        j->free_block = j->next_block[block];
        j->free_blocks--;
        memcpy(j->pool + (size_t)block * j->block_bytes, p->payload + done, run);
        *link = block;
        link = &j->next_block[block];
        done += run;
    }
    *link = NONE;
}

static void load(const struct ut__jitter *j, const struct ut__jitter_slot *s, uint8_t *payload)
{
    uint8_t block = s->first_block;
    for (size_t done = 0; done < s->payload_bytes; done += j->block_bytes) {
        size_t run = s->payload_bytes - done;
        if (run > j->block_bytes)
            run = j->block_bytes;
        memcpy(payload + done, j->pool + (size_t)block * j->block_bytes, run);
        block = j->next_block[block];
    }
}

static void release(struct ut__jitter *j, struct ut__jitter_slot *s)
{
    for (uint8_t block = s->first_block, next; block != NONE; block = next) {
        next = j->next_block[block];
        j->next_block[block] = j->free_block;
        j->free_block = block;
        j->free_blocks++;
    }
    s->used = 0;
    j->waiting--;
}

enum ut__jitter_put ut__jitter_put(struct ut__jitter *j, const struct ut__rtp_packet *p,
                                   int64_t arrival_us)
{
    size_t blocks = (p->payload_bytes + j->block_bytes - 1) / j->block_bytes;
    if (!j->started) {
        j->started = 1;
        j->next = p->seq;
    }
    int ahead = (int16_t)(uint16_t)(p->seq - j->next);
    if (ahead < 0 && ahead > -UT__JITTER_DEPTH && j->seen == 0 && j->waiting == 1 &&
        slot_of(j, j->next)->used) {
        /* Nothing was given out yet: the first to come was not the first that was sent. */
        j->next = p->seq;
        ahead = 0;
    }
    if (ahead < 0) {
        int back = -ahead - 1;
        if (back < 64 && (j->seen >> back & 1))
            return UT__JITTER_DUPLICATE;
        return UT__JITTER_LATE;
    }
    struct ut__jitter_slot *s = slot_of(j, p->seq);
    if (s->used && s->seq == p->seq)
        return UT__JITTER_DUPLICATE;
    if (ahead >= UT__JITTER_SLOTS || p->payload_bytes > UT__JITTER_PAYLOAD_MAX ||
        blocks > j->free_blocks)
        return UT__JITTER_FULL;
    *s = (struct ut__jitter_slot){.arrival_us = arrival_us,
                                  .ts = p->ts,
                                  .seq = p->seq,
                                  .payload_bytes = (uint16_t)p->payload_bytes,
                                  .used = 1,
                                  .pt = p->pt,
                                  .marker = p->marker};
    store(j, s, p);
    j->waiting++;
    /* Reordered: one behind it was here first. */
    for (int i = ahead + 1; j->waiting > 1 && i < UT__JITTER_SLOTS; i++) {
        const struct ut__jitter_slot *later = slot_of(j, (uint16_t)(j->next + i));
        if (later->used)
            return UT__JITTER_REORDERED;
    }
    return UT__JITTER_TAKEN;
}

/* Moves on to number next + n; `came` tells whether the first of them did. */
static void move_on(struct ut__jitter *j, uint32_t n, int came)
{
    j->seen = n < 64 ? j->seen << n : 0;
    if (came && n <= 64)
        j->seen |= 1ull << (n - 1);
    j->next = (uint16_t)(j->next + n);
}

static void fill_in(const struct ut__jitter *j, const struct ut__jitter_slot *s,
                    struct ut__rtp_packet *packet, uint8_t *payload)
{
    load(j, s, payload);
    *packet = (struct ut__rtp_packet){.pt = s->pt,
                                      .marker = s->marker,
                                      .seq = s->seq,
                                      .ts = s->ts,
                                      .payload = payload,
                                      .payload_bytes = s->payload_bytes};
}

enum ut__jitter_get ut__jitter_get(struct ut__jitter *j, int64_t now_us, int force,
                                   struct ut__rtp_packet *packet, int64_t *arrival_us,
                                   uint8_t *payload, uint32_t *lost)
{
    struct ut__jitter_slot *s = slot_of(j, j->next);
    if (s->used) {
        fill_in(j, s, packet, payload);
        *arrival_us = s->arrival_us;
        release(j, s);
        move_on(j, 1, 1);
        return UT__JITTER_PACKET;
    }
    if (j->waiting == 0)
        return UT__JITTER_WAIT;
    uint32_t hole = 0;
    int64_t oldest = INT64_MAX;
    for (uint32_t i = 1; i < UT__JITTER_SLOTS; i++) {
        const struct ut__jitter_slot *later = slot_of(j, (uint16_t)(j->next + i));
        if (!later->used)
            continue;
        if (!hole)
            hole = i;
        if (later->arrival_us < oldest)
            oldest = later->arrival_us;
    }
    if (!force && j->waiting < UT__JITTER_DEPTH && now_us - oldest < UT__JITTER_WAIT_US)
        return UT__JITTER_WAIT;
    move_on(j, hole, 0);
    *lost = hole;
    return UT__JITTER_LOST;
}

/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_JITTER_H
#define UT_RTP_JITTER_H

#include <stddef.h>
#include <stdint.h>

#include "rtp/packet.h"

/*
 * Puts packets back into their order. Nothing is played here, so no delay is kept on purpose: a
 * packet that is next in order leaves at once, and only a hole makes the ones behind it wait, until
 * it is filled, or UT__JITTER_WAIT_US have passed since the first of them came, or too many wait.
 *
 * Payloads lie in blocks of a pool: many small packets or few large ones, in one piece of memory.
 */

enum {
    UT__JITTER_SLOTS = 16,  /* Span of the sequence numbers that may wait; a power of two. */
    UT__JITTER_BLOCKS = 20, /* Of the pool: 200 ms of G.711, as long as one packet may be. */
    UT__JITTER_DEPTH = 12,  /* So many waiting give the hole up. */
    UT__JITTER_WAIT_US =
        100000, /* Reordering beyond it is rare; see RFC 4737 for how it is told. */
    UT__JITTER_PAYLOAD_MAX = 2048
};

struct ut__jitter_slot {
    int64_t arrival_us;
    uint32_t ts;
    uint16_t seq, payload_bytes;
    uint8_t used, pt, marker, first_block;
};

struct ut__jitter {
    struct ut__jitter_slot slots[UT__JITTER_SLOTS];
    uint8_t next_block[UT__JITTER_BLOCKS]; /* Chains of a packet's blocks, and of the free ones. */
    uint8_t free_block;                    /* UT__JITTER_BLOCKS: none. */
    uint8_t started;
    uint16_t next;    /* The sequence number that is due. */
    uint32_t waiting; /* Used slots. */
    uint32_t free_blocks;
    uint64_t seen; /* Bit i: number next-1-i came. */
    uint32_t block_bytes;
    uint8_t *pool; /* [UT__JITTER_BLOCKS * block_bytes], the owner's. */
};

enum ut__jitter_put {
    UT__JITTER_TAKEN,
    UT__JITTER_REORDERED,
    UT__JITTER_DUPLICATE,
    UT__JITTER_LATE,
    UT__JITTER_FULL /* Give packets out first: see ut__jitter_get with force. */
};

enum ut__jitter_get { UT__JITTER_WAIT, UT__JITTER_PACKET, UT__JITTER_LOST };

/** The longest payload that fits, at most UT__JITTER_PAYLOAD_MAX. */
static inline size_t ut__jitter_payload_max(const struct ut__jitter *j)
{
    size_t pool = (size_t)UT__JITTER_BLOCKS * j->block_bytes;
    return pool < UT__JITTER_PAYLOAD_MAX ? pool : UT__JITTER_PAYLOAD_MAX;
}

/** pool: kept while the buffer is used. */
void ut__jitter_init(struct ut__jitter *j, uint8_t *pool, uint32_t block_bytes);

/** Forgets everything; the next packet begins anew. */
void ut__jitter_reset(struct ut__jitter *j);

/** Takes a packet. Its payload is copied. */
enum ut__jitter_put ut__jitter_put(struct ut__jitter *j, const struct ut__rtp_packet *p,
                                   int64_t arrival_us);

/**
 * Gives what is due.
 *
 * now_us: the time. force: 1 gives a hole up at once. packet: its payload is copied to payload
 * [UT__JITTER_PAYLOAD_MAX]. lost: how many numbers of the hole never came.
 */
enum ut__jitter_get ut__jitter_get(struct ut__jitter *j, int64_t now_us, int force,
                                   struct ut__rtp_packet *packet, int64_t *arrival_us,
                                   uint8_t *payload, uint32_t *lost);

#endif

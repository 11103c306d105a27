/* SPDX-License-Identifier: MIT */
/*
 * The jitter buffer: each pair of bytes is an operation. Packets come out in order, as they went
 * in, once; blocks are never lost.
 */

#include <stdlib.h>
#include <string.h>

#include "rtp/jitter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { BLOCK = 80 };

static void check_blocks(const struct ut__jitter *j)
{
    uint32_t used = 0, waiting = 0, free_blocks = 0;
    for (int i = 0; i < UT__JITTER_SLOTS; i++) {
        if (!j->slots[i].used)
            continue;
        waiting++;
        used += (j->slots[i].payload_bytes + BLOCK - 1u) / BLOCK;
    }
    for (uint8_t b = j->free_block; b != UT__JITTER_BLOCKS; b = j->next_block[b])
        free_blocks++;
    if (waiting != j->waiting || free_blocks != j->free_blocks ||
        used + free_blocks != UT__JITTER_BLOCKS)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t pool[UT__JITTER_BLOCKS * BLOCK], payload[UT__JITTER_PAYLOAD_MAX], in[1024];
    struct ut__jitter j;
    uint16_t seq = 65000, last = 0;
    int64_t now = 0;
    int has_last = 0;
    ut__jitter_init(&j, pool, BLOCK);
    for (size_t i = 0; i + 1 < len; i += 2) {
        uint8_t op = data[i] & 7, x = data[i + 1];
        now += x * 100;
        if (op == 7 && x < 8) {
            ut__jitter_reset(&j);
            has_last = 0;
        } else if (op < 4) {
            /* The payload tells its number, so that it can be known again. */
            seq = (uint16_t)(seq + (op == 0 ? 1 : (int8_t)x));
            memset(in, seq & 0xff, sizeof in);
            struct ut__rtp_packet p = {.seq = seq, .payload = in, .payload_bytes = x * 3u};
            ut__jitter_put(&j, &p, now);
        } else {
            struct ut__rtp_packet p;
            int64_t arrival;
            uint32_t lost = 0;
            enum ut__jitter_get got =
                ut__jitter_get(&j, now, op == 6, &p, &arrival, payload, &lost);
            if (got == UT__JITTER_LOST && (lost == 0 || lost >= UT__JITTER_SLOTS))
                abort();
            if (got == UT__JITTER_PACKET) {
                for (size_t k = 0; k < p.payload_bytes; k++) {
                    if (p.payload[k] != (p.seq & 0xff))
                        abort();
                }
                if (has_last && (int16_t)(uint16_t)(p.seq - last) <= 0)
                    abort();
                last = p.seq;
                has_last = 1;
            }
        }
        check_blocks(&j);
    }
    return 0;
}

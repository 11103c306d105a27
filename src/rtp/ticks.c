/* SPDX-License-Identifier: MIT */
/*
 *     timestamps of neighbours, samples between them -> ticks a second -> four alike: placed so
 *                                                                      -> a second of them: told
 *
 * A sender who is silent leaves ticks out as well (VAD, DTX): what it sends lasts longer than its
 * samples, by the receiver's clock too. One of another clock does not.
 */

#include "rtp/ticks.h"

#include <stdlib.h>

enum {
    OUT_HZ = 8000,
    NEAR_PERCENT = 2, /* Packets of 11025 Hz differ by a sample. */
    ROW = 4,          /* Packets before they are placed by another clock. */
    PROOF = OUT_HZ,   /* Samples before it is told. */
    LATE_US = 60000   /* What the network does to a row. */
};

static int is_near(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) * 100 <= b * NEAR_PERCENT;
}

/* The clock that leads from the packet before to this one; the said one where that is near. */
static uint32_t clock_of(const struct ut__ticks *t, const struct ut__rtp_packet *p)
{
    uint64_t hz = (uint64_t)(uint32_t)(p->ts - t->last_ts) * OUT_HZ / t->last_samples;
    if (is_near(hz, t->says_hz))
        return t->says_hz;
    return hz < UINT32_MAX / 2 ? (uint32_t)hz : UINT32_MAX / 2;
}

/* 1: what the row's packets hold takes as long as they took to come. */
static int keeps_time(const struct ut__ticks *t, int64_t arrival_us)
{
    int64_t holds_us = (int64_t)(t->row_samples * 1000000 / OUT_HZ);
    return llabs(arrival_us - t->row_us - holds_us) <= holds_us / 4 + LATE_US;
}

static void begin_row(struct ut__ticks *t, uint32_t hz, int64_t arrival_us)
{
    t->row = 1;
    t->like_hz = hz;
    t->row_samples = 0;
    t->row_us = arrival_us;
}

static void judge(struct ut__ticks *t, int64_t arrival_us)
{
    if (t->row < ROW || !keeps_time(t, arrival_us))
        return;
    t->is_off = t->like_hz != t->says_hz;
    t->seems_hz = t->is_off ? t->like_hz : 0;
    if (t->row_samples < PROOF)
        return;
    t->is_proven = t->is_off;
    begin_row(t, t->like_hz, arrival_us);
}

uint32_t ut__ticks_push(struct ut__ticks *t, struct ut__rtp_packet *p, uint32_t samples,
                        uint32_t says_hz, int64_t arrival_us)
{
    if (says_hz != t->says_hz)
        *t = (struct ut__ticks){.says_hz = says_hz};
    int is_next = t->has_last && (uint16_t)(p->seq - t->last_seq) == 1;
    uint32_t hz = is_next ? clock_of(t, p) : 0;
    if (!is_next || t->row == 0 || hz != t->like_hz) {
        begin_row(t, hz, arrival_us);
        t->row = (uint32_t)is_next;
    } else {
        t->row++;
        t->row_samples += t->last_samples;
        judge(t, arrival_us);
    }
    uint32_t on = (uint16_t)(p->seq - t->last_seq);
    t->made_ts = !t->has_last
                     ? p->ts
                     : t->made_ts + (uint32_t)((uint64_t)on * t->last_samples * says_hz / OUT_HZ);
    t->has_last = 1;
    t->last_seq = p->seq;
    t->last_ts = p->ts;
    t->last_samples = samples;
    if (t->is_off && t->seems_hz == 0)
        p->ts = t->made_ts;
    return t->is_off && t->seems_hz ? t->seems_hz : says_hz;
}

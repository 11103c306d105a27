/* SPDX-License-Identifier: MIT */
/*
 *     samples -> windows of a second -> samples a second -> the usual rate next to it
 *
 * Two windows in a row decide. What is merely late is told from what is slow by its evenness: a
 * sender that keeps quiet while nobody speaks pauses and then keeps the pace, one of another rate is
 * behind all the time. What catches up after a stall is told from what is fast by the time since the
 * beginning: it never gets ahead of it.
 */

#include "live/pace.h"

#include <stdlib.h>

enum {
    WINDOW_US = 1000000,
    WINDOWS = 2,
    AHEAD_US = 1000000, /* Fast samples are at least so far ahead of the clock. */
    UNEVEN = 3,         /* A pause of so many times the usual one is a pause. */
    NEAR_PERCENT = 12,  /* Of a usual rate. */
    FAST_PERCENT = 170, /* Less is a fast sender, not another rate. */
    SLOW_PERCENT = 60
};

void ut__pace_init(struct ut__pace *p, uint32_t rate_hz)
{
    *p = (struct ut__pace){.rate_hz = rate_hz};
}

static uint32_t usual_near(uint64_t hz)
{
    static const uint32_t rates[] = {4000,  8000,  12000, 16000, 24000,
                                     32000, 44100, 48000, 96000, 192000};
    uint64_t best = 0, least = UINT64_MAX;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        uint64_t apart = hz > rates[i] ? hz - rates[i] : rates[i] - hz;
        if (apart < least) {
            least = apart;
            best = rates[i];
        }
    }
    return least * 100 <= best * NEAR_PERCENT ? (uint32_t)best : 0;
}

/* What a window was like: another rate than is said; the rate that is said; or 0, nothing clear. */
static uint32_t like(const struct ut__pace *p, int64_t now_us)
{
    int64_t took_us = now_us - p->window_us;
    uint64_t hz = p->window * 1000000 / (uint64_t)took_us, percent = hz * 100 / p->rate_hz;
    int64_t ahead_us = (int64_t)(p->total * 1000000 / p->rate_hz) - (now_us - p->began_us);
    if (percent >= FAST_PERCENT)
        return ahead_us >= AHEAD_US ? usual_near(hz) : 0;
    if (percent <= SLOW_PERCENT)
        return p->longest_us * p->pushes <= UNEVEN * took_us ? usual_near(hz) : 0;
    return p->rate_hz;
}

static void judge(struct ut__pace *p, int64_t now_us)
{
    uint32_t hz = like(p, now_us);
    p->windows = hz == p->like_hz ? p->windows + 1 : 1;
    p->like_hz = hz;
    if (hz == 0 || p->windows < WINDOWS)
        return;
    if (hz == p->rate_hz && p->seems_hz) {
        p->total = 0; /* It was ahead or behind for a reason that is over. */
        p->began_us = now_us;
    }
    p->seems_hz = hz == p->rate_hz ? 0 : hz;
}

void ut__pace_push(struct ut__pace *p, size_t samples, int64_t now_us)
{
    if (p->pushes == 0 && p->window_us == 0) { /* What it brings was spoken before. */
        p->began_us = p->window_us = p->last_us = now_us;
        return;
    }
    p->total += samples;
    p->window += samples;
    p->pushes++;
    p->longest_us =
        llabs(now_us - p->last_us) > p->longest_us ? llabs(now_us - p->last_us) : p->longest_us;
    p->last_us = now_us;
    if (now_us - p->window_us < WINDOW_US)
        return;
    judge(p, now_us);
    p->window_us = now_us;
    p->window = 0;
    p->pushes = 0;
    p->longest_us = 0;
}

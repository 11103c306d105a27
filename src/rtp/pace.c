/* SPDX-License-Identifier: MIT */
/*
 *     samples -> windows of a second -> samples a second -> the usual rate next to it
 *
 * Two windows in a row decide where the rates are far apart, such as twice or half; five that are
 * like each other where they are nearer, such as 11025 for 8000. What is merely late is told from
 * what is slow by its evenness: a sender that keeps quiet while nobody speaks pauses and then keeps
 * the pace, one of another rate is behind all the time, by the same ratio to a hair. One that has
 * kept the pace and falls behind is a busy machine's sooner than one whose rate has changed: of it
 * five windows are asked. What catches up after a stall is told from what is fast by the time since
 * the beginning: it never gets ahead of it; and who makes up for what was missing was only late.
 */

#include "rtp/pace.h"

#include <stdlib.h>

enum {
    WINDOW_US = 1000000,
    WINDOWS = 2,
    AHEAD_US = 1000000, /* Fast samples are at least so far ahead of the clock. */
    UNEVEN = 3,         /* A pause of so many times the usual one is a pause. */
    NEAR_PERCENT = 12,  /* Of a usual rate. */
    FAST_PERCENT = 170, /* From here on, and below the next, two windows are enough. */
    SLOW_PERCENT = 60,
    SLOW_NEAR_PERCENT = 4, /* So near a sender that is held up comes by chance alone. */
    LATE_US = 500000,      /* Who is no further behind again is not slow. */
    ROW = 5,               /* Windows that are enough between them, */
    ROW_APART_US = 500000, /* so far ahead or behind by then, */
    ALIKE_PERCENT = 8,     /* each so near to the mean of those before, */
    ROW_NEAR_PERCENT = 4,  /* the mean so near to a usual rate, */
    ROW_FAR_PERCENT = 15   /* and so far from the said one: a timer may be off by less. */
};

void ut__pace_init(struct ut__pace *p, uint32_t rate_hz)
{
    *p = (struct ut__pace){.rate_hz = rate_hz};
}

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static uint32_t usual_near(uint64_t hz, unsigned percent)
{
    static const uint32_t rates[] = {4000,  6000,  8000,  11025, 12000, 16000, 22050,
                                     24000, 32000, 44100, 48000, 96000, 192000};
    uint32_t best = rates[0];
    for (size_t i = 1; i < sizeof rates / sizeof rates[0]; i++)
        if (apart(hz, rates[i]) < apart(hz, best))
            best = rates[i];
    return apart(hz, best) * 100 <= (uint64_t)best * percent ? best : 0;
}

static uint64_t rate_of(uint64_t samples, int64_t took_us)
{
    return samples * 1000000 / (uint64_t)took_us;
}

/* Of the time since the beginning, by the rate that is said; below 0: behind it. */
static int64_t ahead_us(const struct ut__pace *p, int64_t now_us)
{
    return (int64_t)(p->total * 1000000 / p->rate_hz) - (now_us - p->began_us);
}

static int is_even(const struct ut__pace *p, int64_t took_us)
{
    return p->longest_us * p->pushes <= UNEVEN * took_us;
}

/* What a window was like: another rate than is said; the rate that is said; or 0, nothing clear. */
static uint32_t like(const struct ut__pace *p, int64_t now_us)
{
    int64_t took_us = now_us - p->window_us;
    uint64_t hz = rate_of(p->window, took_us), percent = hz * 100 / p->rate_hz;
    if (percent >= FAST_PERCENT)
        return ahead_us(p, now_us) >= AHEAD_US ? usual_near(hz, NEAR_PERCENT) : 0;
    if (percent <= SLOW_PERCENT)
        return is_even(p, took_us) && !p->kept ? usual_near(hz, SLOW_NEAR_PERCENT) : 0;
    return p->seems_hz && apart(hz, p->seems_hz) < apart(hz, p->rate_hz) ? 0 : p->rate_hz;
}

static void forget_row(struct ut__pace *p)
{
    p->row = 0;
    p->row_samples = 0;
    p->row_us = 0;
}

/* The rate of a row of windows that were like each other; 0 while there is none. */
static uint64_t row_of(struct ut__pace *p, int64_t took_us)
{
    uint64_t hz = rate_of(p->window, took_us);
    uint64_t mean = p->row ? rate_of(p->row_samples, p->row_us) : hz;
    int is_even_now = is_even(p, took_us);
    if (!is_even_now || apart(hz, mean) * 100 > mean * ALIKE_PERCENT)
        forget_row(p);
    if (!is_even_now)
        return 0;
    p->row++;
    p->row_samples += p->window;
    p->row_us += took_us;
    return p->row < ROW ? 0 : rate_of(p->row_samples, p->row_us);
}

/* Rates that are nearer to the one that is said than judge() tells apart. */
static void judge_row(struct ut__pace *p, int64_t now_us)
{
    uint64_t hz = row_of(p, now_us - p->window_us), percent = hz * 100 / p->rate_hz;
    if (hz == 0)
        return;
    forget_row(p);
    uint32_t usual = usual_near(hz, ROW_NEAR_PERCENT);
    int64_t ahead = ahead_us(p, now_us);
    int is_fast =
        percent >= 100 + ROW_FAR_PERCENT && percent < FAST_PERCENT && ahead >= ROW_APART_US;
    int is_slow = percent <= 100 - ROW_FAR_PERCENT && ahead <= -ROW_APART_US;
    if (usual && (is_fast || is_slow)) {
        p->seems_hz = usual;
        p->off_windows = ROW;
    }
}

static void judge(struct ut__pace *p, int64_t now_us)
{
    uint32_t hz = like(p, now_us);
    p->windows = hz == p->like_hz ? p->windows + 1 : 1;
    p->like_hz = hz;
    if (p->seems_hz && p->seems_hz < p->rate_hz && ahead_us(p, now_us) > -LATE_US)
        p->seems_hz = 0; /* It was late, and is no more. */
    if (hz == 0 || p->windows < WINDOWS)
        return;
    p->kept = p->kept || hz == p->rate_hz;
    if (hz == p->rate_hz && p->seems_hz) {
        p->total = 0; /* It was ahead or behind for a reason that is over. */
        p->began_us = now_us;
    }
    p->seems_hz = hz == p->rate_hz ? 0 : hz;
    p->off_windows = WINDOWS;
}

float ut__pace_off_s(const struct ut__pace *p)
{
    float ratio = (float)p->seems_hz / (float)p->rate_hz;
    return p->seems_hz ? (float)(p->off_windows + 2) * (ratio > 1 ? ratio : 1) : 0;
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
    judge_row(p, now_us);
    p->window_us = now_us;
    p->window = 0;
    p->pushes = 0;
    p->longest_us = 0;
}

/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_PACE_H
#define UT_RTP_PACE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Whether samples that are pushed, or packets bring, come as fast as time goes by. Who says 8000 Hz and sends 16000, or
 * says linear and sends mu-law, sends twice or half as much: two seconds of that tell from the start.
 * Of 6000 or 11025 for 8000 six do, and of half the rate after the right one: a machine that is busy
 * for some seconds sends as little. What is off by less than 15 % is a timer that is off. Pure.
 */

struct ut__pace {
    uint32_t rate_hz;  /* As the ingress says. */
    uint32_t seems_hz; /* What it is by the clock; 0: in step with it, or not known yet. */
    uint32_t like_hz;  /* What the last windows were like, */
    uint32_t windows;  /* so many in a row. */
    uint32_t pushes;
    uint8_t kept;         /* 1: it has been in step with the clock. */
    uint32_t off_windows; /* That decided: nothing was amiss before them and the two before. */
    int64_t began_us, window_us, last_us, longest_us; /* longest: between two pushes. */
    uint64_t total, window;                           /* Samples. */
    uint32_t row;                                     /* Windows in a row like each other, */
    uint64_t row_samples;                             /* what they had, */
    int64_t row_us;                                   /* and took. */
};

/** Starts anew. */
void ut__pace_init(struct ut__pace *p, uint32_t rate_hz);

/** Seconds of what was pushed last that may be of another rate, at the moment it is known; 0: none is. */
float ut__pace_off_s(const struct ut__pace *p);

/** So many samples came; may change seems_hz, which is a usual rate, or half of one. No allocation. */
void ut__pace_push(struct ut__pace *p, size_t samples, int64_t now_us);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_LINE_WATCH_H
#define UT_CALL_LINE_WATCH_H

#include <stdint.h>

#include <undertone/event.h>
#include <undertone/features.h>

/*
 * Whether the caller's line is good enough for a score: shares of bad frames over the last seconds,
 * as leaky means, and the reason to abstain.
 */

enum ut__line_fault {
    UT__LINE_GAP,
    UT__LINE_MUSIC,    /* Of all frames: music or a steady tone. */
    UT__LINE_CLIPPING, /* Of speech frames. */
    UT__LINE_NOISE,    /* Of speech frames. */
    UT__LINE_FAULTS
};

struct ut__line_watch {
    float share[UT__LINE_FAULTS]; /* 0..1 */
    uint32_t since_speech;        /* Frames. */
    uint32_t speech;              /* Frames so far. */
};

void ut__line_watch_init(struct ut__line_watch *watch);

/** One frame of the caller's channel. */
void ut__line_watch_push(struct ut__line_watch *watch, uint32_t flags, int speech);

/** Why there can be no score now; UT_WHY_NONE: the line is good and the caller was heard. */
enum ut_why ut__line_watch_why(const struct ut__line_watch *watch);

/** 0..1: what the line leaves of a score's confidence. */
float ut__line_watch_quality(const struct ut__line_watch *watch);

#endif

/* SPDX-License-Identifier: MIT */
/* Line quality over seconds, and abstention. */

#include "call/line_watch.h"

#include <math.h>

#define MEMORY_FRAMES 300.0f /* 3 s. */

enum {
    SPEECH_MIN_FRAMES = 150, /* 1.5 s of speech before the first score. */
    STALE_FRAMES = 2000      /* 20 s without a word: the last score is too old. */
};

/* Shares from which a score would be a guess. */
static const float limit[UT__LINE_FAULTS] = {
    [UT__LINE_GAP] = 0.2f,
    [UT__LINE_MUSIC] = 0.5f,
    [UT__LINE_CLIPPING] = 0.3f,
    [UT__LINE_NOISE] = 0.6f,
};

static const enum ut_why why_of[UT__LINE_FAULTS] = {
    [UT__LINE_GAP] = UT_WHY_GAP,
    [UT__LINE_MUSIC] = UT_WHY_MUSIC,
    [UT__LINE_CLIPPING] = UT_WHY_CLIPPING,
    [UT__LINE_NOISE] = UT_WHY_NOISE,
};

void ut__line_watch_init(struct ut__line_watch *watch)
{
    *watch = (struct ut__line_watch){.since_speech = 0};
}

static void leak(float *share, int bad)
{
    *share += ((bad ? 1.0f : 0.0f) - *share) / MEMORY_FRAMES;
}

void ut__line_watch_push(struct ut__line_watch *watch, uint32_t flags, int speech)
{
    leak(&watch->share[UT__LINE_GAP], (flags & UT_FRAME_GAP) != 0);
    leak(&watch->share[UT__LINE_MUSIC], (flags & (UT_FRAME_MUSIC | UT_FRAME_TONE)) != 0);
    watch->since_speech++;
    if (!speech)
        return;
    watch->since_speech = 0;
    watch->speech++;
    leak(&watch->share[UT__LINE_CLIPPING], (flags & UT_FRAME_CLIPPED) != 0);
    leak(&watch->share[UT__LINE_NOISE], (flags & UT_FRAME_NOISY) != 0);
}

enum ut_why ut__line_watch_why(const struct ut__line_watch *watch)
{
    for (int i = 0; i < UT__LINE_FAULTS; i++)
        if (watch->share[i] > limit[i])
            return why_of[i];
    if (watch->speech < SPEECH_MIN_FRAMES || watch->since_speech > STALE_FRAMES)
        return UT_WHY_SPEECH;
    return UT_WHY_NONE;
}

float ut__line_watch_quality(const struct ut__line_watch *watch)
{
    float quality = 1;
    for (int i = 0; i < UT__LINE_FAULTS; i++)
        quality *= 1 - 0.5f * fminf(watch->share[i] / limit[i], 1);
    float stale = (float)watch->since_speech / STALE_FRAMES;
    return quality * (1 - 0.5f * fminf(stale, 1));
}

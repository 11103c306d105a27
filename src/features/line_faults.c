/* SPDX-License-Identifier: MIT */
/*
 * Line quality of a channel:
 *
 *     samples  -> heights of a second          -> CLIPPED
 *     spectrum -> tones, digits; held partials -> TONE, DTMF, MUSIC
 *     activity -> level of speech over noise   -> NOISY
 */

#include "features/line_faults.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/lanes.h"

enum {
    HELD = UT__LINE_DELAY + 1,
    SECOND = UT__LINE_SECOND,
    FULL_RUN = 3,      /* Samples at full scale, one after the other. */
    NEAR_FRAMES = 10,  /* Frames of a second that reach the same height, */
    NEAR_SAMPLES = 60, /* and samples there: open speech has under half of either. */
    NEAR_SQUARE = 36,  /* In one frame: an overdriven voice, as even as data; a sine has 18. */
    SPEECH_FRAMES_LEAST = 50
};
#define FULL_SCALE   0.975f      /* The highest code of mu-law is .980, of A-law .984. */
#define NEAR_SHARE   0.94f       /* 0.5 dB, and less than a step of G.711's segments. */
#define LOUD         0.03f       /* -30 dBFS: what peaks lower was never clipped. */
#define DATA_OVER_DB 10.0f       /* Over the noise: noise is as even as data. */
#define SPEECH_RATE  0.01f       /* Per frame of speech: 1 s. */
#define NOISY_RATIO  3.98107171f /* 6 dB. */
#define CLEAR_RATIO  5.62341325f /* 7.5 dB. */

void ut__line_init(struct ut__line_faults *ln)
{
    memset(ln, 0, sizeof *ln);
    ut__tones_init(&ln->tones);
    ut__music_init(&ln->music);
}

UT__CLONES static float height_of(const float *restrict x)
{
    float height[UT_HOP_SAMPLES];
    for (int i = 0; i < UT_HOP_SAMPLES; i++)
        height[i] = fabsf(x[i]);
    return ut__max(height, UT_HOP_SAMPLES);
}

UT__CLONES static int count_over(const float *restrict x, float limit)
{
    int n = 0;
    for (int i = 0; i < UT_HOP_SAMPLES; i++)
        n += fabsf(x[i]) >= limit;
    return n;
}

UT__CLONES static float highest(const float *height)
{
    return ut__max(height, SECOND);
}

/* How many frames of the second reach the limit, and samples in them. */
UT__CLONES static void count_frames(int *restrict frames, int *restrict samples,
                                    const struct ut__line_faults *restrict ln, float limit)
{
    int n = 0, all = 0;
    for (int i = 0; i < SECOND; i++) {
        int reaches = ln->height[i] >= limit;
        n += reaches;
        all += reaches * ln->near[i];
    }
    *frames = n;
    *samples = all;
}

static int run_over(const float *x, float limit)
{
    int run = 0, longest = 0;
    for (int i = 0; i < UT_HOP_SAMPLES; i++) {
        run = fabsf(x[i]) >= limit ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

void ut__line_heights(struct ut__heights *out, const float *samples)
{
    float top = height_of(samples);
    out->top = top;
    out->near = (uint8_t)(top > LOUD ? count_over(samples, NEAR_SHARE * top) : 0);
    out->run = (uint8_t)(top >= FULL_SCALE ? run_over(samples, FULL_SCALE) : 0);
}

/* Whether the newest frame is clipped, by what the last second reached; tones are even anyway. */
static int clipped(struct ut__line_faults *ln, const struct ut__heights *heights, int tonal)
{
    uint32_t at = ln->pushed % SECOND;
    float top = heights->top;
    ln->height[at] = top;
    ln->near[at] = tonal ? 0 : heights->near;
    if (top < LOUD)
        return 0;
    if (heights->run >= FULL_RUN)
        return 1;
    float limit = NEAR_SHARE * highest(ln->height);
    if (top < limit || tonal)
        return 0;
    int frames, count;
    count_frames(&frames, &count, ln, limit);
    return frames >= NEAR_FRAMES && count >= NEAR_SAMPLES;
}

/* Flags the newest frame and so many before it, as far as they are held. */
static void mark(struct ut__line_faults *ln, uint32_t flag, uint32_t frames)
{
    if (frames > HELD)
        frames = HELD;
    if (frames > ln->pushed + 1)
        frames = ln->pushed + 1;
    for (uint32_t i = 0; i < frames; i++)
        ln->flags[(ln->pushed - i) % HELD] |= flag;
}

static float power_of(float dbfs)
{
    return ut__exp2(fminf(dbfs, 0) * 0.332192809f);
}

/* Speech over noise, with hysteresis; the level of speech holds the noise as well. */
static int noisy(struct ut__line_faults *ln, const struct ut__activity_frame *activity)
{
    if (activity->speech) {
        float rate = (float)ln->speech_frames < 1 / SPEECH_RATE ? 1 / (1 + (float)ln->speech_frames)
                                                                : SPEECH_RATE;
        float power = power_of(activity->level_dbfs);
        ln->speech_power += rate * (power - ln->speech_power);
        ln->speech_frames++;
    }
    if (ln->speech_frames < SPEECH_FRAMES_LEAST)
        return 0;
    float noise = power_of(activity->noise_dbfs);
    float limit = ln->noisy ? CLEAR_RATIO : NOISY_RATIO;
    ln->noisy = ln->speech_power - noise < limit * noise;
    return ln->noisy;
}

uint32_t ut__line_push(struct ut__line_faults *ln, const struct ut__heights *heights,
                       const float *power, const float *power_db,
                       const struct ut__activity_frame *activity)
{
    struct ut__tones_frame tones;
    ln->flags[ln->pushed % HELD] = 0;
    ut__tones_push(&ln->tones, power, &tones);
    mark(ln, UT_FRAME_TONE, tones.tone_frames);
    /* What began over the noise is none, even when its level has been learnt as such. */
    ln->data = tones.data_frames > 0 && heights->near < NEAR_SQUARE &&
               (ln->data || tones.level_db > ln->noise_dbfs + DATA_OVER_DB);
    ln->tones.data_age += ln->tones.data_age < UT__TONES_DATA_AGE;
    if (ln->data) {
        mark(ln, UT_FRAME_TONE, tones.data_frames);
        ln->tones.data_age = 0;
    }
    mark(ln, UT_FRAME_DTMF, tones.dtmf_frames);
    if (activity)
        ln->noise_dbfs = activity->noise_dbfs;
    int tonal = tones.tone_frames > 0 || tones.dtmf_frames > 0;
    mark(ln, UT_FRAME_CLIPPED, (uint32_t)clipped(ln, heights, tones.tonal));
    mark(ln, UT_FRAME_MUSIC, (uint32_t)ut__music_push(&ln->music, power_db, tonal));
    ln->pushed++;
    if (!activity)
        return 0;
    uint32_t flags = ln->flags[ln->pushed % HELD]; /* The oldest. */
    if (noisy(ln, activity))
        flags |= UT_FRAME_NOISY;
    return flags;
}

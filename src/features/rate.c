/* SPDX-License-Identifier: MIT */
/*
 * Speaking rate: what goes with syllables, added up in blocks of speech.
 *
 *     band levels -> smoothed -> peaks of each band --+
 *     flux -> its peaks ------------------------------+-> blocks of 150 ms of speech -> rate, count
 *     density of nuclei, voiced frames ---------------+
 */

#include "features/rate.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

enum {
    BANDS = UT__RATE_BANDS,
    CUES = UT__RATE_CUES,
    BLOCKS = UT__RATE_BLOCKS,
    BLOCKS_LEAST = 2, /* A rate of less speech would be chance. */
    AFTER = 8,        /* Frames after speech in which its last peaks are still found. */
    REACH = 4         /* Rows on either side that smooth a level. */
};
#define BAND_DIP     1.5f /* dB. */
#define FLUX_DIP     1.0f
#define FRAME_S      (UT_HOP_MS / 1000.0f)
#define FAR_BELOW    32      /* dB under the loudest of 3 s: noise that was taken for speech. */
#define NOTHING      -200.0f /* Below any level. */
#define NUCLEI_STEPS 4096.0f

/* A Gaussian of 15 ms, summing to one. */
static const float smooth[REACH + 1] = {0.2672f, 0.2137f, 0.1095f, 0.0361f, 0.0071f};

void ut__rate_init(struct ut__rate *rt)
{
    memset(rt, 0, sizeof *rt);
    for (int b = 0; b < BANDS; b++) {
        rt->highest[b] = -NOTHING;
        rt->sign[b] = -1;
    }
    rt->flux = (struct ut__rate_turns){-NOTHING, -1};
    rt->since = AFTER + 1;
    rt->block[0].level = INT8_MIN;
}

/* How many bands have just passed a peak. */
UT__CLONES static int band_peaks(float *restrict highest, int8_t *restrict signs,
                                 const struct ut__activity *va)
{
    float level[BANDS];
    int peaks = 0;
    const float *row = ut__activity_row(va, 0);
    for (int b = 0; b < BANDS; b++)
        level[b] = smooth[0] * row[b];
    for (int by = 1; by <= REACH; by++) {
        const float *before = ut__activity_row(va, -by), *after = ut__activity_row(va, by);
        for (int b = 0; b < BANDS; b++)
            level[b] += smooth[by] * (before[b] + after[b]);
    }
    for (int b = 0; b < BANDS; b++) {
        float sign = signs[b];
        float at = sign * level[b], top = highest[b] > at ? highest[b] : at;
        int turned = top - at > BAND_DIP;
        peaks += turned & (sign > 0);
        highest[b] = turned ? -at : top;
        signs[b] = (int8_t)(turned ? -sign : sign);
    }
    return peaks;
}

/* 1: flux, smoothed, has just passed a peak. */
static int flux_peak(struct ut__rate *rt, float flux)
{
    float mean = (flux + rt->flux_before[0] + rt->flux_before[1]) / 3;
    rt->flux_before[1] = rt->flux_before[0];
    rt->flux_before[0] = flux;
    struct ut__rate_turns *turns = &rt->flux;
    float at = turns->sign * mean;
    turns->highest = fmaxf(turns->highest, at);
    if (turns->highest - at <= FLUX_DIP)
        return 0;
    turns->highest = -at;
    turns->sign = -turns->sign;
    return turns->sign < 0;
}

static uint32_t filling(const struct ut__rate *rt)
{
    return rt->speech_frames / UT__RATE_BLOCK_FRAMES % BLOCKS;
}

static int loudest(const struct ut__rate *rt)
{
    int level = INT8_MIN;
    uint32_t begun = rt->speech_frames / UT__RATE_BLOCK_FRAMES + 1;
    for (uint32_t i = 0; i < (begun < BLOCKS ? begun : BLOCKS); i++)
        level = rt->block[i].level > level ? rt->block[i].level : level;
    return level;
}

/* A block's sums, added to cue, unless it is far below the loudest. */
static void add_block(const struct ut__rate_block *b, int level, float *cue)
{
    if (b->level <= level - FAR_BELOW)
        return;
    cue[UT__RATE_NUCLEI] += b->nuclei / NUCLEI_STEPS;
    cue[UT__RATE_BAND_PEAKS] += b->band_peaks;
    cue[UT__RATE_RISES] += b->rises;
    cue[UT__RATE_VOICED] += b->voiced * FRAME_S;
    cue[UT__RATE_SPEECH] += b->speech * FRAME_S;
}

static void add_ring(const struct ut__rate *rt, float *cue)
{
    int level = loudest(rt);
    for (int i = 0; i < BLOCKS; i++)
        add_block(&rt->block[i], level, cue);
}

void ut__rate_sums(const struct ut__rate *rt, float *cue)
{
    memcpy(cue, rt->gone, sizeof rt->gone);
    add_ring(rt, cue);
}

static float rate_of(const struct ut__rate_weights *w, const float *cue)
{
    float sum = 0;
    for (int c = 0; c < CUES; c++)
        sum += w->tune[c] * cue[c];
    if (sum <= 0 || cue[UT__RATE_SPEECH] <= 0)
        return 0;
    return w->tune[UT__RATE_SCALE] * powf(sum / cue[UT__RATE_SPEECH], w->tune[UT__RATE_POWER]);
}

static void tell(struct ut__rate *rt, const struct ut__rate_weights *w)
{
    float near[CUES] = {0}, all[CUES];
    if (rt->speech_frames < BLOCKS_LEAST * UT__RATE_BLOCK_FRAMES)
        return;
    add_ring(rt, near);
    rt->rate_syll_s = rate_of(w, near);
    ut__rate_sums(rt, all);
    rt->count = fmaxf(rt->count, rate_of(w, all) * all[UT__RATE_SPEECH]);
}

/* The oldest block makes room for the one that begins. */
static void next_block(struct ut__rate *rt)
{
    struct ut__rate_block *b = &rt->block[filling(rt)];
    add_block(b, loudest(rt), rt->gone);
    *b = (struct ut__rate_block){.level = INT8_MIN};
}

static uint8_t more(uint8_t n, int by)
{
    return (uint8_t)(n + by < UINT8_MAX ? n + by : UINT8_MAX);
}

void ut__rate_push(struct ut__rate *rt, const struct ut__rate_weights *w,
                   const struct ut__activity *va, float density, struct ut_frame *f)
{
    int bands = band_peaks(rt->highest, rt->sign, va);
    int rises = flux_peak(rt, f->flux);
    struct ut__rate_block *b = &rt->block[filling(rt)];
    rt->since = f->speech ? 0 : rt->since + (rt->since <= AFTER);
    if (rt->since <= AFTER) {
        b->nuclei = (uint16_t)(b->nuclei + NUCLEI_STEPS * density + 0.5f);
        b->band_peaks = more(b->band_peaks, bands);
        b->rises = more(b->rises, rises);
        b->voiced = more(b->voiced, f->voiced);
    }
    if (f->speech) {
        float level = fmaxf(va->around.level[UT__ACTIVITY_SIDE], INT8_MIN);
        b->speech++;
        b->level = (int8_t)fmaxf(b->level, level);
        if (++rt->speech_frames % UT__RATE_BLOCK_FRAMES == 0)
            next_block(rt);
    }
    if (rt->since <= AFTER)
        tell(rt, w);
    f->rate_syll_s = rt->rate_syll_s;
    f->syllables = (uint32_t)(rt->count + 0.5f);
}

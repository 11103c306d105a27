/* SPDX-License-Identifier: MIT */
/* Statistics pooling over blocks of speech. */

#include "stress/segment.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

#define VARIANCE_FLOOR                                                                             \
    1e-4f /* As in training: a unit that never moves has a spread all the same. */

enum { VOICED_MIN = 20 /* Frames; fewer tell no mean pitch. */ };

void ut__segment_init(struct ut__segment *seg, struct ut__segment_sums *all)
{
    memset(seg, 0, sizeof *seg);
    seg->all = all;
    if (all)
        memset(all, 0, sizeof *all);
}

/* The block that is filling; where the last one is complete it begins, and the oldest goes. */
static struct ut__segment_sums *filling(struct ut__segment *seg)
{
    struct ut__segment_sums *b = &seg->block[seg->complete % UT__SEGMENT_BLOCKS];
    if (!seg->filling)
        memset(b, 0, sizeof *b);
    seg->filling = 1;
    return b;
}

static UT__CLONES void add_units(float *sum, float *square, const float *unit)
{
    for (int i = 0; i < UT__ENC3; i++) {
        sum[i] += unit[i];
        square[i] += unit[i] * unit[i];
    }
}

static UT__CLONES void merge(struct ut__segment_sums *to, const struct ut__segment_sums *from)
{
    for (int i = 0; i < UT__ENC3; i++) {
        to->unit[i] += from->unit[i];
        to->unit_square[i] += from->unit_square[i];
    }
    for (int i = 0; i < UT__SUMS; i++)
        to->sum[i] += from->sum[i];
    to->frames += from->frames;
    to->units += from->units;
}

static void add_measures(float *sum, const struct ut_frame *frame)
{
    float level = 0;
    for (int b = 0; b < UT_MEL_BANDS; b++)
        level += frame->mel_db[b];
    sum[UT__SUM_LEVEL] += level / UT_MEL_BANDS;
    if (frame->rate_syll_s > 0) {
        sum[UT__SUM_RATE] += frame->rate_syll_s;
        sum[UT__SUM_RATED] += 1;
    }
    if (!frame->voiced)
        return;
    float semitones = 12 * log2f(fmaxf(frame->f0_hz, 50) / 100);
    sum[UT__SUM_F0] += semitones;
    sum[UT__SUM_F0_SQUARE] += semitones * semitones;
    sum[UT__SUM_VOICED] += 1;
    sum[UT__SUM_EFFORT] += frame->alpha_ratio_db;
    sum[UT__SUM_HNR] += frame->hnr_db;
}

void ut__segment_add(struct ut__segment *seg, const float *unit)
{
    struct ut__segment_sums *b = filling(seg);
    b->units++;
    add_units(b->unit, b->unit_square, unit);
}

int ut__segment_push(struct ut__segment *seg, const struct ut_frame *frame)
{
    struct ut__segment_sums *b = filling(seg);
    b->frames++;
    add_measures(b->sum, frame);
    if (b->frames < UT__BLOCK_FRAMES)
        return 0;
    if (seg->all)
        merge(seg->all, b);
    seg->complete++;
    seg->filling = 0;
    return 1;
}

void ut__segment_recent(const struct ut__segment *seg, struct ut__segment_sums *out)
{
    enum { TURN = UT__SEGMENT_BLOCKS + 1 };
    memset(out, 0, sizeof *out);
    /* Sums of floats depend on their order. It is that of the numbers modulo TURN, as if the block
     * that fills had a place of its own: the same speech gives the bits that it always gave. */
    for (uint32_t i = 0; i < TURN; i++) {
        uint32_t back = (seg->complete + TURN - i) % TURN; /* The one that fills is 0. */
        if (back > 0 && back <= seg->complete && back <= UT__SEGMENT_BLOCKS - seg->filling)
            merge(out, &seg->block[(seg->complete - back) % UT__SEGMENT_BLOCKS]);
    }
}

void ut__segment_whole(const struct ut__segment *seg, struct ut__segment_sums *out)
{
    *out = *seg->all;
    if (seg->filling)
        merge(out, &seg->block[seg->complete % UT__SEGMENT_BLOCKS]);
}

int ut__segment_vector(const struct ut__segment_sums *sums, float *vector)
{
    if (sums->frames < UT__SEGMENT_MIN_FRAMES || sums->units == 0)
        return 0;
    float n = (float)sums->units;
    for (int i = 0; i < UT__ENC3; i++) {
        float mean = sums->unit[i] / n;
        float variance = sums->unit_square[i] / n - mean * mean;
        vector[i] = mean;
        vector[UT__ENC3 + i] = sqrtf(fmaxf(variance, VARIANCE_FLOOR));
    }
    vector[UT__VECTOR_LEVEL] = sums->sum[UT__SUM_LEVEL] / (float)sums->frames / 10;
    return 1;
}

int ut__segment_measures(const struct ut__segment_sums *sums, float *measures)
{
    float n = sums->sum[UT__SUM_VOICED];
    if (n < VOICED_MIN)
        return 0;
    float f0 = sums->sum[UT__SUM_F0] / n;
    float variance = sums->sum[UT__SUM_F0_SQUARE] / n - f0 * f0;
    measures[UT_REASON_F0] = f0;
    measures[UT_REASON_EFFORT] = sums->sum[UT__SUM_EFFORT] / n;
    measures[UT_REASON_RATE] = sums->sum[UT__SUM_RATE] / fmaxf(sums->sum[UT__SUM_RATED], 1);
    measures[UT_REASON_HARSHNESS] = -sums->sum[UT__SUM_HNR] / n;
    measures[UT_REASON_VARIATION] = sqrtf(fmaxf(variance, 0));
    return 1;
}

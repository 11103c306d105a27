/* SPDX-License-Identifier: MIT */
/*
 * The encoder, many frames at a time:
 *
 *     rows of inputs -> first convolution -> rows -> second -> rows -> third -> units
 *          |                               |                |
 *          +---- what the next run reads again stays -------+
 */

#include "stress/encoder.h"

#include <math.h>
#include <string.h>

enum {
    LEVEL_FRAMES = 150, /* 1.5 s of speech: the running level's memory. */
    LATES_MAX = (UT__ENC2_WIDTH - 1 + UT__ENC_MIDS_MAX - UT__ENC2_WIDTH) / 2 + 1
};
_Static_assert(UT__ENC1 % UT__TILE == 0 && UT__ENC2 % UT__TILE == 0 && UT__ENC3 % UT__TILE == 0,
               "whole tiles");
_Static_assert(UT__HIDDEN % UT__TILE == 0, "whole tiles");

void ut__encoder_init(struct ut__encoder *enc)
{
    memset(enc, 0, sizeof *enc);
}

void ut__encoder_inputs(struct ut__encoder *enc, const struct ut_frame *frame, float *x)
{
    float mean = 0;
    for (int b = 0; b < UT_MEL_BANDS; b++)
        mean += frame->mel_db[b];
    mean /= UT_MEL_BANDS;
    if (enc->frames < LEVEL_FRAMES)
        enc->frames++;
    enc->level += (mean - enc->level) / (float)enc->frames;

    for (int b = 0; b < UT_MEL_BANDS; b++)
        x[b] = (frame->mel_db[b] - mean) / 10;
    x += UT_MEL_BANDS;
    *x++ = (mean - enc->level) / 10;
    *x++ = (float)frame->voiced;
    *x++ = frame->voiced ? log2f(fmaxf(frame->f0_hz, 50) / 160) : 0;
    *x++ = frame->voicing;
    *x++ = frame->hnr_db / 20;
    *x++ = frame->flux / 3;
    *x++ = frame->f0_jitter / 0.05f;
    *x++ = frame->shimmer_db / 2;
    *x++ = (float)frame->nucleus;
    *x++ = frame->nuclei_syll_s / 5 - 0.8f;
}

/* How many rows a layer gives for `held` rows: it reads `span` at a time, `step` further each. */
static size_t rows_of(size_t held, size_t span, size_t step)
{
    return held < span ? 0 : (held - span) / step + 1;
}

/* Moves the rows that were not read for the last time to the front. Returns how many they are. */
static uint32_t keep(float *to, const float *rows, size_t held, size_t done, size_t width)
{
    memmove(to, rows + done * width, (held - done) * width * sizeof rows[0]);
    return (uint32_t)(held - done);
}

void ut__encoder_put(struct ut__encoder *enc, const float *x)
{
    memcpy(enc->in[enc->ins++], x, sizeof enc->in[0]);
}

size_t ut__encoder_run(struct ut__encoder *enc, const struct ut__encoder_weights *w,
                       float (*out)[UT__ENC3])
{
    const struct ut__layer first = {
        w->w1[0][0], w->b1, 1, (size_t)UT__ENC1_WIDTH * UT__INPUTS, 0, (size_t)2 * UT__INPUTS,
        UT__ENC1,    1};
    const struct ut__layer second = {
        w->w2[0][0],          w->b2,    1, (size_t)UT__ENC2_WIDTH * UT__ENC1, 0,
        (size_t)2 * UT__ENC1, UT__ENC2, 1};
    const struct ut__layer third = {w->w3[0][0],
                                    w->b3,
                                    UT__ENC3_WIDTH,
                                    UT__ENC2,
                                    (size_t)UT__ENC3_DILATION * UT__ENC2,
                                    UT__ENC2,
                                    UT__ENC3,
                                    1};
    _Alignas(64) float mid[UT__ENC2_WIDTH - 1 + UT__ENC_MIDS_MAX][UT__ENC1];
    _Alignas(64) float late[UT__ENC3_SPAN - 1 + LATES_MAX][UT__ENC2];

    size_t mids = rows_of(enc->ins, UT__ENC1_WIDTH, 2), held = enc->mids + mids;
    memcpy(mid, enc->mid, enc->mids * sizeof mid[0]);
    ut__layer_run(mid[enc->mids], enc->in[0], &first, mids);
    enc->ins = keep(enc->in[0], enc->in[0], enc->ins, 2 * mids, UT__INPUTS);

    size_t lates = rows_of(held, UT__ENC2_WIDTH, 2);
    memcpy(late, enc->late, enc->lates * sizeof late[0]);
    ut__layer_run(late[enc->lates], mid[0], &second, lates);
    enc->mids = keep(enc->mid[0], mid[0], held, 2 * lates, UT__ENC1);

    held = enc->lates + lates;
    size_t outs = rows_of(held, UT__ENC3_SPAN, 1);
    ut__layer_run(out[0], late[0], &third, outs);
    enc->lates = keep(enc->late[0], late[0], held, outs, UT__ENC2);
    return outs;
}

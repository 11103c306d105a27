/* SPDX-License-Identifier: MIT */
/* The encoder. Rows of history are shifted rather than ringed: they are few, and lie in order. */

#include "stress/encoder.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

enum {
    LEVEL_FRAMES = 150, /* 1.5 s of speech: the running level's memory. */
    TILE = 32           /* Units that one pass keeps in registers. */
};

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
    uint32_t n = enc->frames < LEVEL_FRAMES ? enc->frames + 1 : LEVEL_FRAMES;
    enc->level += (mean - enc->level) / (float)n;

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
    *x++ = frame->rate_syll_s / 5 - 0.8f;
}

/* One tile of units: the sums stay in registers while the inputs go by. */
static UT__CLONES void dense_tile(float *y, const float *x, const float *w, const float *b,
                                  int n_in, int n_out)
{
    float sum[TILE];
    for (int o = 0; o < TILE; o++)
        sum[o] = b[o];
    for (int i = 0; i < n_in; i++)
        for (int o = 0; o < TILE; o++)
            sum[o] += x[i] * w[i * n_out + o];
    for (int o = 0; o < TILE; o++)
        y[o] = sum[o];
}

void ut__dense(float *y, const float *x, const float *w, const float *b, int n_in, int n_out,
               int relu)
{
    for (int o = 0; o < n_out; o += TILE)
        dense_tile(y + o, x, w + o, b + o, n_in, n_out);
    if (relu)
        for (int o = 0; o < n_out; o++)
            y[o] = y[o] > 0 ? y[o] : 0;
}

/* Drops the oldest row and gives the newest one. */
static float *shift(float *rows, size_t count, size_t width)
{
    memmove(rows, rows + width, (count - 1) * width * sizeof rows[0]);
    return rows + (count - 1) * width;
}

int ut__encoder_push(struct ut__encoder *enc, const struct ut__encoder_weights *w, const float *x,
                     float *out)
{
    memcpy(shift(enc->in[0], UT__ENC1_WIDTH, UT__INPUTS), x, sizeof enc->in[0]);
    enc->frames++;
    if (enc->frames < UT__ENC1_WIDTH || (enc->frames - UT__ENC1_WIDTH) % 2)
        return 0;
    float *mid = shift(enc->mid[0], UT__ENC2_WIDTH, UT__ENC1);
    ut__dense(mid, enc->in[0], w->w1[0], w->b1, UT__ENC1_WIDTH * UT__INPUTS, UT__ENC1, 1);
    enc->mids++;
    if (enc->mids < UT__ENC2_WIDTH || (enc->mids - UT__ENC2_WIDTH) % 2)
        return 0;
    float *late = shift(enc->late[0], UT__ENC3_SPAN, UT__ENC2);
    ut__dense(late, enc->mid[0], w->w2[0], w->b2, UT__ENC2_WIDTH * UT__ENC1, UT__ENC2, 1);
    enc->lates++;
    if (enc->lates < UT__ENC3_SPAN)
        return 0;
    for (int t = 0; t < UT__ENC3_WIDTH; t++)
        memcpy(enc->taps + t * UT__ENC2, enc->late[t * UT__ENC3_DILATION], sizeof enc->late[0]);
    ut__dense(out, enc->taps, w->w3[0], w->b3, UT__ENC3_WIDTH * UT__ENC2, UT__ENC3, 1);
    return 1;
}

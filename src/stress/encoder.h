/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_ENCODER_H
#define UT_STRESS_ENCODER_H

#include <stdint.h>

#include "stress/shape.h"

/*
 * What the model sees of a frame, and three causal convolutions over it, streamed: a speech frame
 * in, every fourth frame one vector of UT__ENC3 units out.
 */

/* Weights, each [taps * inputs][units] so that the inner loop runs over units. */
struct ut__encoder_weights {
    _Alignas(64) float w1[UT__ENC1_WIDTH * UT__INPUTS][UT__ENC1];
    _Alignas(64) float b1[UT__ENC1];
    _Alignas(64) float w2[UT__ENC2_WIDTH * UT__ENC1][UT__ENC2];
    _Alignas(64) float b2[UT__ENC2];
    _Alignas(64) float w3[UT__ENC3_WIDTH * UT__ENC2][UT__ENC3];
    _Alignas(64) float b3[UT__ENC3];
};

enum { UT__ENC3_SPAN = (UT__ENC3_WIDTH - 1) * UT__ENC3_DILATION + 1 };

struct ut__encoder {
    _Alignas(64) float in[UT__ENC1_WIDTH][UT__INPUTS]; /* Oldest first; rows are shifted. */
    _Alignas(64) float mid[UT__ENC2_WIDTH][UT__ENC1];
    _Alignas(64) float late[UT__ENC3_SPAN][UT__ENC2];
    _Alignas(64) float taps[UT__ENC3_WIDTH * UT__ENC2];
    uint32_t frames, mids, lates; /* Rows that came so far. */
    float level;                  /* Running level of speech, dB. */
};

void ut__encoder_init(struct ut__encoder *enc);

/**
 * The model's view of a frame: the spectrum's shape without its level, the level against its own
 * running mean, F0 in octaves over 160 Hz, voice quality, syllables. x: [UT__INPUTS].
 */
void ut__encoder_inputs(struct ut__encoder *enc, const struct ut_frame *frame, float *x);

/**
 * x: [UT__INPUTS], standardised by the weights. out: [UT__ENC3].
 * Returns 1 when out was written. No allocation.
 */
int ut__encoder_push(struct ut__encoder *enc, const struct ut__encoder_weights *w, const float *x,
                     float *out);

/**
 * y = b + W x: x: [n_in], w: [n_in][n_out], y: [n_out]; n_out a multiple of 32. relu: negative
 * values become 0. Shared with the head.
 */
void ut__dense(float *y, const float *x, const float *w, const float *b, int n_in, int n_out,
               int relu);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_ENCODER_H
#define UT_STRESS_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "stress/dense.h"
#include "stress/shape.h"

/*
 * What the model sees of a frame, and three causal convolutions over it, streamed: a speech frame
 * in, every fourth frame one vector of UT__ENC3 units out. Frames are gathered and run together,
 * as nobody asks before half a second of speech is complete; the values do not depend on how many.
 */

struct ut__encoder_weights {
    _Alignas(64) float w1 UT__TILES(UT__ENC1_WIDTH *UT__INPUTS, UT__ENC1);
    _Alignas(64) float b1[UT__ENC1];
    _Alignas(64) float w2 UT__TILES(UT__ENC2_WIDTH *UT__ENC1, UT__ENC2);
    _Alignas(64) float b2[UT__ENC2];
    _Alignas(64) float w3 UT__TILES(UT__ENC3_WIDTH *UT__ENC2, UT__ENC3);
    _Alignas(64) float b3[UT__ENC3];
};

enum {
    UT__ENC3_SPAN = (UT__ENC3_WIDTH - 1) * UT__ENC3_DILATION + 1,
    /* Rows of input held: what the last run left, and a third of a block of speech. Half a block
     * would be no faster, and a call is held a thousand times. */
    UT__ENC_INS = UT__ENC1_WIDTH - 1 + (UT__BLOCK_FRAMES + 2) / 3,
    /* Rows that one run gives, at most: of the first layer, and in the end. */
    UT__ENC_MIDS_MAX = (UT__ENC_INS - UT__ENC1_WIDTH) / 2 + 1,
    UT__ENC_OUTS_MAX = UT__ENC_MIDS_MAX / 2 + 1
};

struct ut__encoder {
    _Alignas(64) float in[UT__ENC_INS][UT__INPUTS]; /* Oldest first, in all three. */
    _Alignas(64) float mid[UT__ENC2_WIDTH - 1][UT__ENC1];
    _Alignas(64) float late[UT__ENC3_SPAN - 1][UT__ENC2];
    uint32_t ins, mids, lates; /* Rows held. */
    uint32_t frames;           /* So far, up to the memory of the level. */
    float level;               /* Running level of speech, dB. */
};

void ut__encoder_init(struct ut__encoder *enc);

/**
 * The model's view of a frame: the spectrum's shape without its level, the level against its own
 * running mean, F0 in octaves over 160 Hz, voice quality, syllables. x: [UT__INPUTS].
 */
void ut__encoder_inputs(struct ut__encoder *enc, const struct ut_frame *frame, float *x);

/** Takes a frame; not when ut__encoder_full. x: [UT__INPUTS], standardised. No allocation. */
void ut__encoder_put(struct ut__encoder *enc, const float *x);

/** 1: the frames taken must be run before another one is. */
static inline int ut__encoder_full(const struct ut__encoder *enc)
{
    return enc->ins == UT__ENC_INS;
}

/**
 * Runs the frames taken. out: [UT__ENC_OUTS_MAX]; returns how many of them were written. No
 * allocation.
 */
size_t ut__encoder_run(struct ut__encoder *enc, const struct ut__encoder_weights *w,
                       float (*out)[UT__ENC3]);

#endif

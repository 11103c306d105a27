/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_SHAPE_H
#define UT_STRESS_SHAPE_H

/*
 * The shapes of the model, in one place. tools/train writes files of these shapes, ut_model_create
 * refuses any other.
 *
 *     frame -> 42 inputs -> encoder (three causal convolutions, 100 -> 25 Hz) -> 128 units
 *                 |                                                               |
 *                 +--> sums per block of 0.5 s of speech <------------------------+
 *                                  |
 *             segment (3 s of speech) -> vector of means, spreads, changes
 *                                  |
 *             against the caller's baseline vector -> head -> emotion, stress, anger, arousal
 */

#include <undertone/features.h>

enum {
    UT__FEATURE_SET = 1, /* Raised whenever a value that enters the model changes its meaning. */

    UT__INPUTS = UT_MEL_BANDS + 10,
    UT__ENC1 = 96,  /* Units of the first convolution; width 5, stride 2. */
    UT__ENC2 = 128, /* Width 3, stride 2. */
    UT__ENC3 = 128, /* Width 3, dilation 2. */
    UT__ENC1_WIDTH = 5,
    UT__ENC2_WIDTH = 3,
    UT__ENC3_WIDTH = 3,
    UT__ENC3_DILATION = 2,

    UT__VECTOR = 2 * UT__ENC3 + 1, /* Means and spreads of the units, and the level. */
    UT__VECTOR_LEVEL = 2 * UT__ENC3,
    UT__HIDDEN = 96,

    UT__BLOCK_FRAMES = 50,  /* Of speech: 0.5 s, one hop of the score. */
    UT__SEGMENT_BLOCKS = 6, /* 3 s of speech, as long as the utterances trained on. */
    UT__SEGMENT_MIN_FRAMES = 60
};

/* What the head says. */
enum ut__output {
    UT__OUT_ANGER, /* Emotions: logits of one distribution. */
    UT__OUT_FEAR,
    UT__OUT_HAPPY,
    UT__OUT_SURPRISE,
    UT__OUT_NEUTRAL,
    UT__OUT_SAD,
    UT__OUT_BOREDOM,
    UT__OUT_DISGUST,
    UT__OUT_STRESS, /* Logits of their own. */
    UT__OUT_HOT,    /* Anger against calm. */
    UT__OUT_AROUSAL,
    UT__OUTPUTS,
    UT__EMOTIONS = UT__OUT_DISGUST + 1
};

#endif

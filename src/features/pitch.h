/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_PITCH_H
#define UT_FEATURES_PITCH_H

#include <undertone/features.h>

#include "features/periodicity.h"

/*
 * F0 and voicing of telephone speech, whose fundamental the line has cut off.
 *
 * A small network reads the periodicity of a window, of its surroundings and of the voice so far,
 * with the envelope, and gives the probability of each period and of no voice: it has learnt what
 * the whole pattern of peaks looks like when one of them is the pitch, also where a single harmonic
 * is left (training: tools/fit-pitch). A path is then searched for through the likeliest periods,
 * unvoiced among them, as in Talkin 1995, "A robust algorithm for pitch tracking (RAPT)", section
 * 3.4, and Boersma 1993; here by a Viterbi search of fixed lag, as a live call cannot wait for its
 * end.
 */

enum {
    UT__PITCH_CONTEXT = 2, /* Windows on either side that the network sees. */
    UT__PITCH_ROWS = 2 * UT__PITCH_CONTEXT + 1,
    UT__PITCH_LAG = 6,        /* Frames that a decision waits for besides. */
    UT__PITCH_CANDIDATES = 7, /* The first is "unvoiced". */
    UT__PITCH_INPUTS = 3 * UT__PERIOD_CELLS + UT__PERIOD_BLOCKS + 2,
    UT__PITCH_HIDDEN = 32,
    UT__PITCH_OUTPUTS = UT__PERIOD_CELLS + 1, /* The last is "unvoiced". */
    UT__PITCH_OUTPUTS_PADDED = 56,
    UT__PITCH_NEAR = 26, /* Cells on either side that the filter reaches: a third of the period. */
    UT__PITCH_TAPS = 56  /* 2 * 26 + 1, padded. */
};

/** Weights of the network, const after ut__weights_read, and what its inputs are made with. */
struct ut__pitch_tables {
    struct ut__period_tables period;
    _Alignas(64) float hidden[UT__PITCH_INPUTS + 1][UT__PITCH_HIDDEN]; /* The last row: bias. */
    _Alignas(64) float output[UT__PITCH_HIDDEN + 1][UT__PITCH_OUTPUTS_PADDED];
    float near[UT__PITCH_TAPS];
};

/** Allocates the plan; the weights are 0. Returns 0, UT_EINVAL or UT_ENOMEM; destroy undoes a half-done init. */
int ut__pitch_tables_init(struct ut__pitch_tables *tables) UT_MUST_CHECK;
void ut__pitch_tables_destroy(struct ut__pitch_tables *tables);

/** One frame's candidates, with what the path search knows of them. */
struct ut__pitch_frame {
    float octave[UT__PITCH_CANDIDATES]; /* log2 of the period in samples; [0] is not used. */
    float height[UT__PITCH_CANDIDATES]; /* Of the autocorrelation; [0]: the highest anywhere. */
    float score[UT__PITCH_CANDIDATES];  /* dB of probability, of the best path that ends here. */
    uint8_t from[UT__PITCH_CANDIDATES]; /* That path's candidate one frame ago. */
    uint8_t count;
};

/** What one channel keeps from frame to frame: zero to start. */
struct ut__pitch {
    struct ut__periodicity row[UT__PITCH_ROWS];
    struct ut__period_noise noise;
    struct ut__pitch_frame frame[UT__PITCH_LAG + 1];
    float slow[UT__PERIOD_CELLS]; /* Periodicity of the voice of the last seconds. */
    float loud_db;                /* Level of the loud parts of late. */
    uint32_t windows;             /* Taken so far. */
    float *input; /* [UT__PITCH_INPUTS] where the network's go, for training; NULL: nowhere. */
};

struct ut__pitch_result {
    int voiced;
    float f0_hz;   /* 60..1030, 0 when not voiced. */
    float voicing; /* 0..1: height of the peak, of the highest one when not voiced. */
};

/**
 * Analyses one window and decides the frame UT__PITCH_CONTEXT + UT__PITCH_LAG windows back.
 *
 * samples: [UT__PERIOD_WINDOW] finite; silent: 1 where digital silence is among them. out: all zero
 * until the first decision. No allocation.
 */
void ut__pitch_push(struct ut__pitch *p, const struct ut__pitch_tables *tables,
                    const float *samples, int silent, struct ut__pitch_result *out);

#endif

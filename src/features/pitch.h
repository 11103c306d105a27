/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_PITCH_H
#define UT_FEATURES_PITCH_H

#include <undertone/features.h>

#include "dsp/fft.h"

/*
 * F0 and voicing of telephone speech, whose fundamental the line has cut off.
 *
 * Candidates come from the autocorrelation of a flattened spectrum: the magnitudes in the band are
 * divided by their envelope, compressed and transformed back (after Tolonen and Karjalainen 2000,
 * "A computationally efficient multipitch analysis model", section II.B; flattening as in Sondhi
 * 1968, "New methods of pitch extraction"), so that a strong formant harmonic does not pass for the
 * pitch. As in Boersma 1993 ("Accurate short-term analysis of the fundamental frequency"), the
 * result is divided by the autocorrelation of the window, peaks become candidates with an octave
 * cost, and a path is searched for through the candidates, unvoiced among them; here by a Viterbi
 * search of fixed lag, as a live call cannot wait for its end.
 */

enum {
    UT__PITCH_WINDOW = 384, /* 48 ms: nearly three periods at 60 Hz. */
    UT__PITCH_FFT = 512,    /* Longest period + window, so that the autocorrelation is linear. */
    UT__PITCH_BINS = UT__PITCH_FFT / 2 + 1,
    UT__PITCH_LAG = 8,        /* Frames that a decision waits for. */
    UT__PITCH_CANDIDATES = 8, /* The first is "unvoiced". */
    UT__PITCH_PERIOD_MIN = UT_RATE_HZ / 500,
    UT__PITCH_PERIOD_MAX = UT_RATE_HZ / 60 + 1,
    UT__PITCH_TAPS = 8,   /* Of the interpolator between lags, */
    UT__PITCH_STEPS = 16, /* in steps of this part of a lag. */
    UT__PITCH_LAGS = UT__PITCH_PERIOD_MAX + 1 + UT__PITCH_TAPS / 2
};

/** Plan and weights: const after init. */
struct ut__pitch_tables {
    struct ut_fft *fft;
    float window[UT__PITCH_WINDOW];
    float band[UT__PITCH_BINS];                     /* How much each bin counts. */
    float lag_gain[UT__PITCH_LAGS];                 /* Undoes the window's own autocorrelation. */
    float between[UT__PITCH_STEPS][UT__PITCH_TAPS]; /* Windowed sinc, by step after a lag. */
};

/** Allocates the plan. Returns 0, UT_EINVAL or UT_ENOMEM; destroy undoes a half-done init. */
int ut__pitch_tables_init(struct ut__pitch_tables *tables) UT_MUST_CHECK;
void ut__pitch_tables_destroy(struct ut__pitch_tables *tables);

/** One frame's candidates, with what the path search knows of them. */
struct ut__pitch_frame {
    float octave[UT__PITCH_CANDIDATES];   /* log2 of the period in samples; [0] is not used. */
    float strength[UT__PITCH_CANDIDATES]; /* Height of the peak, 0..1. */
    float score[UT__PITCH_CANDIDATES];    /* Of the best path that ends here. */
    uint8_t from[UT__PITCH_CANDIDATES];   /* That path's candidate one frame ago. */
    uint8_t count;
};

/** What one channel keeps from frame to frame: zero to start. */
struct ut__pitch {
    struct ut__pitch_frame frame[UT__PITCH_LAG + 1];
    uint64_t pushed;
    float loud_db; /* Level of the loud parts of late. */
};

struct ut__pitch_result {
    int voiced;
    float f0_hz;   /* 60..500, 0 when not voiced. */
    float voicing; /* 0..1: height of the best peak, voiced or not. */
};

/**
 * Analyses one window and decides the frame UT__PITCH_LAG windows back.
 *
 * samples: [UT__PITCH_WINDOW] finite. out: all zero until the first decision. No allocation.
 * Returns how periodic this window itself is, 0..1, before any path search.
 */
float ut__pitch_push(struct ut__pitch *p, const struct ut__pitch_tables *tables,
                     const float *samples, struct ut__pitch_result *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_QUALITY_H
#define UT_FEATURES_QUALITY_H

#include <undertone/features.h>

/*
 * Voice quality of a voiced frame, cycle by cycle. Each cycle is matched with the next by
 * cross-correlation (waveform matching, Titze and Liang 1993; Boersma 2009, "Should jitter be
 * measured by peak picking or by waveform matching?"), which holds on band-limited and noisy speech
 * where single peaks do not:
 *
 *     f0_jitter   mean |T(i+1) - T(i)| / mean T               (Praat's "local")
 *     shimmer_db  mean |20 log10 A(i+1) / A(i)|, A the rms of a cycle, each 4.08 at most
 *     hnr_db      10 log10 r / (1 - r), r the mean correlation of neighbouring cycles (Boersma
 * 1993)
 *
 * Cycles are matched wherever the next one lies, so that hnr_db is of noise alone: jitter does not
 * lower it, where Praat's, of a fixed period, falls with both.
 */

enum {
    /** Samples either side of the frame's middle that ut__quality reads. */
    UT__QUALITY_REACH = 280,
    /** And behind those, read by whole vectors without counting. */
    UT__QUALITY_SLACK = 16,
    UT__QUALITY_PERIOD_MAX = UT_RATE_HZ / 60 + 1,
    /** Cycles followed at most: enough for a mean, few enough to be of the same sound. */
    UT__QUALITY_CYCLES = 5
};

/**
 * Sets f0_jitter, shimmer_db and hnr_db of a frame with voiced and f0_hz set; all 0 when not
 * voiced.
 *
 * middle: points at the frame's middle; UT__QUALITY_REACH samples can be read either side, and
 * UT__QUALITY_SLACK finite ones more after them.
 */
void ut__quality(const float *middle, struct ut_frame *f);

#endif

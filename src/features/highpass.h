/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_HIGHPASS_H
#define UT_FEATURES_HIGHPASS_H

#include <undertone/features.h>

/*
 * What lies under the telephone band is no voice: the offset of a converter, the hum of the mains
 * and its octave. A Chebyshev high-pass of the second kind takes it away before anything is
 * measured: 42 dB down up to 100 Hz, nothing at all at 0, 1 dB down at 195 Hz and .01 from 280 Hz
 * on (Parks and Burrus, 1987, "Digital filter design", chapter 7). liquid-dsp designs it. It runs
 * here, eight samples at a time: what a block of them and the state before it give is linear, so
 * that nothing waits for the sample before (Burrus, 1972, "Block realization of digital filters",
 * IEEE Trans. Audio Electroacoustics 20(4)). liquid's iirfilt_rrrf takes memory of its own for each
 * channel, and 7.7 times as long (tools/bench-libraries).
 */

enum {
    UT__HIGHPASS_BLOCK = 8,
    UT__HIGHPASS_STATES = 6 /* Two for each section of second order. */
};

/** What each sample of a block, and each state before it, adds: const after init. */
struct ut__highpass_tables {
    _Alignas(32) float out_of_sample[UT__HIGHPASS_BLOCK][UT__HIGHPASS_BLOCK];
    _Alignas(32) float out_of_state[UT__HIGHPASS_STATES][UT__HIGHPASS_BLOCK];
    /* Padded to whole vectors. */
    _Alignas(32) float state_of_sample[UT__HIGHPASS_BLOCK][UT__HIGHPASS_BLOCK];
    _Alignas(32) float state_of_state[UT__HIGHPASS_STATES][UT__HIGHPASS_BLOCK];
};

/** What one channel keeps: zero to start. */
struct ut__highpass {
    float state[UT__HIGHPASS_BLOCK]; /* The last two are always 0. */
};

/** Designs the filter. Any thread; no allocation that outlives it. */
void ut__highpass_tables_init(struct ut__highpass_tables *tables);

/** Filters a hop of UT_HOP_SAMPLES finite samples. out may not be pcm. No allocation. */
void ut__highpass_push(struct ut__highpass *hp, const struct ut__highpass_tables *tables,
                       float *restrict out, const float *restrict pcm);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_HIGHPASS_H
#define UT_FEATURES_HIGHPASS_H

#include <undertone/features.h>

/*
 * What lies under the telephone band is no voice: the offset of a converter, the hum of the mains
 * and its octave. An elliptic high-pass takes it away before anything is measured: 46 dB down up to
 * 100 Hz, nothing at all at 0, within 0.2 dB from 180 Hz on (Parks and Burrus, 1987, "Digital
 * filter design", chapter 7). liquid-dsp designs it. It runs here, as three sections whose state
 * lies in the channel: liquid's iirfilt_rrrf takes memory of its own for each channel, and 0.17
 * ms a second of it where this takes 0.04.
 */

enum { UT__HIGHPASS_SECTIONS = 3 };

/** Coefficients of the sections, of each b0 b1 b2 and a1 a2: const after init. */
struct ut__highpass_tables {
    float b[UT__HIGHPASS_SECTIONS][3];
    float a[UT__HIGHPASS_SECTIONS][2];
};

/** What one channel keeps: zero to start. */
struct ut__highpass {
    float state[UT__HIGHPASS_SECTIONS][2];
};

/** Designs the filter. Any thread; no allocation that outlives it. */
void ut__highpass_tables_init(struct ut__highpass_tables *tables);

/** Filters a hop of UT_HOP_SAMPLES finite samples. out may not be pcm. No allocation. */
void ut__highpass_push(struct ut__highpass *hp, const struct ut__highpass_tables *tables,
                       float *restrict out, const float *restrict pcm);

#endif

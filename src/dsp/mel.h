/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_MEL_H
#define UT_DSP_MEL_H

#include <stddef.h>

enum { UT_MEL_BANDS_MAX = 40, UT_MEL_WEIGHTS_MAX = 1024 };

/*
 * Triangular mel filters over a power spectrum (Davis and Mermelstein, 1980, with the mel of
 * O'Shaughnessy, 1987: 2595 log10(1 + f / 700)); each filter has unit sum, so that white noise
 * gives the same level in every band.
 */
struct ut_mel {
    size_t bands;
    size_t first[UT_MEL_BANDS_MAX]; /* First bin of each band. */
    size_t count[UT_MEL_BANDS_MAX];
    size_t offset[UT_MEL_BANDS_MAX]; /* Of its weights. */
    float weight[UT_MEL_WEIGHTS_MAX];
};

struct ut_mel_config {
    size_t bands;    /* 1..UT_MEL_BANDS_MAX. */
    size_t fft_size; /* Bins are fft_size / 2 + 1. */
    float rate_hz;
    float low_hz, high_hz; /* Outer edges of the first and the last filter. */
};

/** Fills the filters. Returns 0 or UT_EINVAL. No allocation. */
int ut_mel_init(struct ut_mel *mel, const struct ut_mel_config *cfg);

/** power: [fft_size / 2 + 1]. out: [bands] mean power of each band. No allocation. */
void ut_mel_apply(const struct ut_mel *mel, const float *power, float *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_MEL_H
#define UT_DSP_MEL_H

#include <stddef.h>
#include <stdint.h>

enum { UT__MEL_BANDS_MAX = 40, UT__MEL_WEIGHTS_MAX = 1024, UT__MEL_FFT_MAX = 1024 };

/*
 * Triangular mel filters over a power spectrum (Davis and Mermelstein, 1980, with the mel of
 * O'Shaughnessy, 1987: 2595 log10(1 + f / 700)); each filter has unit sum, so that white noise
 * gives the same level in every band.
 */
struct ut__mel {
    _Alignas(32) float weight[UT__MEL_WEIGHTS_MAX]; /* Of one band after the other, by eights. */
    size_t bands;
    uint16_t first[UT__MEL_BANDS_MAX];  /* First bin of each band. */
    uint16_t eights[UT__MEL_BANDS_MAX]; /* Weights of each band, zeros at its end among them. */
};

struct ut__mel_config {
    size_t bands;    /* 1..UT__MEL_BANDS_MAX. */
    size_t fft_size; /* 16..UT__MEL_FFT_MAX; bins are fft_size / 2 + 1. */
    float rate_hz;
    float low_hz, high_hz; /* Outer edges of the first and the last filter. */
};

/** Fills the filters. Returns 0 or UT_EINVAL. No allocation. */
int ut__mel_init(struct ut__mel *mel, const struct ut__mel_config *cfg);

/** power: [fft_size / 2 + 1]. out: [bands] mean power of each band. No allocation. */
void ut__mel_apply(const struct ut__mel *mel, const float *power, float *out);

#endif

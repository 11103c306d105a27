/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_FFT_H
#define UT_DSP_FFT_H

#include <stddef.h>

#include <undertone/error.h>

/*
 * Real transforms of a fixed size on fftw3f's complex ones of half the size and less. FFTW's own
 * take longer at 512 points (tools/bench-libraries): r2c 2.5 times as long for the power spectrum,
 * and gives the same bits; c2r 2.8 times and REDFT00 5.4 times for the autocorrelation; with plans
 * that were measured still 1.6, 2.2 and 4.5 times. The plan is const after creation and serves
 * any number of threads; input and output are the caller's, aligned to 64 bytes.
 *
 * Plans are made with FFTW_ESTIMATE: measuring would pick another algorithm from run to run, and
 * the last bits of the scores with it.
 */
struct ut__fft;

enum { UT__FFT_MIN = 128, UT__FFT_MAX = 1024 };

/** n: a power of two, UT__FFT_MIN..UT__FFT_MAX. Returns 0, UT_EINVAL or UT_ENOMEM. The planner is
 * not thread-safe. */
int ut__fft_create(struct ut__fft **out, size_t n) UT_MUST_CHECK;
void ut__fft_destroy(struct ut__fft *fft);

/**
 * The power spectrum of real samples.
 *
 * in: [n], kept. power: [n / 2 + 1] squared magnitudes. Two neighbouring samples make one complex
 * number, whose transform of half the size is taken apart afterwards (Press and others, Numerical
 * Recipes, 2nd edition, section 12.3). No allocation.
 */
void ut__fft_power(const struct ut__fft *fft, const float *in, float *power);

/**
 * Power to autocorrelation: the inverse transform of a spectrum that is real and even.
 *
 *     out[m] = in[0] + (-1)^m in[n / 2] + 2 sum over 0 < k < n / 2 of in[k] cos(2 pi k m / n)
 *
 * in: [n / 2 + 1], kept. out: [count], its first values; count: a multiple of 8, n / 2 at most.
 * By a real transform of half the size (ibid., eq. 12.3.19-20), whose odd results are running sums.
 * No allocation.
 */
void ut__fft_cosine(const struct ut__fft *fft, const float *in, float *out, size_t count);

#endif

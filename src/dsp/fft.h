/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_FFT_H
#define UT_DSP_FFT_H

#include <stddef.h>

#include <undertone/error.h>

/*
 * A real FFT of fixed size on fftw3f. The plan is const after creation and serves any number of
 * threads; input and output are the caller's, aligned to 64 bytes.
 *
 * Plans are made with FFTW_ESTIMATE: measuring would pick another algorithm from run to run, and
 * the last bits of the scores with it.
 */
struct ut_fft;

/** n: a power of two, 64..4096. Returns 0, UT_EINVAL or UT_ENOMEM. The planner is not thread-safe.
 */
int ut_fft_create(struct ut_fft **out, size_t n) UT_MUST_CHECK;
void ut_fft_destroy(struct ut_fft *fft);

/** in: [n], kept. out: [n / 2 + 1][2] real and imaginary parts. No allocation. */
void ut_fft_forward(const struct ut_fft *fft, const float *in, float (*out)[2]);

/** Power to autocorrelation: in: [n / 2 + 1][2], destroyed; out: [n], not divided by n. */
void ut_fft_inverse(const struct ut_fft *fft, float (*in)[2], float *out);

#endif

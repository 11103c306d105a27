/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_VECTOR_H
#define UT_DSP_VECTOR_H

#include <stddef.h>

/*
 * The inner loops. Sums run in UT__LANES partial sums in a fixed order, so that the compiler may
 * use vectors of any width up to that and every machine gives the same bits.
 */
enum { UT__LANES = 8 };

/** Smallest power that ut__vec_db tells apart: -120 dB. */
#define UT__POWER_FLOOR 1e-12f

/** Sum of a[i] * b[i]. a, b: [n], need not be aligned. */
float ut__vec_dot(const float *a, const float *b, size_t n);

/** out[i] = a[i] * b[i]. out may be a or b. */
void ut__vec_multiply(float *out, const float *a, const float *b, size_t n);

/** out[i] = re^2 + im^2 of in: [n][2]. */
void ut__vec_power(float *out, const float (*in)[2], size_t n);

/** out[i] = sqrt(in[i]), in[i] >= 0. */
void ut__vec_sqrt(float *out, const float *in, size_t n);

/**
 * out[i] = 10 log10(in[i] + UT__POWER_FLOOR), in[i] >= 0 and finite; out may be in.
 * Within 1e-4 dB of log10f, and several times as fast.
 */
void ut__vec_db(float *out, const float *in, size_t n);

/** One value through the same arithmetic as ut__vec_db. */
float ut__db(float power);

#endif

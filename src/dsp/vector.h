/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_VECTOR_H
#define UT_DSP_VECTOR_H

#include <stddef.h>

/* The inner loops, each as a function of its own; lanes.h has what is too short for that. */

/** Sum of a[i] * b[i]. a, b: [n], need not be aligned. liquid-dsp's dotprod_rrrf takes 3.3 times as
 * long for 80 (tools/bench-libraries). */
float ut__vec_dot(const float *a, const float *b, size_t n);

/** Sum of in[i]. */
float ut__vec_sum(const float *in, size_t n);

/** The largest of in: [n], n >= 1. */
float ut__vec_max(const float *in, size_t n);

/** out[i] = a[i] * b[i]. out may be a or b. */
void ut__vec_multiply(float *out, const float *a, const float *b, size_t n);

/**
 * out[i] = 10 log10(in[i] + UT__POWER_FLOOR), in[i] >= 0 and finite; out may be in.
 * Within 1e-4 dB of log10f, and several times as fast.
 */
void ut__vec_db(float *out, const float *in, size_t n);

/** One value through the same arithmetic as ut__vec_db. */
float ut__db(float power);

#endif

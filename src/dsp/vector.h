/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_VECTOR_H
#define UT_DSP_VECTOR_H

#include <stddef.h>
#include <string.h>

/*
 * The inner loops. Sums run in UT__LANES partial sums in a fixed order, so that the compiler may
 * use vectors of any width up to that and every machine gives the same bits.
 */
enum { UT__LANES = 8 };

/** Smallest power that ut__vec_db tells apart: -120 dB. */
#define UT__POWER_FLOOR 1e-12f

typedef float ut__four __attribute__((vector_size(16)));

/** Sum of a[i] * b[i] over eight, for short filters: a, b need not be aligned. */
static inline float ut__vec_dot8(const float *a, const float *b)
{
    ut__four a0, a1, b0, b1;
    memcpy(&a0, a, sizeof a0);
    memcpy(&a1, a + 4, sizeof a1);
    memcpy(&b0, b, sizeof b0);
    memcpy(&b1, b + 4, sizeof b1);
    ut__four part = a0 * b0 + a1 * b1;
    return (part[0] + part[2]) + (part[1] + part[3]);
}

/** Sum of eight. */
static inline float ut__vec_sum8(const float *a)
{
    ut__four a0, a1;
    memcpy(&a0, a, sizeof a0);
    memcpy(&a1, a + 4, sizeof a1);
    ut__four part = a0 + a1;
    return (part[0] + part[2]) + (part[1] + part[3]);
}

/** Sum of a[i] * b[i]. a, b: [n], need not be aligned. */
float ut__vec_dot(const float *a, const float *b, size_t n);

/** Sum of in[i]. */
float ut__vec_sum(const float *in, size_t n);

/** The largest of in: [n], n >= 1. */
float ut__vec_max(const float *in, size_t n);

/** out[i] = a[i] * b[i]. out may be a or b. */
void ut__vec_multiply(float *out, const float *a, const float *b, size_t n);

/** out[i] = sqrt(in[i]), in[i] >= 0. */
void ut__vec_sqrt(float *out, const float *in, size_t n);

/** out[i] = in[i]^1.5, in[i] >= 0; out may be in. */
void ut__vec_compress(float *out, const float *in, size_t n);

/**
 * out[i] = 10 log10(in[i] + UT__POWER_FLOOR), in[i] >= 0 and finite; out may be in.
 * Within 1e-4 dB of log10f, and several times as fast.
 */
void ut__vec_db(float *out, const float *in, size_t n);

/** out[i] = e^in[i], -1000 <= in[i] <= 0; within 1e-6. out and in lie apart. */
void ut__vec_exp(float *out, const float *in, size_t n);

/** One value through the same arithmetic as ut__vec_db. */
float ut__db(float power);

#endif

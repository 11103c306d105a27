/* SPDX-License-Identifier: MIT */
#ifndef UT_DSP_LANES_H
#define UT_DSP_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clones.h"

/*
 * What the inner loops share, for inlining into functions under UT__CLONES. Sums run in UT__LANES
 * partial sums in a fixed order, so that the compiler may use vectors of any width up to that and
 * every machine gives the same bits.
 */
enum { UT__LANES = 8 };

/** Smallest power that ut__log_db tells apart: -120 dB. */
#define UT__POWER_FLOOR 1e-12f

typedef float ut__four __attribute__((vector_size(16)));
typedef float ut__eight __attribute__((vector_size(32)));

/** Eight floats from and to memory, which need not be aligned; by pointer, as only some targets can
 * pass them in registers. */
UT__INLINE void ut__load8(ut__eight *to, const float *from)
{
    memcpy(to, from, sizeof *to);
}

UT__INLINE void ut__store8(float *to, const ut__eight *from)
{
    memcpy(to, from, sizeof *from);
}

/** For functions under UT__WIDE. */
typedef float ut__sixteen __attribute__((vector_size(64)));

UT__INLINE void ut__load16(ut__sixteen *to, const float *from)
{
    memcpy(to, from, sizeof *to);
}

UT__INLINE void ut__store16(float *to, const ut__sixteen *from)
{
    memcpy(to, from, sizeof *from);
}

typedef int32_t ut__sixteen_bits __attribute__((vector_size(64)));

UT__INLINE void ut__rectify16(ut__sixteen *x)
{
    *x = (ut__sixteen)((ut__sixteen_bits)*x & (*x > 0.0f));
}

typedef int32_t ut__eight_bits __attribute__((vector_size(32)));

/** Negative ones become 0. */
UT__INLINE void ut__rectify8(ut__eight *x)
{
    *x = (ut__eight)((ut__eight_bits)*x & (*x > 0.0f));
}

/** The larger one of each pair. */
UT__INLINE void ut__larger8(ut__eight *x, const ut__eight *y)
{
    ut__eight_bits keep = *x > *y;
    *x = (ut__eight)(((ut__eight_bits)*x & keep) | ((ut__eight_bits)*y & ~keep));
}

/** The smaller one of each pair. */
UT__INLINE void ut__smaller8(ut__eight *x, const ut__eight *y)
{
    ut__eight_bits keep = *x < *y;
    *x = (ut__eight)(((ut__eight_bits)*x & keep) | ((ut__eight_bits)*y & ~keep));
}

/** Without their signs. */
UT__INLINE void ut__abs8(ut__eight *x)
{
    *x = (ut__eight)((ut__eight_bits)*x & INT32_MAX);
}

/** The bits of 64 bytes of 0 or 1. */
UT__INLINE uint64_t ut__bits64(const uint8_t *mark)
{
    uint64_t word = 0;
    for (size_t i = 0; i < 8; i++) { /* The product moves each byte's bit to the highest byte. */
        uint64_t bytes;
        memcpy(&bytes, mark + 8 * i, sizeof bytes);
        word |= (bytes * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return word;
}

/** yes where condition is 1, no where it is 0, by bits: for conditions that no branch foresees. */
UT__INLINE float ut__choose(int condition, float yes, float no)
{
    uint32_t a, b, mask = 0u - (uint32_t)condition;
    memcpy(&a, &yes, sizeof a);
    memcpy(&b, &no, sizeof b);
    a = (a & mask) | (b & ~mask);
    float chosen;
    memcpy(&chosen, &a, sizeof chosen);
    return chosen;
}

/** Sum of eight. */
UT__INLINE float ut__lane_sum(const float *lane)
{
    ut__four low, high;
    memcpy(&low, lane, sizeof low);
    memcpy(&high, lane + 4, sizeof high);
    ut__four part = low + high;
    return (part[0] + part[2]) + (part[1] + part[3]);
}

/** Sum of sixteen in two vectors. */
UT__INLINE float ut__sum16(const ut__eight *low, const ut__eight *high)
{
    ut__eight both = *low + *high;
    float lane[8];
    ut__store8(lane, &both);
    return ut__lane_sum(lane);
}

/** The largest of eight. */
UT__INLINE float ut__lane_max(const float *lane)
{
    float part[4];
    for (size_t i = 0; i < 4; i++)
        part[i] = lane[i] > lane[i + 4] ? lane[i] : lane[i + 4];
    part[0] = part[0] > part[2] ? part[0] : part[2];
    part[1] = part[1] > part[3] ? part[1] : part[3];
    return part[0] > part[1] ? part[0] : part[1];
}

/** The largest of n >= 8: the last eight may be seen twice. */
UT__INLINE float ut__max(const float *in, size_t n)
{
    float lane[UT__LANES];
    memcpy(lane, in + n - UT__LANES, sizeof lane);
    for (size_t i = 0; i + UT__LANES < n; i += UT__LANES)
        for (size_t j = 0; j < UT__LANES; j++)
            lane[j] = in[i + j] > lane[j] ? in[i + j] : lane[j];
    return ut__lane_max(lane);
}

/** Sum of a[i] * b[i] over eight, for short filters: a, b need not be aligned. */
UT__INLINE float ut__dot8(const float *a, const float *b)
{
    ut__four a0, a1, b0, b1;
    memcpy(&a0, a, sizeof a0);
    memcpy(&a1, a + 4, sizeof a1);
    memcpy(&b0, b, sizeof b0);
    memcpy(&b1, b + 4, sizeof b1);
    ut__four part = a0 * b0 + a1 * b1;
    return (part[0] + part[2]) + (part[1] + part[3]);
}

/*
 * log2 by splitting off the exponent and the series of 2 / ln 2 * atanh((m - 1) / (m + 1)) with m
 * in sqrt(1/2)..sqrt(2): four terms leave less than 1e-6. x: positive and normal.
 */
UT__INLINE float ut__log2(float x)
{
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t exponent = (bits - 0x3f3504f3) >> 23;
    bits -= exponent * (1 << 23);
    float m;
    memcpy(&m, &bits, sizeof m);
    float s = (m - 1) / (m + 1);
    float s2 = s * s;
    return (float)exponent +
           2.88539008f * s * (1 + s2 * (1 / 3.0f + s2 * (1 / 5.0f + s2 * (1 / 7.0f))));
}

/** 10 log10(power + UT__POWER_FLOOR), power >= 0 and finite; within 1e-4 dB. */
UT__INLINE float ut__log_db(float power)
{
    return 3.01029996f * ut__log2(power + UT__POWER_FLOOR);
}

/*
 * 2^x as an exponent and the Taylor series of its remainder in -1/2..1/2: six terms leave 2e-7.
 * -1400 <= x <= 0.
 */
UT__INLINE float ut__exp2(float x)
{
    int32_t whole = (int32_t)(x - 0.5f);
    whole = whole < -126 ? -126 : whole;
    float y = (x - (float)whole) * 0.693147181f;
    float series = 1 + y * (1 / 6.0f);
    series = 1 + y * (1 / 5.0f) * series;
    series = 1 + y * (1 / 4.0f) * series;
    series = 1 + y * (1 / 3.0f) * series;
    series = 1 + y * (1 / 2.0f) * series;
    series = 1 + y * series;
    int32_t bits = (whole + 127) * (1 << 23);
    float power;
    memcpy(&power, &bits, sizeof power);
    return series * power;
}

#endif

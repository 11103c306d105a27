/* SPDX-License-Identifier: MIT */
/* Loops that gcc -O3 turns into vector code; the clones of UT__CLONES run AVX2 where there is one.
 */

#include "dsp/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/clones.h"

/* 10 / log2(10), and 2 / ln 2: decibels an octave of power, and the factor of the series below. */
#define DB_PER_OCTAVE 3.01029996f
#define LOG2_SERIES   2.88539008f

/*
 * log2 by splitting off the exponent and the series of 2 / ln 2 * atanh((m - 1) / (m + 1)) with m
 * in sqrt(1/2)..sqrt(2): four terms leave less than 1e-6.
 */
static inline float log2_of(float x)
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
           LOG2_SERIES * s * (1 + s2 * (1 / 3.0f + s2 * (1 / 5.0f + s2 * (1 / 7.0f))));
}

UT__CLONES float ut__vec_dot(const float *a, const float *b, size_t n)
{
    float lane[UT__LANES] = {0};
    size_t i = 0;
    for (; i + UT__LANES <= n; i += UT__LANES)
        for (size_t j = 0; j < UT__LANES; j++)
            lane[j] += a[i + j] * b[i + j];
    float sum = 0;
    for (; i < n; i++)
        sum += a[i] * b[i];
    for (size_t j = 0; j < UT__LANES; j++)
        sum += lane[j];
    return sum;
}

UT__CLONES float ut__vec_sum(const float *in, size_t n)
{
    float lane[UT__LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + UT__LANES <= n; i += UT__LANES)
        for (size_t j = 0; j < UT__LANES; j++)
            lane[j] += in[i + j];
    for (; i < n; i++)
        sum += in[i];
    for (size_t j = 0; j < UT__LANES; j++)
        sum += lane[j];
    return sum;
}

UT__CLONES float ut__vec_max(const float *in, size_t n)
{
    float lane[UT__LANES], top = in[0];
    size_t i = 0;
    for (size_t j = 0; j < UT__LANES; j++)
        lane[j] = top;
    for (; i + UT__LANES <= n; i += UT__LANES)
        for (size_t j = 0; j < UT__LANES; j++)
            lane[j] = in[i + j] > lane[j] ? in[i + j] : lane[j];
    for (; i < n; i++)
        top = in[i] > top ? in[i] : top;
    for (size_t j = 0; j < UT__LANES; j++)
        top = lane[j] > top ? lane[j] : top;
    return top;
}

UT__CLONES void ut__vec_multiply(float *out, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] * b[i];
}

UT__CLONES void ut__vec_sqrt(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = sqrtf(in[i]);
}

UT__CLONES void ut__vec_compress(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i] * sqrtf(in[i]);
}

UT__CLONES void ut__vec_db(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = DB_PER_OCTAVE * log2_of(in[i] + UT__POWER_FLOOR);
}

/* 2^x as an exponent and the Taylor series of its remainder in -1/2..1/2: six terms leave 2e-7. */
UT__CLONES void ut__vec_exp(float *restrict out, const float *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = in[i] * 1.44269504f;
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
        out[i] = series * power;
    }
}

float ut__db(float power)
{
    return DB_PER_OCTAVE * log2_of(power + UT__POWER_FLOOR);
}

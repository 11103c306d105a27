/* SPDX-License-Identifier: MIT */
/* Loops that gcc -O3 turns into vector code; the clones of UT__CLONES run AVX2 where there is one.
 */

#include "dsp/vector.h"

#include <math.h>

#include "base/clones.h"
#include "dsp/lanes.h"

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

UT__CLONES void ut__vec_db(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ut__log_db(in[i]);
}

float ut__db(float power)
{
    return ut__log_db(power);
}

/* SPDX-License-Identifier: MIT */
/*
 * Resampling to 8 kHz: one low-pass filter, cut into phases.
 *
 * An output sample is the dot product of the input around its instant with the phase of the filter
 * that is centred there (Crochiere and Rabiner, 1983, "Multirate digital signal processing",
 * chapter 2). Where the rates have few common phases these are exact; elsewhere the two nearest of
 * a fine grid are mixed, whose error is below the stop band.
 */

#include "audio/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <liquid/liquid.h>

#include <undertone/call.h>

#include "base/clones.h"

enum {
    LANES = 8,        /* Partial sums of a dot product: the same bits with any vector width. */
    CROSSINGS = 18,   /* Half length of the filter in output samples: 2.25 ms. */
    EXACT_PHASES = 8, /* So many phases or fewer are kept as they are. */
    /* Grid of the others: (pi * 4 kHz / 1 MHz)^2 / 2 is -82 dB of error by mixing two of them. */
    GRID_HZ = 1000000
};
#define STOP_BAND_DB 70.0f
#define CUTOFF_HZ    4000.0
#define SAMPLE_MAX   16.0f /* What is louder is no sound; infinities would ring for long. */

struct ut__resample {
    float *phase;  /* [phases + 1][taps]; NULL at 8 kHz: samples pass. */
    float *input;  /* [taps + UT__RESAMPLE_CHUNK + room for one step]. */
    size_t half;   /* Taps on either side. */
    size_t phases; /* To an input sample. */
    size_t filled; /* Of input. */
    size_t next;   /* Sample of input at or before the instant of the next output, */
    uint32_t part; /* and what the instant is after it, in 1 / UT_RATE_HZ of a sample. */
    uint32_t rate_hz;
    int exact;
};

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Modified Bessel function of the first kind and order 0: it is why designs take liquid-dsp so long. */
static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 32; k++) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

/* Kaiser's window over the ideal low-pass, at a distance in input samples. */
static double filter_at(const struct ut__resample *rs, double distance)
{
    double edge = distance / (double)rs->half, beta = (double)kaiser_beta_As(STOP_BAND_DB);
    if (edge <= -1 || edge >= 1)
        return 0;
    double window = bessel_i0(beta * sqrt(1 - edge * edge)) / bessel_i0(beta);
    return window * (double)sincf((float)(2 * CUTOFF_HZ * distance / rs->rate_hz));
}

/* Phase l holds the taps for an instant l / phases after a sample. Each has a gain of one. */
static void design(struct ut__resample *rs)
{
    size_t taps = 2 * rs->half;
    for (size_t l = 0; l <= rs->phases; l++) {
        float *tap = rs->phase + l * taps;
        double sum = 0, first = 1 - (double)rs->half - (double)l / (double)rs->phases;
        for (size_t j = 0; j < taps; j++) {
            tap[j] = (float)filter_at(rs, first + (double)j);
            sum += (double)tap[j];
        }
        for (size_t j = 0; j < taps; j++)
            tap[j] = (float)((double)tap[j] / sum);
    }
}

static int prepare(struct ut__resample *rs)
{
    uint32_t phases = UT_RATE_HZ / common_divisor(rs->rate_hz, UT_RATE_HZ);
    rs->exact = phases <= EXACT_PHASES;
    if (!rs->exact)
        for (phases = 1; phases * rs->rate_hz < GRID_HZ;)
            phases *= 2;
    rs->phases = phases;
    rs->half = (CROSSINGS * (size_t)rs->rate_hz + UT_RATE_HZ - 1) / UT_RATE_HZ;
    rs->half = (rs->half + LANES / 2 - 1) / (LANES / 2) * (LANES / 2);
    size_t taps = 2 * rs->half, step = rs->rate_hz / UT_RATE_HZ + 1;
    rs->phase = malloc((phases + 1) * taps * sizeof rs->phase[0]);
    rs->input = calloc(taps + UT__RESAMPLE_CHUNK + step, sizeof rs->input[0]);
    if (!rs->phase || !rs->input)
        return UT_ENOMEM;
    /* Silence before the first sample, so that the first output is at its instant. */
    rs->filled = rs->next = rs->half - 1;
    design(rs);
    return 0;
}

int ut__resample_create(struct ut__resample **out, uint32_t rate_hz)
{
    if (rate_hz < UT_RATE_MIN_HZ || rate_hz > UT_RATE_MAX_HZ)
        return UT_EINVAL;
    struct ut__resample *rs = calloc(1, sizeof *rs);
    if (!rs)
        return UT_ENOMEM;
    rs->rate_hz = rate_hz;
    int err = rate_hz == UT_RATE_HZ ? 0 : prepare(rs);
    if (err) {
        ut__resample_destroy(rs);
        return err;
    }
    *out = rs;
    return 0;
}

void ut__resample_destroy(struct ut__resample *rs)
{
    if (!rs)
        return;
    free(rs->phase);
    free(rs->input);
    free(rs);
}

void ut__resample_reset(struct ut__resample *rs)
{
    if (!rs->input)
        return; /* At 8 kHz nothing is kept. */
    rs->filled = rs->next = rs->half - 1;
    memset(rs->input, 0, rs->filled * sizeof rs->input[0]);
    rs->part = 0;
}

size_t ut__resample_out_max(const struct ut__resample *rs)
{
    return (size_t)UT__RESAMPLE_CHUNK * UT_RATE_HZ / rs->rate_hz + 1;
}

/* Not a number counts as 0: one would silence the filter for its length. */
UT__CLONES static void sanitise(float *restrict out, const float *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = in[i];
        x = x > SAMPLE_MAX ? SAMPLE_MAX : x;
        x = x < -SAMPLE_MAX ? -SAMPLE_MAX : x;
        out[i] = fabsf(in[i]) <= 3.0e38f ? x : 0;
    }
}

UT__CLONES static float dot(const float *restrict x, const float *restrict tap, size_t taps)
{
    float sum[LANES] = {0};
    for (size_t i = 0; i < taps; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sum[k] += x[i + k] * tap[i + k];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static float sample_at(const struct ut__resample *rs)
{
    const float *x = rs->input + rs->next + 1 - rs->half;
    size_t taps = 2 * rs->half, scaled = rs->part * rs->phases, l = scaled / UT_RATE_HZ;
    float here = dot(x, rs->phase + l * taps, taps);
    if (rs->exact)
        return here;
    float share = (float)(scaled % UT_RATE_HZ) / UT_RATE_HZ;
    return here + share * (dot(x, rs->phase + (l + 1) * taps, taps) - here);
}

size_t ut__resample_push(struct ut__resample *rs, float *out, const float *in, size_t n)
{
    if (n > UT__RESAMPLE_CHUNK)
        n = UT__RESAMPLE_CHUNK;
    if (!rs->phase) {
        memcpy(out, in, n * sizeof out[0]);
        return n;
    }
    sanitise(rs->input + rs->filled, in, n);
    rs->filled += n;
    size_t written = 0;
    while (rs->next + rs->half < rs->filled) {
        out[written++] = sample_at(rs);
        rs->part += rs->rate_hz;
        rs->next += rs->part / UT_RATE_HZ;
        rs->part %= UT_RATE_HZ;
    }
    size_t gone = rs->next + 1 - rs->half;
    memmove(rs->input, rs->input + gone, (rs->filled - gone) * sizeof rs->input[0]);
    rs->filled -= gone;
    rs->next -= gone;
    return written;
}

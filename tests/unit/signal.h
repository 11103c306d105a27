/* SPDX-License-Identifier: MIT */
#ifndef UT_TESTS_SIGNAL_H
#define UT_TESTS_SIGNAL_H

/* Signals whose answers are known, for the tests of src/features. All at 8 kHz. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/features.h>

enum { SIGNAL_MAX = 10 * UT_RATE_HZ };

/** A generator of its own, so that every machine draws the same numbers. */
static inline uint32_t signal_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state;
}

/** About normal, mean 0, deviation 1: the sum of twelve uniform numbers less six. */
static inline float signal_normal(uint32_t *state)
{
    float sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (float)(signal_random(state) >> 8) / 16777216.0f;
    return sum;
}

/**
 * A voice-like tone of known F0: the harmonics inside 300-3400 Hz alone, as a telephone leaves
 * them, falling by 6 dB an octave, with formants at 500, 1500 and 2500 Hz. f0_hz: [n], one per
 * sample.
 */
static inline void signal_voice(float *out, const float *f0_hz, size_t n)
{
    double phase = 0;
    for (size_t i = 0; i < n; i++) {
        phase += (double)f0_hz[i] / UT_RATE_HZ;
        double sum = 0;
        for (int h = 1; (float)h * f0_hz[i] < 3400; h++) {
            double hz = h * (double)f0_hz[i];
            if (hz < 300)
                continue;
            double gain = 0;
            for (int k = 0; k < 3; k++) {
                double d = (hz - 500 - 1000 * k) / 150;
                gain += 1 / (1 + d * d);
            }
            sum += gain / h * sin(6.283185307179586 * h * phase + 0.7 * h * h);
        }
        out[i] = (float)(0.3 * sum);
    }
}

static inline float signal_rms(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return (float)sqrt(sum / (double)n);
}

/** Adds white noise so that the ratio of the whole to it is snr_db. */
static inline void signal_add_noise(float *x, size_t n, float snr_db, uint32_t seed)
{
    float rms = signal_rms(x, n) * powf(10, -snr_db / 20);
    for (size_t i = 0; i < n; i++)
        x[i] += rms * signal_normal(&seed);
}

/** Through mu-law and back (ITU-T G.711 by its formula rather than its segments). */
static inline float signal_ulaw(float x)
{
    float y = copysignf(log1pf(255 * fminf(fabsf(x), 1)) / logf(256), x);
    float q = roundf(y * 127.5f) / 127.5f;
    return copysignf((powf(256, fabsf(q)) - 1) / 255, q);
}

/** Runs whole hops of x through an extractor; returns the frames, of which out takes all. */
static inline size_t signal_frames(struct ut_frame *out, const float *x, size_t n)
{
    struct ut_analysis *an;
    struct ut_features *fx;
    size_t frames = 0;
    if (ut_analysis_create(&an))
        abort();
    if (ut_features_create(&fx, an))
        abort();
    for (size_t at = 0; at + UT_HOP_SAMPLES <= n; at += UT_HOP_SAMPLES)
        frames += (size_t)ut_features_push(fx, x + at, 0, &out[frames]);
    while (ut_features_flush(fx, &out[frames]))
        frames++;
    ut_features_destroy(fx);
    ut_analysis_destroy(an);
    return frames;
}

#endif

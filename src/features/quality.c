/* SPDX-License-Identifier: MIT */
/* Period marks by waveform matching; jitter, shimmer and harmonicity from them. */

#include "features/quality.h"

#include <math.h>

#include "dsp/vector.h"

/* A cycle may differ from the tracked period by this share. */
enum { SPREAD_MAX = 16 };
#define SEARCH_SHARE 0.08f
#define TINY         1e-9f

struct cycle {
    float period;      /* To the next cycle, in samples. */
    float correlation; /* With the next cycle, 0..1. */
    float energy;
};

/* Where the cycle that starts at `from` comes again. low >= 2, high - low <= 2 * SPREAD_MAX. */
static struct cycle match(const float *from, size_t length, size_t low, size_t high)
{
    if (high < low)
        return (struct cycle){0};
    float r[2 * SPREAD_MAX + 3] = {0}, energy[2 * SPREAD_MAX + 3];
    float own = ut__vec_dot(from, from, length) + TINY;
    float other = ut__vec_dot(from + low - 1, from + low - 1, length) + TINY;
    size_t n = high - low + 3, best = 1;
    /* Where rounding has eaten what is left of the energy, this is what counts. */
    const float floor = own * 1e-4f + TINY;
    for (size_t i = 0; i < n; i++) {
        const float *to = from + low - 1 + i;
        r[i] = ut__vec_dot(from, to, length);
        energy[i] = own * (other > floor ? other : floor);
        other += to[length] * to[length] - to[0] * to[0];
    }
    for (size_t i = 0; i < n; i++)
        r[i] /= sqrtf(energy[i]);
    for (size_t i = 1; i + 1 < n; i++)
        best = r[i] > r[best] ? i : best;
    float a = r[best - 1], b = r[best], c = r[best + 1];
    float bend = a - 2 * b + c;
    float shift = bend < -1e-6f ? 0.5f * (a - c) / bend : 0;
    shift = shift < -0.5f ? -0.5f : shift > 0.5f ? 0.5f : shift;
    return (struct cycle){.period = (float)(low - 1 + best) + shift,
                          .correlation = b - 0.25f * (a - c) * shift,
                          .energy = own};
}

/*
 * The strongest sample of a cycle. Windows that begin shortly before it hold one pulse and its
 * ring; begun anywhere, they would hold parts of two, and the differences between cycles would be
 * averaged away.
 */
static const float *pulse_in(const float *from, size_t period)
{
    const float *best = from;
    for (size_t i = 1; i < period; i++)
        best = fabsf(from[i]) > fabsf(*best) ? from + i : best;
    return best;
}

static void summarise(const struct cycle *cycle, size_t n, struct ut_frame *f)
{
    float r = 0, period = 0, jitter = 0, shimmer = 0;
    for (size_t i = 0; i < n; i++) {
        r += cycle[i].correlation;
        period += cycle[i].period;
        if (i) {
            jitter += fabsf(cycle[i].period - cycle[i - 1].period);
            shimmer += fabsf(ut__db(cycle[i].energy) - ut__db(cycle[i - 1].energy));
        }
    }
    r = fmaxf(0.0909f, fminf(0.9999f, r / (float)n)); /* -10..40 dB. */
    f->hnr_db = fmaxf(-10, fminf(40, 10 * log10f(r / (1 - r))));
    if (n > 1) {
        f->f0_jitter = fminf(0.5f, jitter / (float)(n - 1) / (period / (float)n));
        f->shimmer_db = fminf(6, shimmer / (float)(n - 1));
    }
}

void ut__quality(const float *middle, struct ut_frame *f)
{
    f->hnr_db = f->f0_jitter = f->shimmer_db = 0;
    if (!f->voiced)
        return;
    size_t period = (size_t)((float)UT_RATE_HZ / f->f0_hz + 0.5f);
    size_t spread = (size_t)(SEARCH_SHARE * (float)period) + 1;
    spread = spread > SPREAD_MAX ? SPREAD_MAX : spread;
    size_t low = period - spread, high = period + spread;
    struct cycle cycle[UT__QUALITY_CYCLES];
    size_t n = 0;
    /* Start so that the cycles lie around the middle. */
    size_t reach = UT__QUALITY_REACH - UT__QUALITY_PERIOD_MAX / 4 - 4;
    size_t count = 2 * reach / period;
    count = count > UT__QUALITY_CYCLES + 1 ? UT__QUALITY_CYCLES + 1 : count;
    const float *from = pulse_in(middle - count * period / 2, period) - period / 4;
    const float *end = middle + UT__QUALITY_REACH;
    while (n < UT__QUALITY_CYCLES && from + period + high + 1 < end) {
        cycle[n] = match(from, period, low, high);
        from += (size_t)(cycle[n].period + 0.5f);
        n++;
    }
    if (n)
        summarise(cycle, n, f);
}

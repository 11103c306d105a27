/* SPDX-License-Identifier: MIT */
/* Period marks by waveform matching; jitter, shimmer and harmonicity from them. */

#include "features/quality.h"

#include <math.h>

#include "base/clones.h"
#include "dsp/lanes.h"

/* A cycle may differ from the tracked period by this share. */
enum {
    SPREAD_MAX = 16,
    BESIDE = 3, /* Lags on either side that interpolation needs. */
    STEPS = 8,  /* Of a lag. */
    TAPS = 2 * BESIDE + 2,
    LAGS_MAX = 2 * (SPREAD_MAX + BESIDE) + 3 + 3, /* By fours. */
    CYCLE_MAX = UT__QUALITY_PERIOD_MAX + 8
};
_Static_assert(3 + 7 + BESIDE < UT__QUALITY_SLACK, "what fours and eights overrun");
#define SEARCH_SHARE 0.08f
/* Praat's largest amplitude factor, 1.6: what differs more is where a sound begins or ends. */
#define SHIMMER_MOST_DB 4.08f
#define TINY            1e-9f

struct cycle {
    float period;      /* To the next cycle, in samples. */
    float correlation; /* With the next cycle, 0..1. */
    float energy_db;
};

/* Energy of a stretch. */
UT__INLINE float energy_of(const float *x, size_t length)
{
    float lane[8] = {0}, rest = 0;
    ut__eight sum = {0}, part;
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        ut__load8(&part, x + i);
        sum += part * part;
    }
    for (; i < length; i++)
        rest += x[i] * x[i];
    ut__store8(lane, &sum);
    return ut__lane_sum(lane) + rest;
}

/* Correlations of a cycle, zeros behind it, with what follows at n lags; four at a time. */
UT__INLINE void correlate(float *r, const float *cycle, size_t eights, const float *to, size_t n)
{
    for (size_t lag = 0; lag < n; lag += 4) {
        ut__eight sum[4] = {{0}}, own, other;
        float lane[8];
        for (size_t i = 0; i < eights; i++) {
            ut__load8(&own, cycle + 8 * i);
            for (size_t k = 0; k < 4; k++) {
                ut__load8(&other, to + lag + k + 8 * i);
                sum[k] += own * other;
            }
        }
        for (size_t k = 0; k < 4; k++) {
            ut__store8(lane, &sum[k]);
            r[lag + k] = ut__lane_sum(lane);
        }
    }
}

/* Makes the correlations those of vectors of length 1. */
UT__INLINE void normalise(float *r, float own, const float *to, size_t length, size_t n)
{
    float energy[LAGS_MAX], change[LAGS_MAX];
    /* Where rounding has eaten what is left of the energy, this is what counts. */
    const float floor = own * 1e-4f + TINY;
    float other = energy_of(to, length) + TINY;
    for (size_t i = 0; i < n; i++)
        change[i] = to[length + i] * to[length + i] - to[i] * to[i];
    for (size_t i = 0; i < n; i++) {
        energy[i] = other;
        other += change[i];
    }
    for (size_t i = 0; i < n; i++)
        r[i] /= sqrtf(own * (energy[i] > floor ? energy[i] : floor));
}

/*
 * Hann-windowed sinc at k / STEPS after the fourth of eight taps. The correlation of short cycles
 * bends so sharply that a parabola through whole lags misses its top: at 280 Hz by what looks like
 * noise 22 dB down.
 */
static const float between[STEPS + 1][TAPS] = {
    {0, 0, 0, 1.0000000f, 0, 0, 0, 0},
    {-0.0044240f, 0.0258523f, -0.0884838f, 0.9721491f, 0.1234136f, -0.0356671f, 0.0077453f,
     -0.0000757f},
    {-0.0058358f, 0.0402596f, -0.1400505f, 0.8916667f, 0.2748170f, -0.0768542f, 0.0181876f,
     -0.0005766f},
    {-0.0051444f, 0.0439396f, -0.1573485f, 0.7673293f, 0.4427483f, -0.1167529f, 0.0296098f,
     -0.0017466f},
    {-0.0034614f, 0.0392996f, -0.1467073f, 0.6123899f, 0.6123899f, -0.1467073f, 0.0392996f,
     -0.0034614f},
    {-0.0017466f, 0.0296098f, -0.1167529f, 0.4427483f, 0.7673293f, -0.1573485f, 0.0439396f,
     -0.0051444f},
    {-0.0005766f, 0.0181876f, -0.0768542f, 0.2748170f, 0.8916667f, -0.1400505f, 0.0402596f,
     -0.0058358f},
    {-0.0000757f, 0.0077453f, -0.0356671f, 0.1234136f, 0.9721491f, -0.0884838f, 0.0258523f,
     -0.0044240f},
    {0, 0, 0, 0, 1.0000000f, 0, 0, 0},
};

/* Value at so many steps after x[-1]; 0..2 * STEPS. */
UT__INLINE float value_at(const float *x, int steps)
{
    int before = steps < STEPS; /* The lag before the middle is the one to start from. */
    const float *tap = between[before ? steps : steps - STEPS], *at = x - BESIDE - before;
    float lane[8];
    for (int i = 0; i < TAPS; i++)
        lane[i] = tap[i] * at[i];
    return ut__lane_sum(lane);
}

/* The top of r around its highest whole lag; returns it, and how far from that lag it lies. */
UT__INLINE float top_of(const float *r, float *shift)
{
    float fine[2 * STEPS + 1];
    for (int k = 0; k <= 2 * STEPS; k++)
        fine[k] = value_at(r, k);
    int best = 1;
    for (int k = 2; k < 2 * STEPS; k++)
        best = fine[k] > fine[best] ? k : best;
    float a = fine[best - 1], b = fine[best], c = fine[best + 1];
    float bend = a - 2 * b + c, off = bend < -1e-7f ? 0.5f * (a - c) / bend : 0;
    off = off < -0.5f ? -0.5f : off > 0.5f ? 0.5f : off;
    *shift = ((float)(best - STEPS) + off) / STEPS;
    return b - 0.25f * (a - c) * off;
}

/* Where the cycle that starts at `from` comes again. low >= 2 + BESIDE, high - low <= 2 *
 * SPREAD_MAX. */
UT__CLONES static void match(struct cycle *restrict out, const float *restrict from, size_t length,
                             size_t low, size_t high)
{
    float r[LAGS_MAX] = {0}, cycle[CYCLE_MAX];
    const float *to = from + low - 1 - BESIDE;
    size_t n = high - low + 3 + 2 * BESIDE, eights = (length + 7) / 8, best = 1 + BESIDE;
    float own = energy_of(from, length) + TINY;
    for (size_t i = 0; i < length; i++)
        cycle[i] = from[i];
    for (size_t i = length; i < 8 * eights; i++)
        cycle[i] = 0;
    correlate(r, cycle, eights, to, n);
    normalise(r, own, to, length, n);
    for (size_t i = 2 + BESIDE; i + 1 + BESIDE < n; i++)
        best = r[i] > r[best] ? i : best;
    float shift, top = top_of(r + best, &shift);
    out->period = (float)(low - 1 - BESIDE + best) + shift;
    out->correlation = top;
    out->energy_db = ut__log_db(own);
}

/*
 * The strongest sample of a cycle. Windows that begin shortly before it hold one pulse and its
 * ring; begun anywhere, they would hold parts of two, and the differences between cycles would be
 * averaged away.
 */
UT__CLONES static size_t pulse_in(const float *from, size_t period)
{
    float lane[8] = {0}, height[CYCLE_MAX];
    for (size_t i = 0; i < period; i++)
        height[i] = fabsf(from[i]);
    for (size_t i = 0; i + 8 <= period; i += 8)
        for (size_t k = 0; k < 8; k++)
            lane[k] = height[i + k] > lane[k] ? height[i + k] : lane[k];
    float top = ut__lane_max(lane);
    for (size_t i = period / 8 * 8; i < period; i++)
        top = height[i] > top ? height[i] : top;
    size_t at = 0;
    while (at + 1 < period && height[at] < top)
        at++;
    return at;
}

static void summarise(const struct cycle *cycle, size_t n, struct ut_frame *f)
{
    float r = 0, period = 0, jitter = 0, shimmer = 0;
    for (size_t i = 0; i < n; i++) {
        r += cycle[i].correlation;
        period += cycle[i].period;
        if (i) {
            jitter += fabsf(cycle[i].period - cycle[i - 1].period);
            shimmer += fminf(SHIMMER_MOST_DB, fabsf(cycle[i].energy_db - cycle[i - 1].energy_db));
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
    const float *from = middle - count * period / 2;
    from = from + pulse_in(from, period) - period / 4;
    const float *end = middle + UT__QUALITY_REACH;
    while (n < UT__QUALITY_CYCLES && from + period + high + 1 < end) {
        match(&cycle[n], from, period, low, high);
        from += (size_t)(cycle[n].period + 0.5f);
        n++;
    }
    if (n)
        summarise(cycle, n, f);
}

/* SPDX-License-Identifier: MIT */
/*
 *     window -> FFT -> magnitudes / envelope, less noise -> inverse FFT -> peaks -> cells
 */

#include "features/periodicity.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/vector.h"

enum {
    BLOCK = UT__PERIOD_BLOCK,
    BLOCKS = UT__PERIOD_BLOCKS,
    LAGS_PADDED = (UT__PERIOD_LAGS + 7) / 8 * 8,
    BAND_FIRST = 1, /* Blocks of the telephone band: 250-3500 Hz. */
    BAND_LAST = 13
};
_Static_assert(UT__PERIOD_TAPS == 8, "at_lag takes eight");
#define PI 3.141592653589793
/* Envelope below this share of its peak counts as absent: band limits, codec noise. */
#define ENVELOPE_FLOOR 0.01f
#define NOISE_RISE     1.005f /* Of the floor per 10 ms: 4 dB/s. */
/* A recording may begin in the middle of a word: its first window counts as 15 dB over the noise.
 */
#define NOISE_FIRST  0.18f
#define NOISE_SMOOTH 0.3f
#define NOISE_OVER                                                                                 \
    1.5f /* The minimum lies below the mean of the noise by about this, in power.                  \
          */
#define TINY 1e-9f
/* Low peaks are noise, and there are many. */
#define PEAK_MIN 0.05f

static void make_window(struct ut__period_tables *tables)
{
    double energy = 0;
    for (size_t i = 0; i < UT__PERIOD_WINDOW; i++) {
        double w = 0.5 - 0.5 * cos(2 * PI * ((double)i + 0.5) / UT__PERIOD_WINDOW);
        tables->window[i] = (float)w;
        energy += w * w;
    }
    for (size_t lag = 0; lag < UT__PERIOD_LAGS; lag++) {
        double sum = 0;
        for (size_t i = 0; i + lag < UT__PERIOD_WINDOW; i++)
            sum += (double)tables->window[i] * (double)tables->window[i + lag];
        tables->lag_gain[lag] = (float)(energy / sum);
    }
    for (size_t i = 0; i < UT__PERIOD_WINDOW; i++)
        tables->window[i] /= (float)sqrt(energy);
}

static void make_interpolator(struct ut__period_tables *tables)
{
    for (size_t step = 0; step < UT__PERIOD_STEPS; step++)
        for (size_t tap = 0; tap < UT__PERIOD_TAPS; tap++) {
            double x = (double)tap - (UT__PERIOD_TAPS / 2 - 1) - (double)step / UT__PERIOD_STEPS;
            double sinc = fabs(x) < 1e-9 ? 1 : sin(PI * x) / (PI * x);
            double taper = 0.5 + 0.5 * cos(PI * x / (UT__PERIOD_TAPS / 2));
            tables->between[step][tap] = (float)(sinc * taper);
        }
}

int ut__period_tables_init(struct ut__period_tables *tables)
{
    memset(tables, 0, sizeof *tables);
    int err = ut_fft_create(&tables->fft, UT__PERIOD_FFT);
    if (err)
        return err;
    make_window(tables);
    make_interpolator(tables);
    for (size_t k = 0; k < UT__PERIOD_BINS; k++) {
        /* Full up to 1.2 kHz, then falling: the lower harmonics drift least with F0. */
        float hz = (float)k * (float)UT_RATE_HZ / UT__PERIOD_FFT;
        tables->band[k] =
            fminf(1, fmaxf(0, (hz - 50) / 50)) * fminf(1, fmaxf(0, (3600 - hz) / 2400));
    }
    for (size_t c = 0; c < UT__PERIOD_CELLS; c++)
        tables->centre[c] = (float)(UT__PERIOD_MIN * exp2((double)c / UT__PERIOD_PER_OCTAVE));
    for (size_t quarter = 0; quarter < 4 * UT__PERIOD_LAGS; quarter++) {
        double period = fmax(UT__PERIOD_MIN, (double)quarter / 4);
        double c = UT__PERIOD_PER_OCTAVE * log2(period / UT__PERIOD_MIN) + 0.5;
        tables->cell[quarter] = (uint8_t)fmin(c, UT__PERIOD_CELLS - 1);
    }
    for (size_t lag = UT__PERIOD_MAX + 1; lag + 1 >= UT__PERIOD_MIN; lag--)
        tables->first[tables->cell[4 * lag]] = (uint8_t)lag;
    tables->first[UT__PERIOD_CELLS] = UT__PERIOD_MAX + 2;
    for (size_t c = UT__PERIOD_CELLS; c-- > 0;)
        if (tables->first[c] == 0)
            tables->first[c] = tables->first[c + 1];
    return 0;
}

void ut__period_tables_destroy(struct ut__period_tables *tables)
{
    ut_fft_destroy(tables->fft);
    tables->fft = NULL;
}

/* Envelope by blocks, each the mean of itself and its neighbours: 750 Hz, wider than F0. */
static float envelope_of(float *envelope, const float *magnitude)
{
    float block[BLOCKS + 2], top = 0;
    for (size_t b = 0; b < BLOCKS; b++)
        block[b + 1] = ut__vec_sum(magnitude + b * BLOCK, BLOCK);
    block[0] = block[2];
    block[BLOCKS + 1] = block[BLOCKS - 1];
    for (size_t b = 0; b < BLOCKS; b++) {
        envelope[b] = (block[b] + block[b + 1] + block[b + 2]) / (3 * BLOCK);
        top = envelope[b] > top ? envelope[b] : top;
    }
    return top;
}

/* Follows the lower edge of the envelope; returns the band's power over that of the noise, in dB.
 */
static float track_noise(struct ut__period_noise *noise, const float *envelope)
{
    float signal = TINY, floor = TINY;
    for (size_t b = 0; b < BLOCKS; b++) {
        float *smooth = &noise->smooth[b], *low = &noise->floor[b];
        *smooth = noise->begun ? *smooth + NOISE_SMOOTH * (envelope[b] - *smooth) : envelope[b];
        float risen = noise->begun ? *low * NOISE_RISE + TINY : *smooth * NOISE_FIRST;
        *low = *smooth < risen ? *smooth : risen;
        if (b >= BAND_FIRST && b <= BAND_LAST) {
            signal += envelope[b] * envelope[b];
            floor += *low * *low;
        }
    }
    noise->begun = 1;
    return ut__db(signal) - ut__db(floor);
}

/*
 * What each bin is multiplied with: its band's weight over the envelope there, less where the
 * envelope is noise. Linear from the middle of one block to the next.
 */
UT__CLONES static void flatten(float *restrict magnitude, const float *restrict weight,
                               const float *restrict band)
{
    for (size_t i = 0; i < BLOCK / 2; i++)
        magnitude[i] *= band[i] * weight[0];
    for (size_t b = 0; b + 1 < BLOCKS; b++) {
        float step = (weight[b + 1] - weight[b]) / BLOCK;
        float *m = magnitude + BLOCK / 2 + b * BLOCK;
        const float *w = band + BLOCK / 2 + b * BLOCK;
        for (size_t i = 0; i < BLOCK; i++)
            m[i] *= w[i] * (weight[b] + step * ((float)i + 0.5f));
    }
    for (size_t k = UT__PERIOD_BINS - 1 - BLOCK / 2; k < UT__PERIOD_BINS; k++)
        magnitude[k] *= band[k] * weight[BLOCKS - 1];
}

static void weigh(float *weight, const float *envelope, const struct ut__period_noise *noise,
                  float top)
{
    for (size_t b = 0; b < BLOCKS; b++) {
        float e = envelope[b], n = noise->floor[b], f = top * ENVELOPE_FLOOR;
        weight[b] = e / (e * e + NOISE_OVER * n * n + f * f + TINY * TINY);
    }
}

/* The autocorrelation between two lags. */
static float at_lag(const struct ut__period_tables *tables, const float *r, float lag)
{
    size_t sixteenths = (size_t)(lag * UT__PERIOD_STEPS + 0.5f);
    const float *tap = r + sixteenths / UT__PERIOD_STEPS - (UT__PERIOD_TAPS / 2 - 1);
    const float *w = tables->between[sixteenths % UT__PERIOD_STEPS];
    return ut__vec_dot8(tap, w);
}

/*
 * Place of the peak at a local maximum, by a parabola. Its height would come out too low between
 * lags for peaks this sharp and favour octaves that fall on whole lags, so that is interpolated.
 */
static float refine(const float *r, size_t lag)
{
    float a = r[lag - 1], b = r[lag], c = r[lag + 1];
    float bend = a - 2 * b + c;
    return (float)lag + (bend < 0 ? 0.5f * (a - c) / bend : 0);
}

/* 1 at each lag that is a local maximum. */
UT__CLONES static void mark_peaks(uint8_t *restrict mark, const float *restrict r)
{
    for (size_t lag = UT__PERIOD_MIN - 1; lag <= UT__PERIOD_MAX + 1; lag++)
        mark[lag] =
            (uint8_t)((r[lag] >= PEAK_MIN) & (r[lag] >= r[lag - 1]) & (r[lag] > r[lag + 1]));
}

/* Gathers the marked lags without branches, as half of them are not foreseeable. */
static size_t find_peaks(uint8_t *peak, const float *r)
{
    uint8_t mark[UT__PERIOD_LAGS];
    size_t n = 0;
    mark_peaks(mark, r);
    for (size_t lag = UT__PERIOD_MIN - 1; lag <= UT__PERIOD_MAX + 1; lag++) {
        peak[n] = (uint8_t)lag;
        n += mark[lag];
    }
    return n;
}

static void fill_cells(struct ut__periodicity *out, const struct ut__period_tables *tables,
                       const float *r)
{
    uint8_t peak[UT__PERIOD_LAGS];
    size_t n = find_peaks(peak, r);
    memset(out->period, 0, sizeof out->period);
    for (size_t c = 0; c < UT__PERIOD_CELLS; c++) {
        float top = at_lag(tables, r, tables->centre[c]);
        for (size_t lag = tables->first[c]; lag < tables->first[c + 1]; lag++)
            top = r[lag] > top ? r[lag] : top;
        out->height[c] = top < 1 ? top : 1;
    }
    for (size_t i = 0; i < n; i++) {
        float period = refine(r, peak[i]), height = at_lag(tables, r, period);
        size_t c = tables->cell[(size_t)(4 * period + 0.5f)];
        height = height < 1 ? height : 1;
        if (height >= out->height[c]) {
            out->height[c] = height;
            out->period[c] = period;
        }
    }
}

void ut__periodicity(struct ut__periodicity *out, struct ut__period_noise *noise,
                     const struct ut__period_tables *tables, const float *samples)
{
    _Alignas(64) float work[UT__PERIOD_FFT];
    _Alignas(64) float magnitude[UT__PERIOD_BINS];
    float envelope[BLOCKS], weight[BLOCKS];

    ut__vec_multiply(work, samples, tables->window, UT__PERIOD_WINDOW);
    memset(work + UT__PERIOD_WINDOW, 0, sizeof work - UT__PERIOD_WINDOW * sizeof work[0]);
    ut_fft_power(tables->fft, work, magnitude);
    float power = ut__vec_sum(magnitude + BAND_FIRST * BLOCK, (BAND_LAST - BAND_FIRST + 1) * BLOCK);
    out->level_db = ut__db(power * (2.0f / UT__PERIOD_FFT));
    ut__vec_sqrt(magnitude, magnitude, UT__PERIOD_BINS);

    float top = envelope_of(envelope, magnitude);
    out->snr_db = track_noise(noise, envelope);
    ut__vec_multiply(out->block_db, envelope, envelope, BLOCKS);
    ut__vec_db(out->block_db, out->block_db, BLOCKS);
    weigh(weight, envelope, noise, top);
    flatten(magnitude, weight, tables->band);

    ut__vec_compress(magnitude, magnitude, UT__PERIOD_BINS);
    ut_fft_cosine(tables->fft, magnitude, work, LAGS_PADDED);
    float norm = 1 / (work[0] + TINY);
    for (size_t lag = 0; lag < UT__PERIOD_LAGS; lag++)
        work[lag] *= norm * tables->lag_gain[lag];
    fill_cells(out, tables, work);
}

/* SPDX-License-Identifier: MIT */
/*
 *     window -> FFT -> magnitudes / envelope, less noise -> inverse FFT -> peaks -> cells
 */

#include "features/periodicity.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/lanes.h"
#include "dsp/vector.h"

enum {
    BLOCK = UT__PERIOD_BLOCK,
    BLOCKS = UT__PERIOD_BLOCKS,
    LAGS = UT__PERIOD_LAGS,
    LAG_FIRST = UT__PERIOD_MIN - 1, /* Of those that may be peaks. */
    LAG_LAST = UT__PERIOD_MAX + 1,
    BEFORE = UT__PERIOD_TAPS / 2 - 1, /* Taps of the interpolator before the lag. */
    WORD = 64
};
_Static_assert(UT__PERIOD_TAPS == 8, "ut__dot8 takes eight");
_Static_assert(LAG_LAST - LAG_FIRST < 2 * WORD, "two words of peaks");
_Static_assert(BLOCKS == 16, "sums over the blocks take eight twice");
/* Blocks of the telephone band: 250-3500 Hz. */
static const float in_band[BLOCKS] = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
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
/* Multiples of a clear short period are as high as that. */
#define SHORT_LEAST 0.65f

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

static size_t cell_of(double period)
{
    double c = UT__PERIOD_PER_OCTAVE * log2(fmax(UT__PERIOD_MIN, period) / UT__PERIOD_MIN) + 0.5;
    return (size_t)fmin(c, UT__PERIOD_CELLS - 1);
}

/* The runs that cover the `count` whole lags from `first` on. */
static void choose_runs(uint16_t *run, size_t first, size_t count)
{
    size_t level = count >= 4 ? 2 : count >= 2 ? 1 : 0;
    size_t begin = level * LAGS + first;
    run[0] = (uint16_t)(count ? begin : UT__PERIOD_NO_LAG);
    run[1] = (uint16_t)(count ? begin + count - ((size_t)1 << level) : UT__PERIOD_NO_LAG);
}

static void make_cells(struct ut__period_tables *tables)
{
    size_t first[UT__PERIOD_CELLS], count[UT__PERIOD_CELLS] = {0};
    for (size_t quarter = 0; quarter < 4 * LAGS; quarter++)
        tables->cell[quarter] = (uint8_t)cell_of((double)quarter / 4);
    for (size_t lag = LAG_FIRST; lag <= LAG_LAST; lag++) {
        size_t c = tables->cell[4 * lag];
        if (count[c]++ == 0)
            first[c] = lag;
    }
    for (size_t c = 0; c < UT__PERIOD_CELLS; c++) {
        choose_runs(tables->run[c], count[c] ? first[c] : 0, count[c]);
        tables->centre[c] = (float)(UT__PERIOD_MIN * exp2((double)c / UT__PERIOD_PER_OCTAVE));
        size_t at = (size_t)(tables->centre[c] * UT__PERIOD_STEPS + 0.5f);
        tables->centre_from[c] = (uint8_t)(at / UT__PERIOD_STEPS - BEFORE);
        memcpy(tables->centre_taps[c], tables->between[at % UT__PERIOD_STEPS],
               sizeof tables->centre_taps[c]);
    }
}

int ut__period_tables_init(struct ut__period_tables *tables)
{
    memset(tables, 0, sizeof *tables);
    int err = ut__fft_create(&tables->fft, UT__PERIOD_FFT);
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
    make_cells(tables);
    return 0;
}

void ut__period_tables_destroy(struct ut__period_tables *tables)
{
    ut__fft_destroy(tables->fft);
    tables->fft = NULL;
}

/* Sum over the blocks. */
UT__INLINE float sum_of(const float *x)
{
    float half[BLOCKS / 2];
    for (size_t b = 0; b < BLOCKS / 2; b++)
        half[b] = x[b] + x[b + BLOCKS / 2];
    return ut__lane_sum(half);
}

/*
 * Magnitudes, and their envelope by blocks, each the mean of itself and its neighbours: 750 Hz,
 * wider than F0. Returns the power in the telephone band.
 */
UT__CLONES static float envelope_of(float *restrict magnitude, float *restrict envelope,
                                    const float *restrict power)
{
    float block[BLOCKS + 2], band[BLOCKS];
    for (size_t k = 0; k < UT__PERIOD_BINS - 1; k++)
        magnitude[k] = sqrtf(power[k]);
    magnitude[UT__PERIOD_BINS - 1] = sqrtf(power[UT__PERIOD_BINS - 1]);
    for (size_t b = 0; b < BLOCKS; b++) {
        float lane[BLOCK / 2], square[BLOCK / 2];
        for (size_t i = 0; i < BLOCK / 2; i++) {
            lane[i] = magnitude[b * BLOCK + i] + magnitude[b * BLOCK + BLOCK / 2 + i];
            square[i] = power[b * BLOCK + i] + power[b * BLOCK + BLOCK / 2 + i];
        }
        block[b + 1] = ut__lane_sum(lane);
        band[b] = ut__lane_sum(square) * in_band[b];
    }
    block[0] = block[2];
    block[BLOCKS + 1] = block[BLOCKS - 1];
    for (size_t b = 0; b < BLOCKS; b++)
        envelope[b] = (block[b] + block[b + 1] + block[b + 2]) * (1.0f / (3 * BLOCK));
    return sum_of(band);
}

/*
 * Follows the lower edge of the envelope; gives its squares in dB, and returns the band's power
 * over that of the noise, in dB.
 */
UT__CLONES static float track_noise(struct ut__period_noise *restrict noise,
                                    float *restrict block_db, const float *restrict envelope,
                                    int silent)
{
    float signal[BLOCKS], under[BLOCKS];
    if (!noise->begun && !silent)
        for (size_t b = 0; b < BLOCKS; b++) {
            noise->smooth[b] = envelope[b];
            noise->floor[b] = (envelope[b] * NOISE_FIRST - TINY) / NOISE_RISE;
        }
    noise->begun |= (uint32_t)!silent;
    float hold = silent ? 1 : 0, go = 1 - hold;
    for (size_t b = 0; b < BLOCKS; b++) {
        float smooth = noise->smooth[b] + NOISE_SMOOTH * (envelope[b] - noise->smooth[b]);
        float risen = noise->floor[b] * NOISE_RISE + TINY;
        float low = smooth < risen ? smooth : risen, square = envelope[b] * envelope[b];
        low = go * low + hold * noise->floor[b];
        noise->smooth[b] = go * smooth + hold * noise->smooth[b];
        noise->floor[b] = low;
        signal[b] = in_band[b] * square;
        under[b] = in_band[b] * low * low;
        block_db[b] = ut__log_db(square);
    }
    return ut__log_db(TINY + sum_of(signal)) - ut__log_db(TINY + sum_of(under));
}

/* Bins from..from + 15, the weight going from one block's to the next one's. */
UT__INLINE void flatten_block(float *out, const float *magnitude, const float *band, float weight,
                              float next)
{
    const ut__eight ramp = {0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f};
    float step = (next - weight) * (1.0f / BLOCK);
    for (size_t i = 0; i < BLOCK; i += 8) {
        ut__eight m, b;
        ut__load8(&m, magnitude + i);
        ut__load8(&b, band + i);
        m *= b * ((weight + step * (float)i) + step * ramp);
        ut__store8(out + i, &m);
    }
}

/*
 * The flattened and compressed spectrum: each bin is divided by the envelope there, less where the
 * envelope is noise; linear from the middle of one block to the next.
 */
UT__CLONES static void flatten(float *restrict out, const float *restrict magnitude,
                               const float *restrict band, const float *restrict envelope,
                               const float *restrict noise_floor)
{
    enum { EDGE = BLOCK / 2 };
    float weight[BLOCKS], top = ut__max(envelope, BLOCKS) * ENVELOPE_FLOOR;
    for (size_t b = 0; b < BLOCKS; b++) {
        float e = envelope[b], n = noise_floor[b];
        weight[b] = e / (e * e + NOISE_OVER * n * n + top * top + TINY * TINY);
    }
    for (size_t i = 0; i < EDGE; i++)
        out[i] = magnitude[i] * (band[i] * weight[0]);
    for (size_t b = 0; b + 1 < BLOCKS; b++) {
        size_t from = EDGE + b * BLOCK;
        flatten_block(out + from, magnitude + from, band + from, weight[b], weight[b + 1]);
    }
    for (size_t k = UT__PERIOD_BINS - 1 - EDGE; k < UT__PERIOD_BINS - 1; k++)
        out[k] = magnitude[k] * (band[k] * weight[BLOCKS - 1]);
    for (size_t k = 0; k < UT__PERIOD_BINS - 1; k++)
        out[k] *= sqrtf(out[k]);
    out[UT__PERIOD_BINS - 1] = 0; /* 4 kHz: no line carries it. */
}

/*
 * Place of the peak at a local maximum, by a parabola. Its height would come out too low between
 * lags for peaks this sharp and favour octaves that fall on whole lags, so that is interpolated.
 */
UT__INLINE float refine(const float *r, size_t lag)
{
    float a = r[lag - 1], b = r[lag], c = r[lag + 1];
    return (float)lag + 0.5f * (a - c) / (a - 2 * b + c);
}

/* One bit for each lag from LAG_FIRST on that is a local maximum. */
UT__INLINE void mark_peaks(uint64_t *word, const float *restrict r)
{
    uint8_t mark[2 * WORD] = {0};
    for (size_t i = 0; i <= LAG_LAST - LAG_FIRST; i++) {
        const float *at = r + LAG_FIRST + i;
        mark[i] = (uint8_t)((at[0] >= PEAK_MIN) & (at[0] >= at[-1]) & (at[0] > at[1]));
    }
    word[0] = ut__bits64(mark);
    word[1] = ut__bits64(mark + WORD);
}

/* The highest in each cell: of its whole lags, and in its middle. */
UT__INLINE void fill_heights(float *restrict height, const struct ut__period_tables *tables,
                             const float *restrict r)
{
    float top[UT__PERIOD_RUNS * LAGS + 1];
    for (size_t lag = 0; lag + 1 < LAGS; lag++) {
        top[lag] = r[lag];
        top[LAGS + lag] = r[lag] > r[lag + 1] ? r[lag] : r[lag + 1];
    }
    top[LAGS - 1] = top[2 * LAGS - 1] = r[LAGS - 1];
    for (size_t lag = 0; lag + 2 < LAGS; lag++) {
        float a = top[LAGS + lag], b = top[LAGS + lag + 2];
        top[2 * LAGS + lag] = a > b ? a : b;
    }
    top[UT__PERIOD_NO_LAG] = -1;
    for (size_t c = 0; c < UT__PERIOD_CELLS; c++) {
        float a = top[tables->run[c][0]], b = top[tables->run[c][1]];
        float middle = ut__dot8(r + tables->centre_from[c], tables->centre_taps[c]);
        a = a > b ? a : b;
        a = a > middle ? a : middle;
        height[c] = a < 1 ? a : 1;
    }
}

/* Takes a peak into its cell, when none is higher there; without branches, as none is foreseeable.
 */
UT__INLINE void take_peak(struct ut__periodicity *out, const struct ut__period_tables *tables,
                          const float *r, size_t lag)
{
    float period = refine(r, lag);
    size_t at = (size_t)(int)(period * UT__PERIOD_STEPS + 0.5f);
    float height =
        ut__dot8(r + at / UT__PERIOD_STEPS - BEFORE, tables->between[at % UT__PERIOD_STEPS]);
    size_t c = tables->cell[(size_t)(int)(4 * period + 0.5f)];
    height = height < 1 ? height : 1;
    out->period[c] = ut__choose(height >= out->height[c], period, out->period[c]);
    out->height[c] = height >= out->height[c] ? height : out->height[c];
}

/* The highest peak of a period shorter than those searched. */
UT__INLINE void find_short(struct ut__periodicity *out, const struct ut__period_tables *tables,
                           const float *r)
{
    out->short_height = out->short_period = 0;
    if (out->top < SHORT_LEAST)
        return;
    for (size_t lag = UT__PERIOD_SHORT; lag <= UT__PERIOD_MIN; lag++) {
        if (r[lag] <= out->short_height || r[lag] < r[lag - 1] || r[lag] <= r[lag + 1])
            continue;
        out->short_period = refine(r, lag);
        size_t at = (size_t)(out->short_period * UT__PERIOD_STEPS + 0.5f);
        out->short_height =
            ut__dot8(r + at / UT__PERIOD_STEPS - BEFORE, tables->between[at % UT__PERIOD_STEPS]);
    }
}

UT__CLONES static void fill_cells(struct ut__periodicity *restrict out,
                                  const struct ut__period_tables *tables, float *restrict r)
{
    uint64_t word[2];
    float norm = 1 / (r[0] + TINY);
    for (size_t lag = 0; lag < LAGS; lag++)
        r[lag] *= norm * tables->lag_gain[lag];
    fill_heights(out->height, tables, r);
    memset(out->period, 0, sizeof out->period);
    mark_peaks(word, r);
    for (size_t w = 0; w < 2; w++)
        for (; word[w]; word[w] &= word[w] - 1)
            take_peak(out, tables, r, LAG_FIRST + w * WORD + (size_t)__builtin_ctzll(word[w]));
    out->top = ut__max(out->height, UT__PERIOD_CELLS);
    find_short(out, tables, r);
}

void ut__periodicity(struct ut__periodicity *out, struct ut__period_noise *noise,
                     const struct ut__period_tables *tables, const float *samples, int silent)
{
    _Alignas(64) float work[UT__PERIOD_FFT];
    _Alignas(64) float magnitude[UT__PERIOD_FFT];
    float envelope[BLOCKS];

    ut__vec_multiply(work, samples, tables->window, UT__PERIOD_WINDOW);
    memset(work + UT__PERIOD_WINDOW, 0, sizeof work - UT__PERIOD_WINDOW * sizeof work[0]);
    ut__fft_power(tables->fft, work, magnitude);
    float power = envelope_of(work, envelope, magnitude);
    out->level_db = ut__db(power * (2.0f / UT__PERIOD_FFT));
    out->snr_db = track_noise(noise, out->block_db, envelope, silent);
    flatten(magnitude, work, tables->band, envelope, noise->floor);
    ut__fft_cosine(tables->fft, magnitude, work, LAGS);
    fill_cells(out, tables, work);
}

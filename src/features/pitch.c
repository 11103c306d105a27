/* SPDX-License-Identifier: MIT */
/*
 *     window -> FFT -> magnitudes / envelope -> inverse FFT -> peaks -> path of fixed lag -> F0
 */

#include "features/pitch.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/vector.h"

/* Bins either side that make up the envelope: 380 Hz, more than the spacing of most harmonics. */
enum { ENVELOPE_BINS = 24 };
/* Envelope below this share of its peak counts as absent: band limits, codec noise. */
#define ENVELOPE_FLOOR 0.02f

/* Scores are in units of correlation, as in Boersma 1993. */
#define OCTAVE_COST       0.02f /* Per octave of period: prefers the shorter of equal peaks. */
#define JUMP_COST         0.40f /* Per octave of change from frame to frame. */
#define VOICE_COST        0.15f /* Voiced to unvoiced and back. */
#define VOICING_THRESHOLD 0.25f
#define SILENCE_DB        34.0f /* Below the loud parts by this much: not voiced. */
#define LOUD_FALL_DB      0.02f /* The memory of the loud parts falls by this a frame: 2 dB/s. */

int ut__pitch_tables_init(struct ut__pitch_tables *tables)
{
    memset(tables, 0, sizeof *tables);
    int err = ut_fft_create(&tables->fft, UT__PITCH_FFT);
    if (err)
        return err;
    double energy = 0;
    for (size_t i = 0; i < UT__PITCH_WINDOW; i++) {
        double w = 0.5 - 0.5 * cos(6.283185307179586 * ((double)i + 0.5) / UT__PITCH_WINDOW);
        tables->window[i] = (float)w;
        energy += w * w;
    }
    for (size_t lag = 0; lag < UT__PITCH_LAGS; lag++) {
        double sum = 0;
        for (size_t i = 0; i + lag < UT__PITCH_WINDOW; i++)
            sum += (double)tables->window[i] * (double)tables->window[i + lag];
        tables->lag_gain[lag] = (float)(energy / sum);
    }
    for (size_t i = 0; i < UT__PITCH_WINDOW; i++)
        tables->window[i] /= (float)sqrt(energy);
    for (size_t step = 0; step < UT__PITCH_STEPS; step++)
        for (size_t tap = 0; tap < UT__PITCH_TAPS; tap++) {
            double x = (double)tap - (UT__PITCH_TAPS / 2 - 1) - (double)step / UT__PITCH_STEPS;
            double sinc = fabs(x) < 1e-9 ? 1 : sin(3.141592653589793 * x) / (3.141592653589793 * x);
            double taper = 0.5 + 0.5 * cos(3.141592653589793 * x / (UT__PITCH_TAPS / 2));
            tables->between[step][tap] = (float)(sinc * taper);
        }
    for (size_t k = 0; k < UT__PITCH_BINS; k++) {
        float hz = (float)k * (float)UT_RATE_HZ / UT__PITCH_FFT;
        float up = fminf(1, fmaxf(0, (hz - 50) / 50));
        float down = fminf(1, fmaxf(0, (3600 - hz) / 2400));
        tables->band[k] = up * down;
    }
    return 0;
}

void ut__pitch_tables_destroy(struct ut__pitch_tables *tables)
{
    ut_fft_destroy(tables->fft);
    tables->fft = NULL;
}

/* Replaces magnitudes by their ratio to the envelope around them, weighted by band. */
static void flatten(float *magnitude, const float *band)
{
    float padded[UT__PITCH_BINS + 2 * ENVELOPE_BINS + 2], envelope[UT__PITCH_BINS];
    float sum = 0, top = 0;
    /* Running sums over a mirrored copy; the mirror keeps the edges from dropping. */
    for (size_t i = 0; i < UT__PITCH_BINS + 2 * ENVELOPE_BINS + 1; i++) {
        size_t k = i < ENVELOPE_BINS ? ENVELOPE_BINS - i : i - ENVELOPE_BINS;
        if (k >= UT__PITCH_BINS)
            k = 2 * (UT__PITCH_BINS - 1) - k;
        padded[i] = magnitude[k];
    }
    for (size_t i = 0; i < 2 * ENVELOPE_BINS; i++)
        sum += padded[i];
    for (size_t k = 0; k < UT__PITCH_BINS; k++) {
        sum += padded[k + 2 * ENVELOPE_BINS];
        envelope[k] = sum;
        top = sum > top ? sum : top;
        sum -= padded[k];
    }
    float floor = top * ENVELOPE_FLOOR + 1e-9f;
    for (size_t k = 0; k < UT__PITCH_BINS; k++)
        magnitude[k] = band[k] * magnitude[k] / (envelope[k] + floor);
}

/* The autocorrelation between two lags. */
static float at_lag(const struct ut__pitch_tables *tables, const float *r, float lag)
{
    size_t whole = (size_t)lag;
    size_t step = (size_t)((lag - (float)whole) * UT__PITCH_STEPS + 0.5f);
    if (step == UT__PITCH_STEPS) {
        whole++;
        step = 0;
    }
    const float *tap = r + whole - (UT__PITCH_TAPS / 2 - 1);
    float sum = 0;
    for (size_t i = 0; i < UT__PITCH_TAPS; i++)
        sum += tap[i] * tables->between[step][i];
    return sum;
}

/*
 * Place and height of the peak at a local maximum. A parabola finds the place well; its height is
 * too low between lags for peaks this sharp, which would favour octaves that fall on whole lags.
 */
static float refine(const struct ut__pitch_tables *tables, const float *r, size_t lag,
                    float *height)
{
    float a = r[lag - 1], b = r[lag], c = r[lag + 1];
    float bend = a - 2 * b + c;
    float shift = bend < 0 ? 0.5f * (a - c) / bend : 0;
    float place = (float)lag + fmaxf(-0.5f, fminf(0.5f, shift));
    *height = at_lag(tables, r, place);
    return place;
}

static void add_candidate(struct ut__pitch_frame *fr, float octave, float strength, float *value)
{
    float score = strength - OCTAVE_COST * octave;
    size_t at = fr->count;
    if (at == UT__PITCH_CANDIDATES) { /* Full: replace the weakest, if it is weaker. */
        at = 1;
        for (size_t i = 2; i < UT__PITCH_CANDIDATES; i++)
            at = value[i] < value[at] ? i : at;
        if (value[at] >= score)
            return;
    } else {
        fr->count++;
    }
    fr->octave[at] = octave;
    fr->strength[at] = strength;
    value[at] = score;
}

static void find_candidates(struct ut__pitch_frame *fr, const struct ut__pitch_tables *tables,
                            const float *r, float *value)
{
    fr->count = 1;
    for (size_t lag = UT__PITCH_PERIOD_MIN; lag <= UT__PITCH_PERIOD_MAX; lag++) {
        if (r[lag] < 0.1f || r[lag] < r[lag - 1] || r[lag] <= r[lag + 1])
            continue;
        float height, at = refine(tables, r, lag, &height);
        add_candidate(fr, log2f(at), fminf(1, height), value);
    }
}

static float silence_bonus(struct ut__pitch *p, float level_db)
{
    if (!p->pushed)
        p->loud_db = level_db;
    p->loud_db = fmaxf(level_db, p->loud_db - LOUD_FALL_DB);
    p->loud_db = fmaxf(p->loud_db, -60);
    float below = (p->loud_db - level_db) / SILENCE_DB;
    return fmaxf(0, below * below * below);
}

/* Viterbi step: for each candidate the best way to come to it. */
static void extend(struct ut__pitch_frame *now, const struct ut__pitch_frame *before)
{
    float local[UT__PITCH_CANDIDATES], best_of_all = -1e9f;
    memcpy(local, now->score, sizeof local);
    for (size_t i = 0; i < now->count; i++) {
        float best = -1e9f;
        for (size_t j = 0; j < before->count; j++) {
            float cost = 0;
            if ((i == 0) != (j == 0))
                cost = VOICE_COST;
            else if (i)
                cost = JUMP_COST * fabsf(now->octave[i] - before->octave[j]);
            if (before->score[j] - cost > best) {
                best = before->score[j] - cost;
                now->from[i] = (uint8_t)j;
            }
        }
        now->score[i] = local[i] + best;
        best_of_all = fmaxf(best_of_all, now->score[i]);
    }
    for (size_t i = 0; i < now->count; i++) /* Keeps the sums small for ever. */
        now->score[i] -= best_of_all;
}

static void decide(const struct ut__pitch *p, struct ut__pitch_result *out)
{
    memset(out, 0, sizeof *out);
    if (p->pushed <= UT__PITCH_LAG)
        return;
    uint64_t at = p->pushed - 1;
    const struct ut__pitch_frame *fr = &p->frame[at % (UT__PITCH_LAG + 1)];
    size_t i = 0;
    for (size_t j = 1; j < fr->count; j++)
        i = fr->score[j] > fr->score[i] ? j : i;
    for (size_t back = 0; back < UT__PITCH_LAG; back++) {
        i = fr->from[i];
        fr = &p->frame[--at % (UT__PITCH_LAG + 1)];
    }
    for (size_t j = 1; j < fr->count; j++)
        out->voicing = fmaxf(out->voicing, fr->strength[j]);
    if (i == 0)
        return;
    out->voiced = 1;
    out->f0_hz = fminf(500, fmaxf(60, UT_RATE_HZ / exp2f(fr->octave[i])));
    out->voicing = fmaxf(0, fr->strength[i]);
}

float ut__pitch_push(struct ut__pitch *p, const struct ut__pitch_tables *tables,
                     const float *samples, struct ut__pitch_result *out)
{
    _Alignas(64) float work[UT__PITCH_FFT] = {0};
    _Alignas(64) float freq[UT__PITCH_BINS + 1][2];
    float magnitude[UT__PITCH_BINS];
    ut__vec_multiply(work, samples, tables->window, UT__PITCH_WINDOW);
    float level_db = ut__db(ut__vec_dot(work, work, UT__PITCH_WINDOW));
    ut_fft_forward(tables->fft, work, freq);
    ut__vec_power(magnitude, (const float(*)[2])freq, UT__PITCH_BINS);
    ut__vec_sqrt(magnitude, magnitude, UT__PITCH_BINS);
    flatten(magnitude, tables->band);
    for (size_t k = 0; k < UT__PITCH_BINS; k++) {
        freq[k][0] = magnitude[k] * sqrtf(magnitude[k]);
        freq[k][1] = 0;
    }
    ut_fft_inverse(tables->fft, freq, work);
    float norm = 1 / (work[0] + 1e-20f);
    for (size_t lag = 0; lag < UT__PITCH_LAGS; lag++)
        work[lag] *= norm * tables->lag_gain[lag];

    struct ut__pitch_frame *fr = &p->frame[p->pushed % (UT__PITCH_LAG + 1)];
    const struct ut__pitch_frame *before =
        &p->frame[(p->pushed + UT__PITCH_LAG) % (UT__PITCH_LAG + 1)];
    find_candidates(fr, tables, work, fr->score);
    float best = 0;
    for (size_t i = 1; i < fr->count; i++)
        best = fmaxf(best, fr->strength[i]);
    fr->score[0] = VOICING_THRESHOLD - OCTAVE_COST * 6 + silence_bonus(p, level_db);
    if (p->pushed)
        extend(fr, before);
    p->pushed++;
    decide(p, out);
    return fmaxf(0, best);
}

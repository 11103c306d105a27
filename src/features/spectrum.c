/* SPDX-License-Identifier: MIT */
/* Window -> FFT -> power -> mel bands, tilt, centroid, flux. */

#include "features/spectrum.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/vector.h"

#define MEL_LOW_HZ  200.0f
#define MEL_HIGH_HZ 3600.0f
/* Bins of the telephone band, and of the two splits inside it. */
enum {
    BIN_300 = 300 * UT__SPECTRUM_WINDOW / UT_RATE_HZ + 1,
    BIN_1000 = 1000 * UT__SPECTRUM_WINDOW / UT_RATE_HZ,
    BIN_2000 = 2000 * UT__SPECTRUM_WINDOW / UT_RATE_HZ,
    BIN_3400 = 3400 * UT__SPECTRUM_WINDOW / UT_RATE_HZ
};
/*
 * Power added to every bin before a ratio is taken, -100 dB: well below the step of 8-bit G.711, so
 * that the tilt of near silence tends to flat rather than to noise.
 */
#define BIN_FLOOR 1e-10f
/* Rises below this are rounding, not sound: the idle noise of G.711 lies 12 dB higher. */
#define FLUX_FLOOR_DB -90.0f
#define MID_HZ        1850.0f

int ut__spectrum_tables_init(struct ut__spectrum_tables *tables)
{
    memset(tables, 0, sizeof *tables);
    const struct ut_mel_config mel = {.bands = UT_MEL_BANDS,
                                      .fft_size = UT__SPECTRUM_WINDOW,
                                      .rate_hz = UT_RATE_HZ,
                                      .low_hz = MEL_LOW_HZ,
                                      .high_hz = MEL_HIGH_HZ};
    int err = ut_mel_init(&tables->mel, &mel);
    if (err)
        return err;
    err = ut_fft_create(&tables->fft, UT__SPECTRUM_WINDOW);
    if (err)
        return err;
    double energy = 0;
    for (size_t i = 0; i < UT__SPECTRUM_WINDOW; i++) {
        double w = 0.5 - 0.5 * cos(6.283185307179586 * ((double)i + 0.5) / UT__SPECTRUM_WINDOW);
        tables->window[i] = (float)w;
        energy += w * w;
    }
    for (size_t i = 0; i < UT__SPECTRUM_WINDOW; i++)
        tables->window[i] /= (float)sqrt(energy);
    for (size_t k = 0; k < UT__SPECTRUM_BINS; k++)
        tables->hz[k] = (float)k * UT__SPECTRUM_BIN_HZ;
    /* Least squares: slope = sum (f - mean f) * dB / sum (f - mean f)^2, f in kHz. */
    float mid = (float)(BIN_300 + BIN_3400) / 2, norm = 0;
    for (size_t k = BIN_300; k <= BIN_3400; k++) {
        tables->slope[k] = ((float)k - mid) * UT__SPECTRUM_BIN_HZ / 1000.0f;
        norm += tables->slope[k] * tables->slope[k];
    }
    for (size_t k = BIN_300; k <= BIN_3400; k++)
        tables->slope[k] /= norm;
    return 0;
}

void ut__spectrum_tables_destroy(struct ut__spectrum_tables *tables)
{
    ut_fft_destroy(tables->fft);
    tables->fft = NULL;
}

/* A ratio in dB within the range that the header promises. */
static float limit(float db)
{
    return db < -60 ? -60 : db > 60 ? 60 : db;
}

static float sum_of(const float *power, size_t first, size_t last)
{
    return BIN_FLOOR + ut__vec_sum(power + first, last - first + 1);
}

static float peak_of(const float *power, size_t first, size_t last)
{
    return BIN_FLOOR + ut__vec_max(power + first, last - first + 1);
}

static void tilt(const struct ut__spectrum *sp, const struct ut__spectrum_tables *tables,
                 struct ut_frame *f)
{
    const float *p = sp->power;
    float ratio[4] = {sum_of(p, BIN_1000, BIN_3400), sum_of(p, BIN_300, BIN_1000 - 1),
                      peak_of(p, BIN_300, BIN_2000 - 1), peak_of(p, BIN_2000, BIN_3400)};
    ut__vec_db(ratio, ratio, 4);
    f->alpha_ratio_db = limit(ratio[0] - ratio[1]);
    f->hammarberg_db = limit(ratio[2] - ratio[3]);
    f->slope_db_per_khz =
        ut__vec_dot(tables->slope + BIN_300, sp->power_db + BIN_300, BIN_3400 - BIN_300 + 1);
    /* The same floor as above draws the centre of silence to the middle of the band. */
    float moment = ut__vec_dot(p + BIN_300, tables->hz + BIN_300, BIN_3400 - BIN_300 + 1);
    float all = ut__vec_sum(p + BIN_300, BIN_3400 - BIN_300 + 1);
    f->centroid_hz = (moment + BIN_FLOOR * MID_HZ) / (all + BIN_FLOOR);
}

/* Mean rise of the bands since the last frame; half-wave rectified, so that onsets alone count. */
static float rise(struct ut__spectrum *sp, const float *mel_db)
{
    float sum = 0;
    for (size_t b = 0; b < UT_MEL_BANDS; b++) {
        float now = mel_db[b] > FLUX_FLOOR_DB ? mel_db[b] : FLUX_FLOOR_DB;
        float up = now - sp->last_mel_db[b];
        sum += up > 0 ? up : 0;
        sp->last_mel_db[b] = now;
    }
    if (!sp->primed) {
        sp->primed = 1;
        return 0;
    }
    return sum / UT_MEL_BANDS;
}

void ut__spectrum_mel(const struct ut__spectrum_tables *tables, const float *samples, float *power,
                      float *mel_db)
{
    _Alignas(64) float windowed[UT__SPECTRUM_WINDOW];
    ut__vec_multiply(windowed, samples, tables->window, UT__SPECTRUM_WINDOW);
    ut_fft_power(tables->fft, windowed, power);
    ut_mel_apply(&tables->mel, power, mel_db);
    ut__vec_db(mel_db, mel_db, UT_MEL_BANDS);
}

void ut__spectrum_push(struct ut__spectrum *sp, const struct ut__spectrum_tables *tables,
                       const float *samples, struct ut_frame *f)
{
    ut__spectrum_mel(tables, samples, sp->power, f->mel_db);
    ut__vec_db(sp->power_db, sp->power, UT__SPECTRUM_BINS);
    f->flux = rise(sp, f->mel_db);
    tilt(sp, tables, f);
}

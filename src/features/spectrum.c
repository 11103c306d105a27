/* SPDX-License-Identifier: MIT */
/* Window -> FFT -> power -> mel bands, tilt, centroid, flux. */

#include "features/spectrum.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/lanes.h"
#include "dsp/vector.h"

#define MEL_LOW_HZ  200.0f
#define MEL_HIGH_HZ 3600.0f
/* Bins of the telephone band, and of the two splits inside it. */
enum {
    BIN_300 = 300 * UT__SPECTRUM_WINDOW / UT_RATE_HZ + 1,
    BIN_1000 = 1000 * UT__SPECTRUM_WINDOW / UT_RATE_HZ,
    BIN_2000 = 2000 * UT__SPECTRUM_WINDOW / UT_RATE_HZ,
    BIN_3400 = 3400 * UT__SPECTRUM_WINDOW / UT_RATE_HZ,
    /* Whole vectors around the band. */
    FIRST = BIN_300 / 8 * 8,
    END = (BIN_3400 + 8) / 8 * 8
};
_Static_assert(BIN_1000 % 8 == 0 && BIN_2000 % 8 == 0, "each part of the band is whole vectors");
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
    const struct ut__mel_config mel = {.bands = UT_MEL_BANDS,
                                       .fft_size = UT__SPECTRUM_WINDOW,
                                       .rate_hz = UT_RATE_HZ,
                                       .low_hz = MEL_LOW_HZ,
                                       .high_hz = MEL_HIGH_HZ};
    int err = ut__mel_init(&tables->mel, &mel);
    if (err)
        return err;
    err = ut__fft_create(&tables->fft, UT__SPECTRUM_WINDOW);
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
    for (size_t k = BIN_300; k <= BIN_3400; k++) {
        tables->band[k] = 1;
        tables->hz[k] = (float)k * UT__SPECTRUM_BIN_HZ;
    }
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
    ut__fft_destroy(tables->fft);
    tables->fft = NULL;
}

/* A ratio in dB within the range that the header promises. */
static float limit(float db)
{
    return db < -60 ? -60 : db > 60 ? 60 : db;
}

/* What one part of the band, of whole vectors, holds. */
struct part {
    float sum, top, moment, slope;
};

UT__INLINE struct part part_of(const struct ut__spectrum_bins *bins,
                               const struct ut__spectrum_tables *tables, size_t from, size_t end)
{
    ut__eight sum = {0}, top = {0}, moment = {0}, slope = {0}, p, db, band, hz, weight;
    float lane[4][8];
    for (size_t k = from; k < end; k += 8) {
        ut__load8(&p, bins->power + k);
        ut__load8(&db, bins->power_db + k);
        ut__load8(&band, tables->band + k);
        ut__load8(&hz, tables->hz + k);
        ut__load8(&weight, tables->slope + k);
        moment += p * hz;
        slope += weight * db;
        p *= band;
        sum += p;
        ut__larger8(&top, &p);
    }
    ut__store8(lane[0], &sum);
    ut__store8(lane[1], &top);
    ut__store8(lane[2], &moment);
    ut__store8(lane[3], &slope);
    return (struct part){ut__lane_sum(lane[0]), ut__lane_max(lane[1]), ut__lane_sum(lane[2]),
                         ut__lane_sum(lane[3])};
}

UT__CLONES static void tilt(struct ut_frame *restrict f,
                            const struct ut__spectrum_bins *restrict bins,
                            const struct ut__spectrum_tables *restrict tables)
{
    struct part low = part_of(bins, tables, FIRST, BIN_1000);
    struct part mid = part_of(bins, tables, BIN_1000, BIN_2000);
    struct part high = part_of(bins, tables, BIN_2000, END);
    float below = low.top > mid.top ? low.top : mid.top;
    float over_1000 = mid.sum + high.sum, all = low.sum + over_1000;
    f->alpha_ratio_db = limit(ut__log_db(over_1000 + BIN_FLOOR) - ut__log_db(low.sum + BIN_FLOOR));
    f->hammarberg_db = limit(ut__log_db(below + BIN_FLOOR) - ut__log_db(high.top + BIN_FLOOR));
    f->slope_db_per_khz = low.slope + mid.slope + high.slope;
    /* The same floor as above draws the centre of silence to the middle of the band. */
    f->centroid_hz =
        (low.moment + mid.moment + high.moment + BIN_FLOOR * MID_HZ) / (all + BIN_FLOOR);
}

/* Mean rise of the bands since the last frame; half-wave rectified, so that onsets alone count. */
UT__CLONES static float rise(float *restrict last_mel_db, const float *restrict mel_db)
{
    float lane[8] = {0};
    for (size_t b = 0; b < UT_MEL_BANDS; b += 8)
        for (size_t i = 0; i < 8; i++) {
            float now = mel_db[b + i] > FLUX_FLOOR_DB ? mel_db[b + i] : FLUX_FLOOR_DB;
            float up = now - last_mel_db[b + i];
            lane[i] += up > 0 ? up : 0;
            last_mel_db[b + i] = now;
        }
    return ut__lane_sum(lane) / UT_MEL_BANDS;
}

void ut__spectrum_mel(const struct ut__spectrum_tables *tables, const float *samples, float *power,
                      float *mel_db)
{
    _Alignas(64) float windowed[UT__SPECTRUM_WINDOW];
    ut__vec_multiply(windowed, samples, tables->window, UT__SPECTRUM_WINDOW);
    ut__fft_power(tables->fft, windowed, power);
    ut__mel_apply(&tables->mel, power, mel_db);
    ut__vec_db(mel_db, mel_db, UT_MEL_BANDS);
}

void ut__spectrum_push(struct ut__spectrum *sp, const struct ut__spectrum_tables *tables,
                       const float *samples, struct ut__spectrum_bins *bins, struct ut_frame *f)
{
    ut__spectrum_mel(tables, samples, bins->power, f->mel_db);
    ut__vec_db(bins->power_db, bins->power, UT__SPECTRUM_BINS);
    f->flux = rise(sp->last_mel_db, f->mel_db);
    if (!sp->primed)
        f->flux = 0;
    sp->primed = 1;
    tilt(f, bins, tables);
}

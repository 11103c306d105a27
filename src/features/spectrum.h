/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_SPECTRUM_H
#define UT_FEATURES_SPECTRUM_H

#include <undertone/features.h>

#include "dsp/fft.h"
#include "dsp/mel.h"

/*
 * The short-time spectrum and what is read off it: log-mel bands, tilt and flux. The measures of
 * tilt are those of the Geneva Minimalistic Acoustic Parameter Set (Eyben and others 2016, section
 * 2.2), with band edges moved inside the telephone's 300-3400 Hz: alpha ratio 1-3.4 kHz over
 * 0.3-1 kHz (there 1-5 kHz over 50 Hz-1 kHz, and the other way up), Hammarberg index below over
 * above 2 kHz (Hammarberg and others 1980).
 */

enum {
    UT__SPECTRUM_WINDOW = 256, /* 32 ms. */
    UT__SPECTRUM_BINS = UT__SPECTRUM_WINDOW / 2 + 1
};
#define UT__SPECTRUM_BIN_HZ ((float)UT_RATE_HZ / UT__SPECTRUM_WINDOW)

/** Plan, window and weights: const after init. */
struct ut__spectrum_tables {
    struct ut__fft *fft;
    struct ut__mel mel;
    /* Hann; power in the bins is that of the samples. */
    _Alignas(64) float window[UT__SPECTRUM_WINDOW];
    /* Of the telephone band, zero elsewhere. */
    float band[UT__SPECTRUM_BINS]; /* Ones. */
    float hz[UT__SPECTRUM_BINS];
    float slope[UT__SPECTRUM_BINS]; /* Weights that give the slope of the dB spectrum. */
};

/** Allocates the plan. Returns 0, UT_EINVAL or UT_ENOMEM; destroy undoes a half-done init. */
int ut__spectrum_tables_init(struct ut__spectrum_tables *tables) UT_MUST_CHECK;
void ut__spectrum_tables_destroy(struct ut__spectrum_tables *tables);

/** The bins of one frame. */
struct ut__spectrum_bins {
    _Alignas(64) float power[UT__SPECTRUM_BINS]; /**< Mean square. */
    _Alignas(64) float power_db[UT__SPECTRUM_BINS];
};

/** What one channel keeps from frame to frame: zero to start. */
struct ut__spectrum {
    float last_mel_db[UT_MEL_BANDS];
    int primed; /* 1: last_mel_db holds. */
};

/**
 * Analyses one window.
 *
 * samples: [UT__SPECTRUM_WINDOW] finite. f: its mel_db, alpha_ratio_db, hammarberg_db,
 * slope_db_per_khz, centroid_hz and flux are set. bins: for the stages that look at them too. No
 * allocation.
 */
void ut__spectrum_push(struct ut__spectrum *sp, const struct ut__spectrum_tables *tables,
                       const float *samples, struct ut__spectrum_bins *bins, struct ut_frame *f);

/** The bands alone. power: [UT__SPECTRUM_BINS] and mel_db: [UT_MEL_BANDS] are set. */
void ut__spectrum_mel(const struct ut__spectrum_tables *tables, const float *samples, float *power,
                      float *mel_db);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_PERIODICITY_H
#define UT_FEATURES_PERIODICITY_H

#include <undertone/features.h>

#include "dsp/fft.h"

/*
 * How periodic one window of telephone speech is, at every period from 2 to 17 ms.
 *
 * The magnitudes of the spectrum are divided by their envelope, weighted by how far the envelope
 * stands above the tracked noise, compressed and transformed back: an autocorrelation in which
 * every harmonic that the line has left counts alike, so that neither a strong formant nor the
 * missing fundamental decides. Flattening: Sondhi 1968, "New methods of pitch extraction".
 * Compression of the magnitudes: Tolonen and Karjalainen 2000, "A computationally efficient
 * multipitch analysis model", section II.B. Division by the window's own autocorrelation and
 * interpolation of the peaks: Boersma 1993, "Accurate short-term analysis of the fundamental
 * frequency".
 */

enum {
    UT__PERIOD_WINDOW = 384, /* 48 ms: nearly three periods at 60 Hz. */
    UT__PERIOD_FFT = 512,    /* Longest period + window, so that the autocorrelation is linear. */
    UT__PERIOD_BINS = UT__PERIOD_FFT / 2 + 1,
    UT__PERIOD_MIN = UT_RATE_HZ / 500,
    UT__PERIOD_MAX = UT_RATE_HZ / 60 + 1,
    UT__PERIOD_SHORT = UT_RATE_HZ / 1000, /* Shorter than PERIOD_MIN: of voices above the search. */
    UT__PERIOD_PER_OCTAVE = 16, /* Cells: a scale of periods in equal ratios, from PERIOD_MIN up. */
    UT__PERIOD_CELLS = 50,
    UT__PERIOD_TAPS = 8,   /* Of the interpolator between lags, */
    UT__PERIOD_STEPS = 16, /* in steps of this part of a lag. */
    /* Whole lags of the autocorrelation, to the taps over the longest; padded to whole vectors. */
    UT__PERIOD_LAGS = (UT__PERIOD_MAX + 3 + UT__PERIOD_TAPS / 2 + 7) / 8 * 8,
    UT__PERIOD_BLOCK = 16, /* Bins that share one point of the envelope: 250 Hz. */
    UT__PERIOD_BLOCKS = UT__PERIOD_FFT / 2 / UT__PERIOD_BLOCK
};

/*
 * The highest of the whole lags in a cell is that of two runs that overlap: of one lag, of two, of
 * four, by how many there are. The runs of each length lie one after the other, and a value below
 * them all at the end, for cells without a whole lag.
 */
enum { UT__PERIOD_RUNS = 3, UT__PERIOD_NO_LAG = UT__PERIOD_RUNS * UT__PERIOD_LAGS };

/** Plan and weights: const after init. */
struct ut__period_tables {
    struct ut__fft *fft;
    _Alignas(64) float window[UT__PERIOD_WINDOW];
    _Alignas(64) float band[UT__PERIOD_BINS];     /* How much each bin counts. */
    _Alignas(64) float lag_gain[UT__PERIOD_LAGS]; /* Undoes the window's own autocorrelation. */
    /* Windowed sinc, by step after a lag; and those of the cells' centres, by cell. */
    _Alignas(64) float between[UT__PERIOD_STEPS][UT__PERIOD_TAPS];
    _Alignas(64) float centre_taps[UT__PERIOD_CELLS][UT__PERIOD_TAPS];
    uint8_t centre_from[UT__PERIOD_CELLS]; /* Lag of the first of those taps. */
    float centre[UT__PERIOD_CELLS];        /* Period of each cell, in samples. */
    uint16_t run[UT__PERIOD_CELLS][2];     /* Of the whole lags in each cell. */
    uint8_t cell[UT__PERIOD_LAGS * 4];     /* Of each quarter of a lag. */
};

/** Allocates the plan. Returns 0, UT_EINVAL or UT_ENOMEM; destroy undoes a half-done init. */
int ut__period_tables_init(struct ut__period_tables *tables) UT_MUST_CHECK;
void ut__period_tables_destroy(struct ut__period_tables *tables);

/** What is found in one window. */
struct ut__periodicity {
    float height[UT__PERIOD_CELLS];    /**< Highest of the autocorrelation in each cell, -1..1. */
    float period[UT__PERIOD_CELLS];    /**< Of the highest peak in each cell, or 0. In samples. */
    float block_db[UT__PERIOD_BLOCKS]; /**< Envelope, by blocks of 250 Hz. */
    float top;                         /**< The highest of all cells. */
    float short_height; /**< Of the highest peak under the first cell, or 0, and its period. */
    float short_period;
    float level_db; /**< Mean square of the telephone band in the window, in dB. */
    float snr_db;   /**< Of the telephone band over its tracked noise. */
};

/** Noise tracked by one channel: zero to start. */
struct ut__period_noise {
    float smooth[UT__PERIOD_BLOCKS];
    float floor[UT__PERIOD_BLOCKS]; /* Magnitudes. */
    uint32_t begun;                 /* 0 before the first window. */
};

/**
 * Analyses a window.
 *
 * samples: [UT__PERIOD_WINDOW] finite. silent: 1 where digital silence is among them, which tells
 * nothing of the line's noise. No allocation.
 */
void ut__periodicity(struct ut__periodicity *out, struct ut__period_noise *noise,
                     const struct ut__period_tables *tables, const float *samples, int silent);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The second ear's front end, and its windows; second_net.c runs the network.
 */

#include "stress/second.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/lanes.h"
#include "stress/second_net.h"

/* Kaldi's bank as EfficientAT uses it: 128 bands, evenly spaced in mel up to 15 kHz. */
#define MEL_OF(hz)   (1127 * log(1 + (hz) / 700))
#define BANK_HZ      15000.0
#define BANK_BANDS   128
#define EMPHASIS     0.97
#define TRAINED_HZ   32000.0
#define TIMES_POWER  16.0 /* Four times the samples in a window. */
#define POWER_FLOOR  1e-5f
#define LINE_DBFS    -34.0f /* As loud as the read-outs know lines to be. */
#define LINE_PRIOR   400    /* Frames of speech that this counts beside the caller's own, */
#define LINE_MEMORY  20000  /* of which no more are remembered. */
#define GAIN_MOST_DB 12.0f  /* What is weaker is more noise than voice. */

/* What one frame can say of the line: silence before it, or a click, says no more. */
#define SNR_LEAST_DB -5.0f
/* A third of such windows in what is judged, and the first ear is asked alone. */
#define CLIPPED_SNR_DB -30.0f
#define CLIPPED_MOST   1 /* Frames of a window that is yet believed. */
#define SNR_MOST_DB    40.0f

#define LN_PER_LOG2 0.69314718f
_Static_assert(UT__SECOND_BANDS % UT__LANES == 0, "whole vectors");

void ut__second_tables_init(struct ut__second_tables *tables)
{
    memset(tables, 0, sizeof *tables);
    for (size_t i = 0; i < UT__SECOND_SIZE; i++)
        tables->window[i] =
            (float)(0.5 - 0.5 * cos(6.283185307179586 * (double)i / (UT__SECOND_SIZE - 1)));
    double step = MEL_OF(BANK_HZ) / (BANK_BANDS + 1);
    for (size_t k = 0; k < UT__SPECTRUM_BINS - 1; k++) { /* The last is Nyquist's. */
        double hz = (double)k * UT_RATE_HZ / UT__SPECTRUM_WINDOW;
        double place = MEL_OF(hz) / step, part = place - floor(place);
        double gain = TIMES_POWER * (1 + EMPHASIS * EMPHASIS -
                                     2 * EMPHASIS * cos(6.283185307179586 * hz / TRAINED_HZ));
        tables->band[k] = (uint8_t)place;
        tables->rising[k] = (float)(part * gain);
        tables->falling[k] = (float)((1 - part) * gain);
    }
}

void ut__second_init(struct ut__second *ear)
{
    memset(ear, 0, sizeof *ear);
}

static UT__CLONES void weigh(float *restrict out, const float *restrict x,
                             const float *restrict window)
{
    for (size_t i = 0; i < UT__SECOND_SIZE; i++)
        out[i] = x[i] * window[i];
}

/* Powers of the bands to steps above the floor. */
static UT__CLONES void to_steps(uint8_t *restrict to, const float *restrict power, float gain)
{
    for (size_t b = 0; b < UT__SECOND_BANDS; b++) {
        float ln = LN_PER_LOG2 * ut__log2(gain * power[b] + POWER_FLOOR);
        float steps = (ln - UT__SECOND_FLOOR_LN) / UT__SECOND_STEP_LN + 0.5f;
        steps = steps > 0 ? steps : 0;
        to[b] = (uint8_t)(steps < 255 ? steps : 255);
    }
}

void ut__second_look(uint8_t *bands, const struct ut__second_tables *tables,
                     const struct ut__spectrum_tables *spectrum, const float *samples, float gain)
{
    _Alignas(64) float in[UT__SPECTRUM_WINDOW] = {0}, power[UT__SPECTRUM_WINDOW / 2 + 8];
    float band[UT__SECOND_BANDS + 2] = {0}; /* One below the first, where bin 0 falls. */
    weigh(in, samples - (UT__SECOND_SIZE - UT_HOP_SAMPLES) / 2, tables->window);
    ut__fft_power(spectrum->fft, in, power);
    for (size_t k = 0; k < UT__SPECTRUM_BINS - 1; k++) {
        band[tables->band[k] + 1] += tables->rising[k] * power[k];
        band[tables->band[k]] += tables->falling[k] * power[k];
    }
    to_steps(bands, band + 1, gain);
}

float ut__loudness_gain(struct ut__loudness *line, float level_dbfs)
{
    if (line->frames < LINE_MEMORY)
        line->frames++;
    line->above_db +=
        (level_dbfs - LINE_DBFS - line->above_db) / (float)(LINE_PRIOR + line->frames);
    return powf(10, fminf(-line->above_db, GAIN_MOST_DB) / 10);
}

float ut__second_snr_db(const struct ut__second *ear)
{
    return ear->clipped > CLIPPED_MOST ? CLIPPED_SNR_DB : ear->snr_db;
}

int ut__second_take(struct ut__second *ear, const uint8_t *bands, float snr_db, int clipped)
{
    uint32_t at = ear->frames++ % UT__SECOND_FRAMES;
    float bounded = fminf(fmaxf(snr_db, SNR_LEAST_DB), SNR_MOST_DB);
    memcpy(ear->band[at], bands, UT__SECOND_BANDS);
    ear->clipped = (at ? ear->clipped : 0) + (clipped != 0);
    ear->snr_db = at ? ear->snr_db + (bounded - ear->snr_db) / (float)(at + 1) : bounded;
    return at + 1 == UT__SECOND_FRAMES;
}

int ut__second_hear(const struct ut__second *ear, const float *weights, float *vector)
{
    size_t n = ear->frames < UT__SECOND_FRAMES ? ear->frames : UT__SECOND_FRAMES;
    if (n < UT__SECOND_MIN_FRAMES)
        return 0;
    ut__second_net(vector, ear->band, (ear->frames - n) % UT__SECOND_FRAMES, n, weights);
    return 1;
}

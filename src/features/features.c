/* SPDX-License-Identifier: MIT */
/*
 * The extractor of one channel.
 *
 *     hop -> history -> 32 ms spectrum -> mel bands, tilt, flux -> speech -> delay line -> frame
 */

#include <undertone/features.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/fft.h"
#include "dsp/mel.h"

enum {
    WINDOW_SAMPLES = 256, /* 32 ms. */
    BINS = WINDOW_SAMPLES / 2 + 1,
    ALIGNMENT = 64
};
#define FLOOR_POWER 1e-12f

struct ut_analysis {
    struct ut_fft *fft;
    struct ut_mel mel;
    float window[WINDOW_SAMPLES];
};

struct ut_features {
    _Alignas(ALIGNMENT) float windowed[WINDOW_SAMPLES];
    _Alignas(ALIGNMENT) float spectrum[BINS][2];
    float power[BINS];
    float history[WINDOW_SAMPLES];
    float last_mel_db[UT_MEL_BANDS];
    const struct ut_analysis *an;
    uint64_t pushed, given;
    float noise_dbfs;
    struct ut_frame delayed[UT_FEATURES_DELAY + 1];
};

int ut_analysis_create(struct ut_analysis **out)
{
    struct ut_analysis *an = calloc(1, sizeof *an);
    if (!an)
        return UT_ENOMEM;
    int err = ut_fft_create(&an->fft, WINDOW_SAMPLES);
    if (err) {
        free(an);
        return err;
    }
    const struct ut_mel_config mel = {.bands = UT_MEL_BANDS,
                                      .fft_size = WINDOW_SAMPLES,
                                      .rate_hz = UT_RATE_HZ,
                                      .low_hz = 200,
                                      .high_hz = 3600};
    err = ut_mel_init(&an->mel, &mel);
    if (err) {
        ut_analysis_destroy(an);
        return err;
    }
    /* Hann, scaled so that the mean power of the spectrum is that of the samples. */
    float energy = 0;
    for (size_t i = 0; i < WINDOW_SAMPLES; i++) {
        an->window[i] = 0.5f - 0.5f * cosf(6.2831853f * ((float)i + 0.5f) / WINDOW_SAMPLES);
        energy += an->window[i] * an->window[i];
    }
    for (size_t i = 0; i < WINDOW_SAMPLES; i++)
        an->window[i] /= sqrtf(energy);
    *out = an;
    return 0;
}

void ut_analysis_destroy(struct ut_analysis *an)
{
    if (!an)
        return;
    ut_fft_destroy(an->fft);
    free(an);
}

size_t ut_features_state_size(void)
{
    return sizeof(struct ut_features);
}

struct ut_features *ut_features_init(void *mem, const struct ut_analysis *an)
{
    struct ut_features *fx = mem;
    memset(fx, 0, sizeof *fx);
    fx->an = an;
    fx->noise_dbfs = -60;
    return fx;
}

int ut_features_create(struct ut_features **out, const struct ut_analysis *an)
{
    void *mem = aligned_alloc(ALIGNMENT, sizeof(struct ut_features));
    if (!mem)
        return UT_ENOMEM;
    *out = ut_features_init(mem, an);
    return 0;
}

void ut_features_destroy(struct ut_features *fx)
{
    free(fx);
}

static float db(float power)
{
    return 10.0f * log10f(power + FLOOR_POWER);
}

/* Sum and peak of the power between two frequencies. */
static void band(const struct ut_features *fx, float low_hz, float high_hz, float *sum, float *peak)
{
    const float bin_hz = (float)UT_RATE_HZ / WINDOW_SAMPLES;
    *sum = *peak = 0;
    for (size_t k = (size_t)(low_hz / bin_hz); k <= (size_t)(high_hz / bin_hz); k++) {
        *sum += fx->power[k];
        *peak = fmaxf(*peak, fx->power[k]);
    }
}

static void spectral(struct ut_features *fx, struct ut_frame *f)
{
    for (size_t i = 0; i < WINDOW_SAMPLES; i++)
        fx->windowed[i] = fx->history[i] * fx->an->window[i];
    ut_fft_forward(fx->an->fft, fx->windowed, fx->spectrum);
    for (size_t k = 0; k < BINS; k++)
        fx->power[k] =
            fx->spectrum[k][0] * fx->spectrum[k][0] + fx->spectrum[k][1] * fx->spectrum[k][1];

    float mel[UT_MEL_BANDS];
    ut_mel_apply(&fx->an->mel, fx->power, mel);
    float rise = 0;
    for (size_t b = 0; b < UT_MEL_BANDS; b++) {
        f->mel_db[b] = db(mel[b]);
        rise += fmaxf(0, f->mel_db[b] - fx->last_mel_db[b]);
        fx->last_mel_db[b] = f->mel_db[b];
    }
    f->flux = rise / UT_MEL_BANDS;

    float low, high, low_peak, high_peak;
    band(fx, 300, 1000, &low, &low_peak);
    band(fx, 1000, 3400, &high, &high_peak);
    f->alpha_ratio_db = db(high) - db(low);
    band(fx, 300, 2000, &low, &low_peak);
    band(fx, 2000, 3400, &high, &high_peak);
    f->hammarberg_db = db(low_peak) - db(high_peak);
}

int ut_features_push(struct ut_features *fx, const float *pcm, uint32_t flags, struct ut_frame *out)
{
    memmove(fx->history, fx->history + UT_HOP_SAMPLES,
            (WINDOW_SAMPLES - UT_HOP_SAMPLES) * sizeof fx->history[0]);
    float energy = 0;
    for (size_t i = 0; i < UT_HOP_SAMPLES; i++) {
        float x = isfinite(pcm[i]) ? fminf(fmaxf(pcm[i], -1), 1) : 0;
        fx->history[WINDOW_SAMPLES - UT_HOP_SAMPLES + i] = x;
        energy += x * x;
    }

    struct ut_frame *f = &fx->delayed[fx->pushed % (UT_FEATURES_DELAY + 1)];
    memset(f, 0, sizeof *f);
    f->index = fx->pushed++;
    f->flags = flags;
    f->level_dbfs = db(energy / UT_HOP_SAMPLES);
    spectral(fx, f);
    fx->noise_dbfs = fminf(f->level_dbfs, fx->noise_dbfs + 0.02f);
    f->noise_dbfs = fx->noise_dbfs;
    f->speech = f->level_dbfs > fx->noise_dbfs + 12 && f->level_dbfs > -55;
    f->speech_prob = (float)f->speech;

    if (fx->pushed <= UT_FEATURES_DELAY)
        return 0;
    *out = fx->delayed[fx->given++ % (UT_FEATURES_DELAY + 1)];
    return 1;
}

int ut_features_flush(struct ut_features *fx, struct ut_frame *out)
{
    if (fx->given == fx->pushed)
        return 0;
    *out = fx->delayed[fx->given++ % (UT_FEATURES_DELAY + 1)];
    return 1;
}

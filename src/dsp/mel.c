/* SPDX-License-Identifier: MIT */
/* Triangular mel filters, stored as runs of weights. */

#include "dsp/mel.h"

#include <math.h>
#include <string.h>

#include <undertone/error.h>

static float mel_of_hz(float hz)
{
    return 2595.0f * log10f(1.0f + hz / 700.0f);
}

static float hz_of_mel(float mel)
{
    return 700.0f * (powf(10.0f, mel / 2595.0f) - 1.0f);
}

/* Weight of one bin in the triangle low, mid, high. */
static float triangle(float hz, float low, float mid, float high)
{
    float up = (hz - low) / (mid - low);
    float down = (high - hz) / (high - mid);
    return fmaxf(0.0f, fminf(up, down));
}

int ut_mel_init(struct ut_mel *mel, const struct ut_mel_config *cfg)
{
    if (cfg->bands < 1 || cfg->bands > UT_MEL_BANDS_MAX || !(cfg->low_hz >= 0) ||
        !(cfg->high_hz > cfg->low_hz) || cfg->high_hz > cfg->rate_hz / 2)
        return UT_EINVAL;
    memset(mel, 0, sizeof *mel);
    mel->bands = cfg->bands;
    float bin_hz = cfg->rate_hz / (float)cfg->fft_size;
    float low_mel = mel_of_hz(cfg->low_hz);
    float step_mel = (mel_of_hz(cfg->high_hz) - low_mel) / (float)(cfg->bands + 1);
    size_t used = 0;

    for (size_t b = 0; b < cfg->bands; b++) {
        float low = hz_of_mel(low_mel + step_mel * (float)b);
        float mid = hz_of_mel(low_mel + step_mel * (float)(b + 1));
        float high = hz_of_mel(low_mel + step_mel * (float)(b + 2));
        float sum = 0;
        mel->offset[b] = used;
        for (size_t k = 0; k <= cfg->fft_size / 2; k++) {
            float w = triangle((float)k * bin_hz, low, mid, high);
            if (w <= 0)
                continue;
            if (used == UT_MEL_WEIGHTS_MAX)
                return UT_EINVAL;
            if (mel->count[b]++ == 0)
                mel->first[b] = k;
            mel->weight[used++] = w;
            sum += w;
        }
        if (mel->count[b] == 0) { /* Narrower than a bin: take the nearest one. */
            if (used == UT_MEL_WEIGHTS_MAX)
                return UT_EINVAL;
            mel->first[b] = (size_t)(mid / bin_hz + 0.5f);
            mel->count[b] = 1;
            mel->weight[used++] = sum = 1.0f;
        }
        for (size_t i = mel->offset[b]; i < used; i++)
            mel->weight[i] /= sum;
    }
    return 0;
}

void ut_mel_apply(const struct ut_mel *mel, const float *power, float *out)
{
    for (size_t b = 0; b < mel->bands; b++) {
        const float *w = mel->weight + mel->offset[b];
        const float *p = power + mel->first[b];
        float sum = 0;
        for (size_t i = 0; i < mel->count[b]; i++)
            sum += w[i] * p[i];
        out[b] = sum;
    }
}

/* SPDX-License-Identifier: MIT */
/* Triangular mel filters, stored as runs of weights. */

#include "dsp/mel.h"

#include <math.h>
#include <string.h>

#include <undertone/error.h>

#include "base/clones.h"
#include "dsp/lanes.h"

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

/* The weights of band b over all bins; returns their sum. */
static float weigh(const struct ut__mel_config *cfg, size_t b, float *weight)
{
    float bin_hz = cfg->rate_hz / (float)cfg->fft_size;
    float low_mel = mel_of_hz(cfg->low_hz);
    float step_mel = (mel_of_hz(cfg->high_hz) - low_mel) / (float)(cfg->bands + 1);
    float low = hz_of_mel(low_mel + step_mel * (float)b);
    float mid = hz_of_mel(low_mel + step_mel * (float)(b + 1));
    float high = hz_of_mel(low_mel + step_mel * (float)(b + 2));
    float sum = 0;
    for (size_t k = 0; k <= cfg->fft_size / 2; k++) {
        weight[k] = triangle((float)k * bin_hz, low, mid, high);
        sum += weight[k];
    }
    if (sum <= 0) /* Narrower than a bin: take the nearest one. */
        weight[(size_t)(mid / bin_hz + 0.5f)] = sum = 1;
    return sum;
}

int ut__mel_init(struct ut__mel *mel, const struct ut__mel_config *cfg)
{
    if (cfg->bands < 1 || cfg->bands > UT__MEL_BANDS_MAX || !(cfg->low_hz >= 0) ||
        !(cfg->high_hz > cfg->low_hz) || cfg->high_hz > cfg->rate_hz / 2 || cfg->fft_size < 16 ||
        cfg->fft_size > UT__MEL_FFT_MAX)
        return UT_EINVAL;
    memset(mel, 0, sizeof *mel);
    mel->bands = cfg->bands;
    size_t bins = cfg->fft_size / 2 + 1, used = 0;
    for (size_t b = 0; b < cfg->bands; b++) {
        float weight[UT__MEL_FFT_MAX / 2 + 1] = {0};
        float sum = weigh(cfg, b, weight);
        size_t first = 0, last = bins - 1;
        while (first < last && weight[first] <= 0)
            first++;
        while (last > first && weight[last] <= 0)
            last--;
        size_t eights = (last - first + 8) / 8;
        if (8 * eights > bins || used + 8 * eights > UT__MEL_WEIGHTS_MAX)
            return UT_EINVAL;
        if (first + 8 * eights > bins)
            first = bins - 8 * eights;
        mel->first[b] = (uint16_t)first;
        mel->eights[b] = (uint16_t)eights;
        for (size_t i = 0; i < 8 * eights; i++)
            mel->weight[used++] = weight[first + i] / sum;
    }
    return 0;
}

UT__CLONES void ut__mel_apply(const struct ut__mel *restrict mel, const float *restrict power,
                              float *restrict out)
{
    const float *w = mel->weight;
    for (size_t b = 0; b < mel->bands; b++) {
        const float *p = power + mel->first[b];
        float sum = ut__dot8(p, w);
        w += 8;
        for (size_t i = 1; i < mel->eights[b]; i++, w += 8)
            sum += ut__dot8(p + 8 * i, w);
        out[b] = sum;
    }
}

/* SPDX-License-Identifier: MIT */
/* Samples to hops. */

#include "call/channel.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"

int ut__channel_create(struct ut__channel *ch, uint32_t rate_hz)
{
    memset(ch, 0, sizeof *ch);
    if (rate_hz == 0)
        return 0;
    int err = ut__resample_create(&ch->resample, rate_hz);
    if (err)
        return err;
    ch->rate_hz = rate_hz;
    if (rate_hz == UT_RATE_HZ)
        return 0;
    ch->out = calloc(ut__resample_out_max(ch->resample), sizeof ch->out[0]);
    if (ch->out)
        return 0;
    ut__channel_destroy(ch);
    return UT_ENOMEM;
}

void ut__channel_destroy(struct ut__channel *ch)
{
    ut__resample_destroy(ch->resample);
    free(ch->out);
    memset(ch, 0, sizeof *ch);
}

void ut__channel_reset(struct ut__channel *ch)
{
    ut__resample_reset(ch->resample);
    ch->out_len = ch->out_at = 0;
    ch->hop_len = ch->hop_flags = 0;
    ch->samples = 0;
}

/* Copies samples with what is not a number made 0 and the rest clamped. Comparisons, since fminf
 * and fmaxf would be calls. */
static UT__CLONES void sanitise(float *restrict out, const float *restrict pcm, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = pcm[i];
        x = x > 1 ? 1 : x;
        x = x < -1 ? -1 : x;
        out[i] = fabsf(pcm[i]) <= FLT_MAX ? x : 0;
    }
}

/* The next samples through the resampler, which must never see what is not finite. */
static void resample(struct ut__channel *ch, const float **pcm, size_t *n)
{
    UT__UNSET float in[UT__RESAMPLE_CHUNK];
    size_t take = *n < UT__RESAMPLE_CHUNK ? *n : UT__RESAMPLE_CHUNK;
    if (*pcm)
        sanitise(in, *pcm, take);
    else
        memset(in, 0, take * sizeof in[0]);
    ch->out_len = ut__resample_push(ch->resample, ch->out, in, take);
    ch->out_at = 0;
    ch->samples += take;
    *n -= take;
    if (*pcm)
        *pcm += take;
}

/* Fills the hop from samples that are at 8 kHz already. */
static int take_as_is(struct ut__channel *ch, const float **pcm, size_t *n, uint32_t flags)
{
    size_t room = UT_HOP_SAMPLES - ch->hop_len, take = room < *n ? room : *n;
    if (take == 0)
        return 0;
    if (*pcm) {
        sanitise(ch->hop + ch->hop_len, *pcm, take);
        *pcm += take;
    } else {
        memset(ch->hop + ch->hop_len, 0, take * sizeof ch->hop[0]);
    }
    ch->samples += take;
    *n -= take;
    ch->hop_len += (uint32_t)take;
    ch->hop_flags |= flags;
    return ch->hop_len == UT_HOP_SAMPLES;
}

int ut__channel_take(struct ut__channel *ch, const float **pcm, size_t *n, uint32_t flags)
{
    if (ch->hop_len == UT_HOP_SAMPLES) {
        ch->hop_len = 0;
        ch->hop_flags = 0;
    }
    if (!ch->out)
        return take_as_is(ch, pcm, n, flags);
    while (ch->out_at < ch->out_len || *n > 0) {
        if (ch->out_at == ch->out_len) {
            resample(ch, pcm, n);
            continue;
        }
        size_t room = UT_HOP_SAMPLES - ch->hop_len, have = ch->out_len - ch->out_at;
        size_t take = room < have ? room : have;
        memcpy(ch->hop + ch->hop_len, ch->out + ch->out_at, take * sizeof ch->hop[0]);
        ch->out_at += take;
        ch->hop_len += (uint32_t)take;
        ch->hop_flags |= flags;
        if (ch->hop_len == UT_HOP_SAMPLES)
            return 1;
    }
    return 0;
}

int ut__channel_finish(struct ut__channel *ch)
{
    if (ch->hop_len == 0 || ch->hop_len == UT_HOP_SAMPLES)
        return 0;
    memset(ch->hop + ch->hop_len, 0, (UT_HOP_SAMPLES - ch->hop_len) * sizeof ch->hop[0]);
    ch->hop_len = UT_HOP_SAMPLES;
    return 1;
}

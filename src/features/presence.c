/* SPDX-License-Identifier: MIT */
/*
 * Level and speech alone:
 *
 *     hop n -> 32 ms spectrum centred on frame n - 1 -> mel bands -> activity of frame n - 10
 */

#include "features/presence.h"

#include <math.h>
#include <string.h>

#include "dsp/vector.h"
#include "features/analysis.h"

_Static_assert(UT_FEATURES_DELAY == UT__ACTIVITY_DELAY + 1, "the spectrum is one hop late");

void ut__presence_init(struct ut__presence *pr)
{
    memset(pr, 0, sizeof *pr);
    ut__activity_init(&pr->activity);
    ut__music_init(&pr->music);
}

static int advance(struct ut__presence *pr, const struct ut_analysis *an, const float *pcm,
                   struct ut__presence_frame *out)
{
    float power[UT__SPECTRUM_BINS], power_db[UT__SPECTRUM_BINS], mel_db[UT_MEL_BANDS];
    struct ut__activity_frame frame;
    float *hop = pr->history + UT__SPECTRUM_WINDOW - UT_HOP_SAMPLES;
    memmove(pr->history, pr->history + UT_HOP_SAMPLES,
            (UT__SPECTRUM_WINDOW - UT_HOP_SAMPLES) * sizeof hop[0]);
    float raw[UT_HOP_SAMPLES];
    ut__sanitise(raw, pcm);
    ut__highpass_push(&pr->highpass, &an->highpass, hop, raw);
    float level_dbfs = pr->level_dbfs;
    int silent = pr->silent;
    pr->silent = ut__digital_silence(raw);
    pr->level_dbfs = fminf(ut__db(ut__vec_dot(hop, hop, UT_HOP_SAMPLES) / UT_HOP_SAMPLES), 0);
    if (pr->hops++ == 0)
        return 0;
    ut__spectrum_mel(&an->spectrum, pr->history, power, mel_db);
    ut__vec_db(power_db, power, UT__SPECTRUM_BINS);
    int music = ut__music_push(&pr->music, power_db, 0);
    if (!ut__activity_push(&pr->activity, &an->speech, mel_db, level_dbfs, silent, &frame))
        return 0;
    out->level_dbfs = frame.level_dbfs;
    out->noise_dbfs = frame.noise_dbfs;
    out->prob = frame.prob;
    out->speech = frame.speech;
    out->music = (uint8_t)music;
    out->index = pr->given++;
    return 1;
}

int ut__presence_push(struct ut__presence *pr, const struct ut_analysis *an, const float *pcm,
                      struct ut__presence_frame *out)
{
    pr->pushed++;
    return advance(pr, an, pcm, out);
}

int ut__presence_flush(struct ut__presence *pr, const struct ut_analysis *an,
                       struct ut__presence_frame *out)
{
    static const float silence[UT_HOP_SAMPLES];
    if (pr->given == pr->pushed)
        return 0;
    int ready = 0;
    while (!ready)
        ready = advance(pr, an, silence, out);
    return 1;
}

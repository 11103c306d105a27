/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_ANALYSIS_H
#define UT_FEATURES_ANALYSIS_H

#include "features/highpass.h"
#include "features/pitch.h"
#include "features/rate.h"
#include "features/spectrum.h"
#include "features/syllables.h"

/* What ut_analysis holds, for the stages inside this folder. */
struct ut_analysis {
    struct ut__highpass_tables highpass;
    struct ut__spectrum_tables spectrum;
    struct ut__pitch_tables pitch;
    struct ut__activity_weights speech;
    struct ut__syllables_weights syllables;
    struct ut__rate_weights rate;
};

/**
 * The samples of the frame that was given last: its first one, with UT__QUALITY_REACH before it and
 * UT_FEATURES_DELAY hops behind it, as they were analysed. Good until the next push or flush.
 */
const float *ut__features_samples(const struct ut_features *fx);

/** What the speaking rate is made of: the sums so far, [UT__RATE_CUES]. */
void ut__features_rate_sums(const struct ut_features *fx, float *cue);

/** Copies a hop of UT_HOP_SAMPLES; what is not a number becomes 0, the rest is clamped to -1..1. */
void ut__sanitise(float *restrict out, const float *restrict pcm);

/** 1: every sample of a hop is the same. */
int ut__digital_silence(const float *pcm);

#endif

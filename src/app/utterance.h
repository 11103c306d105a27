/* SPDX-License-Identifier: MIT */
#ifndef UT_APP_UTTERANCE_H
#define UT_APP_UTTERANCE_H

/* Files that hold one utterance: enrolled as a speaker's calm voice, or scored by themselves. */

#include <undertone/call.h>

#include "app/options.h"

struct ut_baseline {
    uint8_t bytes[UT_BASELINE_MAX_BYTES];
    size_t len; /* 0: none was learnt. */
};

struct ut_utterance_score {
    float stress, arousal, valence; /* Hold when abstain is 0. */
    float speech_s;
    int abstain;
};

/*
 * Learns a speaker's baseline from utterances.
 *
 * Returns 0 (*baseline is empty when too little speech was heard), or UT_E... after a message.
 */
int ut_utterance_enrol(struct ut_baseline *baseline, const struct ut_model *model,
                       const struct ut_options *opt, const char *const *paths,
                       size_t n) UT_MUST_CHECK;

/* Scores one utterance against a baseline, which may be empty. Returns likewise. */
int ut_utterance_score(struct ut_utterance_score *score, const struct ut_model *model,
                       const struct ut_options *opt, const struct ut_baseline *baseline,
                       const char *path) UT_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_SCORE_H
#define UNDERTONE_SCORE_H

/*
 * Single utterances, scored as a whole: for evaluation, and for those who cut speech themselves.
 * The same features and the same network as in a call, without its filter over time.
 *
 *     ut_scorer_push(s, pcm, n);  ut_scorer_enrol(s);        a calm utterance of the speaker
 *     ut_scorer_push(s, pcm, n);  ut_scorer_score(s, &out);  one to be judged
 *     ut_scorer_forget(s);                                   the next speaker
 *
 * One thread at a time for one scorer.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>
#include <undertone/event.h>
#include <undertone/model.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ut_scorer;

struct ut_utterance {
    float stress, arousal, valence; /**< As in struct ut_score; 0 when abstaining. */
    float speech_s;                 /**< Seconds of speech heard in the utterance. */
    enum ut_why why;                /**< UT_WHY_NONE: the values hold. */
};

/**
 * Creates a scorer, for one speaker after the other.
 *
 * model: borrowed, outlives the scorer. rate_hz: UT_RATE_MIN_HZ..UT_RATE_MAX_HZ.
 * Returns 0; UT_EINVAL for NULL or a rate out of range; UT_ENOMEM; *out is untouched on failure.
 * Any thread; allocates.
 */
int ut_scorer_create(struct ut_scorer **out, const struct ut_model *model,
                     uint32_t rate_hz) UT_MUST_CHECK;
/** Releases a scorer; NULL is fine. */
void ut_scorer_destroy(struct ut_scorer *scorer);

/** Adds samples to the utterance. pcm: [n], as for ut_call_push, any n. No allocation. */
void ut_scorer_push(struct ut_scorer *scorer, const float *pcm, size_t n);

/**
 * Ends the utterance and judges it, against the speaker's baseline if there is one.
 * out: why is UT_WHY_SPEECH below 0.6 s of speech; for gaps, music, clipping and noise as in a
 * call. No allocation.
 */
void ut_scorer_score(struct ut_scorer *scorer, struct ut_utterance *out);

/**
 * Ends the utterance and adds it to the speaker's baseline. Returns 1; 0 when it could not be
 * judged and was left out. No allocation.
 */
int ut_scorer_enrol(struct ut_scorer *scorer);

/** Forgets the speaker. */
void ut_scorer_forget(struct ut_scorer *scorer);

#ifdef __cplusplus
}
#endif

#endif

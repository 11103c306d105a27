/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_SYLLABLES_H
#define UT_FEATURES_SYLLABLES_H

#include <stdint.h>

#include "features/activity.h"

/*
 * Syllable nuclei and their rate as the model hears them, from the same bands and with the same
 * look-ahead as speech activity. What people read is in rate.h.
 *
 * Peaks of intensity with a dip between them (Mermelstein, 1975, "Automatic segmentation of speech
 * into syllabic units", JASA 58(4); de Jong and Wempe, 2009, "Praat script to detect syllable
 * nuclei and measure speech rate automatically", Behavior Research Methods 41(2)) miss half of what
 * the telephone leaves of a syllable. Here a network of one small layer looks at 170 ms of band
 * levels and gives the density of nuclei at their middle (a rate, as Pfitzinger, 1999, "Local
 * speech rate perception in German speech", asks for); it is trained on counts alone, so that its
 * integral over an utterance is the number of syllables. A nucleus is where the integral passes
 * the half between two whole numbers: in the middle of the bump that stands for a syllable.
 */
enum {
    UT__SYLLABLES_BANDS = UT__ACTIVITY_BANDS / 2,
    UT__SYLLABLES_ROW =
        UT__SYLLABLES_BANDS + 2, /* Shape, level under the peak, level over floor. */
    UT__SYLLABLES_ROWS = 11,     /* Frames looked at, of those 170 ms. */
    UT__SYLLABLES_INPUTS = UT__SYLLABLES_ROW * UT__SYLLABLES_ROWS,
    UT__SYLLABLES_HIDDEN = 48,
    UT__SYLLABLES_RATE_BLOCKS = 30 /* Of 10 speech frames each: 3 s of speech. */
};

/** What stands in `tune`. */
enum ut__syllables_tune {
    UT__SYLLABLES_OUT_BIAS,
    UT__SYLLABLES_SCALE, /**< Nuclei for a probability of one: sums over utterances come right. */
    UT__SYLLABLES_TUNES
};

/** The network: const after ut__weights_read. */
struct ut__syllables_weights {
    _Alignas(64) float hidden[UT__SYLLABLES_INPUTS][UT__SYLLABLES_HIDDEN];
    float bias[UT__SYLLABLES_HIDDEN];
    float out[UT__SYLLABLES_HIDDEN];
    float tune[UT__SYLLABLES_TUNES];
};

struct ut__syllables {
    float *
        input; /* [UT__SYLLABLES_INPUTS] where those of a speech frame go, for training; or NULL. */
    float block[UT__SYLLABLES_RATE_BLOCKS]; /* Syllables in each block of speech. */
    float running;                          /* In the block that runs. */
    float integral;                         /* Since the last nucleus, less one half. */
    float density;                          /* Syllables per frame, now. */
    uint32_t speech_frames;
};

struct ut__syllables_frame {
    float rate_syll_s; /**< Nuclei per second of speech over its last 3 s; 0 before 0.3 s. */
    uint8_t nucleus;   /**< 1: a nucleus is at this frame. */
};

/** Starts anew. Any thread; no allocation. */
void ut__syllables_init(struct ut__syllables *sy);

/**
 * Takes the frame that va has just decided; its result is of that same frame. speech: 1 when it is
 * speech. No allocation.
 */
void ut__syllables_push(struct ut__syllables *sy, const struct ut__syllables_weights *w,
                        const struct ut__activity *va, int speech, struct ut__syllables_frame *out);

#endif

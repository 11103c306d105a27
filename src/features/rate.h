/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_RATE_H
#define UT_FEATURES_RATE_H

#include <stdint.h>

#include "features/activity.h"

/*
 * Speaking rate as people read it. The density of nuclei (syllables.h) is what the model hears; by
 * itself it moves a third of the truth in a language that its network did not hear. Here what else
 * goes with syllables is added up beside it: peaks of each band's level between dips (after
 * Mermelstein, 1975, and de Jong and Wempe, 2009, see syllables.h, but in every band, as Wang and
 * Narayanan, 2007, "Robust speech rate estimation for spontaneous speech", IEEE TASLP 15(8), take
 * several), rises of the spectrum, and voiced speech. A weighted sum of them for a second of
 * speech, through a curve that undoes part of its shrinking towards the mean, is the rate:
 * tools/fit-rate.
 */
enum {
    UT__RATE_BANDS = UT__ACTIVITY_BANDS,
    UT__RATE_BLOCK_FRAMES = 15,
    UT__RATE_BLOCKS = 20 /* Of speech: 3 s. */
};

/** What is added up over speech. */
enum ut__rate_cue {
    UT__RATE_NUCLEI,     /**< Integral of the density of nuclei. */
    UT__RATE_BAND_PEAKS, /**< In all bands together. */
    UT__RATE_RISES,      /**< Peaks of flux. */
    UT__RATE_VOICED,     /**< Seconds. */
    UT__RATE_SPEECH,     /**< Seconds. */
    UT__RATE_CUES
};

/** What stands in `tune`: a weight for each cue, then the curve. */
enum ut__rate_tune { UT__RATE_SCALE = UT__RATE_CUES, UT__RATE_POWER, UT__RATE_TUNES };

/** const after ut__weights_read. */
struct ut__rate_weights {
    float tune[UT__RATE_TUNES];
};

/** Goes up and down again: a peak is where it fell by a dip from where it had risen by one. */
struct ut__rate_turns {
    float highest, sign; /* Of sign times the level since the last turn; 1 while it rises. */
};

/* A call has many of them: in whole steps, the most that there is room for where it is more. */
struct ut__rate_block {
    uint16_t nuclei;                           /* 1/4096. */
    uint8_t band_peaks, rises, voiced, speech; /* The last two in frames. */
    int8_t level;                              /* Highest mean level of the bands, dB. */
};

struct ut__rate {
    float highest[UT__RATE_BANDS]; /* As ut__rate_turns, of each band. */
    int8_t sign[UT__RATE_BANDS];
    struct ut__rate_turns flux;
    float flux_before[2];
    uint32_t since; /* Frames since speech, up to where they count no more. */
    uint32_t speech_frames;
    struct ut__rate_block block[UT__RATE_BLOCKS]; /* A ring; the one that fills is among them. */
    float gone[UT__RATE_CUES];                    /* Of blocks that left the ring. */
    float rate_syll_s;
    float count;
};

/** Starts anew. Any thread; no allocation. */
void ut__rate_init(struct ut__rate *rt);

/**
 * Takes the frame that va has just decided, its other measures complete; density: of nuclei, there.
 * f: its syllables and rate_syll_s are set. No allocation.
 */
void ut__rate_push(struct ut__rate *rt, const struct ut__rate_weights *w,
                   const struct ut__activity *va, float density, struct ut_frame *f);

/** The sums so far, [UT__RATE_CUES], of speech that is no more than 32 dB under the loudest near. */
void ut__rate_sums(const struct ut__rate *rt, float *cue);

#endif

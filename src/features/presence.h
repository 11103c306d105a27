/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_PRESENCE_H
#define UT_FEATURES_PRESENCE_H

#include <stdint.h>

#include <undertone/features.h>

#include "features/activity.h"
#include "features/highpass.h"
#include "features/music.h"
#include "features/spectrum.h"

/*
 * Who speaks, and how loud: all that is taken from an agent's channel. The same bands and the same
 * decisions as in the full extractor, with nothing of the voice; about an eighth of its cost.
 */
struct ut__presence {
    float history[UT__SPECTRUM_WINDOW];
    struct ut__activity activity;
    struct ut__highpass highpass;
    struct ut__music music;
    float level_dbfs; /* Of the hop before the newest: its bands are complete with the newest. */
    int silent;       /* Likewise: digital silence. */
    uint64_t pushed;  /* Hops taken from the caller. */
    uint64_t hops;    /* Hops processed: pushed, and what the flush adds. */
    uint64_t given;   /* Frames given to the caller. */
};

struct ut__presence_frame {
    uint64_t index;   /**< Frame number since the start: its time is index * UT_HOP_MS. */
    float level_dbfs; /**< As in struct ut_frame. */
    float noise_dbfs; /**< As in struct ut_frame. */
    float prob;       /**< 0..1, that it is speech. */
    uint8_t speech;   /**< 1: the frame is speech. */
    uint8_t music; /**< 1: music plays, as ut__music_push tells: singing may be speech as well. */
};

/** Starts anew. Any thread; no allocation. */
void ut__presence_init(struct ut__presence *pr);

/**
 * Takes one hop and gives the frame UT_FEATURES_DELAY hops back, as ut_features_push does.
 *
 * an: of ut_analysis_create, const. pcm: [UT_HOP_SAMPLES] float, -1..1; NaN and infinity count as
 * 0. Returns 1 with *out set, 0 while the look-ahead fills. No allocation, no lock.
 */
int ut__presence_push(struct ut__presence *pr, const struct ut_analysis *an, const float *pcm,
                      struct ut__presence_frame *out);

/** After the last push: one more of the delayed frames; 0 when none is left. */
int ut__presence_flush(struct ut__presence *pr, const struct ut_analysis *an,
                       struct ut__presence_frame *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_MUSIC_H
#define UT_FEATURES_MUSIC_H

#include <stdint.h>

#include "features/spectrum.h"

/*
 * Music, as on hold: partials that stay where they are.
 *
 * Notes keep their frequency for a fifth of a second and more, while the harmonics of a voice move
 * all the time; so count how long each bin of the spectrum goes on being a local peak (continuous
 * frequency activation: Seyerlehner, Pohle, Schedl and Widmer, 2007, "Automatic music detection in
 * television productions", DAFx). Here peaks add up over a second with forgetting, several parts of
 * the band must hold on at once, and for seconds: a caller must not be taken for music.
 */
enum {
    UT__MUSIC_FIRST = 8, /* The bin of 250 Hz; those below are not looked at. */
    UT__MUSIC_BINS = 96
};

struct ut__music {
    float hold[UT__MUSIC_BINS]; /* Share of the recent frames in which a bin was a peak. */
    float rest[UT__MUSIC_BINS]; /* Level in dB to which each bin falls back. */
    float score;                /* Mean of the longest holds, smoothed. */
    uint32_t pushed;
    uint8_t music;
};

/** Starts anew. Any thread; no allocation. */
void ut__music_init(struct ut__music *mu);

/**
 * power_db: [UT__SPECTRUM_BINS] of the frame; tonal: 1 when a lone steady tone or digit sounds.
 * Returns 1 while music plays, from two to four seconds after it began. No allocation.
 */
int ut__music_push(struct ut__music *mu, const float *power_db, int tonal);

#endif

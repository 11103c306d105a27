/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_SECOND_H
#define UT_STRESS_SECOND_H

#include <stddef.h>
#include <stdint.h>

#include "features/analysis.h"
#include "stress/dense.h"

/*
 * The second ear: a network that has heard the sounds of the world, asked where the first ear is in
 * doubt. It is EfficientAT's mn04, a MobileNetV3 trained on AudioSet (Schmid, Koutini and Widmer,
 * 2023, "Efficient large-scale audio tagging via transformer-to-CNN knowledge distillation"; Howard
 * and others, 2019, "Searching for MobileNetV3"), up to its twelfth block.
 *
 *     samples of a speech frame -> 80 log-mel bands, 8 bits each -> window of .5 s of speech
 *         -> convolutions -> means over time of blocks 10 and 12: UT__SECOND_VECTOR values
 *
 * Where this differs: its 32 kHz front end is computed at 8 kHz, with the gain of its pre-emphasis
 * laid on the power spectrum; of its 128 bands those below 4 kHz are kept; pauses are cut; and each
 * window stands for itself, so that squeeze-excitation averages over half a second of speech.
 */
enum {
    UT__SECOND_BANDS = 80,
    UT__SECOND_FRAMES = 50, /* Of speech, in a window: as long as a block of the first ear's. */
    UT__SECOND_MIN_FRAMES = 32,
    UT__SECOND_SIZE = 200, /* Samples that a frame's spectrum reads, about its middle. */
    UT__SECOND_LATE = 5,   /* Bands that the late blocks have left, */
    UT__SECOND_TAP1 = 32,  /* and their channels: of block 10, */
    UT__SECOND_TAP2 = 48,  /* and of block 12. */
    UT__SECOND_VECTOR = UT__SECOND_LATE * (UT__SECOND_TAP1 + UT__SECOND_TAP2),
    UT__SECOND_WEIGHTS = 147640 /* All layers', in the order in which they are used. */
};

/** Window and bands of the front end: const after init. */
struct ut__second_tables {
    _Alignas(64) float window[UT__SECOND_SIZE];
    uint8_t band[UT__SPECTRUM_BINS];  /* The band that rises where this bin lies. */
    float rising[UT__SPECTRUM_BINS];  /* What the bin's power counts in it, */
    float falling[UT__SPECTRUM_BINS]; /* and in the one below. */
};

void ut__second_tables_init(struct ut__second_tables *tables);

/* What is read out of the second ear: anger and fear against all others; fear against all others;
 * speech played 1.5 or 2 times as fast against speech as it was. */
enum ut__axis { UT__AXIS_STRESS, UT__AXIS_FEAR, UT__AXIS_FAST, UT__AXES };

/**
 * What linear read-outs make of a vector: of its difference from the caller's baseline and of itself
 * where there is a baseline, and where there is none. The mean of readings is the reading of the
 * mean: so no call keeps vectors.
 */
struct ut__reading {
    float diff[UT__AXES], own[UT__AXES], alone[UT__AXES];
    float
        snr_db; /* How far the speech stood above the line's noise: what the read-outs are worth. */
};

/* How loud the caller's line is; all zero before the first frame. */
struct ut__loudness {
    float above_db;  /* Mean level of the speech so far, above what the read-outs know. */
    uint32_t frames; /* That it rests on. */
};

/** What one caller's second ear holds. */
struct ut__second {
    uint8_t band[UT__SECOND_FRAMES][UT__SECOND_BANDS]; /* A ring of speech frames. */
    uint32_t frames;                                   /* Taken so far. */
    float snr_db; /* Mean over the frames of the window that is filling, or has just been filled. */
    uint32_t clipped; /* Of those. */
    struct ut__loudness line;
};

void ut__second_init(struct ut__second *ear);

/**
 * What the ear sees of a frame. samples: the frame's first sample, of which (UT__SECOND_SIZE -
 * UT_HOP_SAMPLES) / 2 before it and as many after its last are read; gain: of its power, see
 * ut__loudness_gain; bands: [UT__SECOND_BANDS]. No allocation.
 */
void ut__second_look(uint8_t *bands, const struct ut__second_tables *tables,
                     const struct ut__spectrum_tables *spectrum, const float *samples, float gain);

/**
 * Hears how loud a speech frame is. Returns the gain in power that brings the line to the level at
 * which the read-outs learnt: how loud a line is tells nothing of who speaks.
 */
float ut__loudness_gain(struct ut__loudness *line, float level_dbfs);

/**
 * Takes a speech frame; snr_db: of its level over the noise; clipped: 1 where it hits the line's limits. Returns
 * 1 when it completed a window, else 0.
 */
int ut__second_take(struct ut__second *ear, const uint8_t *bands, float snr_db, int clipped);

/** How far the speech of that window stood above the noise. Clipped speech sounds afraid to the ear,
 * as noise does, and is worth as little. */
float ut__second_snr_db(const struct ut__second *ear);

/**
 * Runs the network over the newest speech frames, UT__SECOND_FRAMES at most.
 *
 * weights: [UT__SECOND_WEIGHTS]. vector: [UT__SECOND_VECTOR]. Returns 0 when there are fewer than
 * UT__SECOND_MIN_FRAMES, and the vector is untouched; else 1. No allocation: what it needs in
 * passing, 120 KB, is the thread's, and no call holds it.
 */
int ut__second_hear(const struct ut__second *ear, const float *weights, float *vector);

#endif

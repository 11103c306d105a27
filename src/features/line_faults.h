/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_LINE_FAULTS_H
#define UT_FEATURES_LINE_FAULTS_H

#include <stdint.h>

#include <undertone/features.h>

#include "features/activity.h"
#include "features/music.h"
#include "features/tones.h"

/*
 * Line quality: the flags of a frame that tell why its speech may not be judged.
 *
 * Clipping is told in two ways. The waveform stands at the limits of its format for two samples and
 * more, which G.711 still shows. Or it has been clipped before it was made softer: then the loud
 * parts of a second all reach about the same height and stay there, while the peaks of an open
 * waveform are few and each of its own height.
 */
enum {
    UT__LINE_DELAY = UT__ACTIVITY_DELAY, /**< Frames from push to flags. */
    UT__LINE_SECOND = 100                /**< Frames over which heights are compared. */
};

/* How high a frame's samples reach. */
struct ut__heights {
    float top;    /* Largest magnitude. */
    uint8_t near; /* Samples within 6 % of it. */
    uint8_t run;  /* Longest run of samples at full scale. */
};

struct ut__line_faults {
    float height[UT__LINE_SECOND];      /* Largest magnitude of each frame. */
    uint8_t near[UT__LINE_SECOND];      /* Samples within 6 % of it. */
    uint32_t flags[UT__LINE_DELAY + 1]; /* Of the frames not yet decided. */
    struct ut__tones tones;
    struct ut__music music;
    float noise_dbfs;   /* As the last decision had it. */
    float speech_power; /* Mean square of speech, noise included. */
    uint32_t speech_frames;
    uint32_t pushed;
    uint8_t noisy;
    uint8_t data; /* A fax or a modem sounds. */
};

/** samples: [UT_HOP_SAMPLES], -1..1. No allocation. */
void ut__line_heights(struct ut__heights *out, const float *samples);

/** Starts anew. Any thread; no allocation. */
void ut__line_init(struct ut__line_faults *ln);

/**
 * Takes one frame, and gives the flags of the frame UT__LINE_DELAY pushes back.
 *
 * heights: of the frame's samples as they came. power, power_db: [UT__SPECTRUM_BINS], centred on
 * it. activity: NULL until ut__activity_push decides; then its frame, which is the one flagged.
 * Returns UT_FRAME_CLIPPED, _DTMF, _TONE, _MUSIC and _NOISY as they hold; 0 while the look-ahead
 * fills. No allocation.
 */
uint32_t ut__line_push(struct ut__line_faults *ln, const struct ut__heights *heights,
                       const float *power, const float *power_db,
                       const struct ut__activity_frame *activity);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_TONES_H
#define UT_FEATURES_TONES_H

#include <stdint.h>

/*
 * DTMF digits, steady tones and the data of fax machines and modems, from the spectrum that is there
 * anyway.
 *
 * A frame is tonal when up to three peaks hold nearly all of its power. A digit is one peak of each
 * group of ITU-T Q.23, within the tolerance and the twist of Q.24, for three frames; what speech
 * can imitate of that, Q.24's talk-off, is kept out by asking that nothing else sounds and that
 * both stand still. A tone is the same lowest strong peak for 200 ms: ringing and busy tones beat
 * inside the window, so that frames count by their power. A sung vowel may be as steady, but it has
 * what no exchange sends: even harmonics (clipping alone adds odd ones), or a first one under the
 * strong second. What has neither cannot be told apart: a held [e] or [o] above 510 Hz, where the
 * first formant leaves the first harmonic alone, is a tone. A vowel as even as a machine's is no
 * tone, and no speech either: speech activity asks for what moves.
 *
 * Data, whether of two frequencies (V.21, V.23, Bell 103) or of a carrier in many phases (V.22 to
 * V.34), keep their power to half a dB for 200 ms, in the middle of the band. Of 73,000 windows of
 * speech one in a thousand is as steady, and those lie lower; held vowels have harmonics.
 *
 * The spectrum costs nothing here. Eight of liquid-dsp's oscillators (nco_crcf) take 66 times as
 * long for the digits alone, spandsp's dtmf_rx 4.8 times (tools/bench-libraries).
 */
enum {
    UT__TONES_FRAMES = 20,    /**< 200 ms: shorter than any call-progress tone, longer than a vowel
                               keeps its pitch to 1 Hz. */
    UT__TONES_DATA_SHORT = 8, /**< 80 ms, while data was heard in the last */
    UT__TONES_DATA_AGE = 500  /**< 5 s: fax machines send in bursts. */
};

struct ut__tones {
    float hz[UT__TONES_FRAMES];        /* Lowest strong peak; 0: not tonal. */
    float power[UT__TONES_FRAMES];     /* Of the telephone band. */
    float share[UT__TONES_FRAMES];     /* Of it in the peaks. */
    float overtones[UT__TONES_FRAMES]; /* Power where a voice with that peak has more. */
    float level_db[UT__TONES_FRAMES];  /* Of the telephone band. */
    float middle[UT__TONES_FRAMES];    /* Centre of gravity of the band, in bins. */
    float pair_hz[2];                  /* Of the digit that may be sounding. */
    uint32_t pushed;
    uint32_t data_age; /* Frames since data; UT__TONES_DATA_AGE: long ago. */
    int digit;         /* 0..15, or -1. */
    int digit_frames;  /* So far. */
};

struct ut__tones_frame {
    uint8_t tone_frames; /**< A tone sounds: in so many frames, this one the last; else 0. */
    uint8_t dtmf_frames; /**< Likewise a digit. */
    uint8_t data_frames; /**< Likewise data. */
    float level_db;      /**< Of the band, mean of those frames; when data_frames > 0. */
    uint8_t tonal;       /**< Nearly all of the power is in three peaks or fewer. */
    int8_t digit;        /**< 0..15, row times four plus column of Q.23, when dtmf_frames > 0. */
};

/** Starts anew. Any thread; no allocation. */
void ut__tones_init(struct ut__tones *tn);

/** power: [UT__SPECTRUM_BINS] of the frame. No allocation. */
void ut__tones_push(struct ut__tones *tn, const float *power, struct ut__tones_frame *out);

#endif

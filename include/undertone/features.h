/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_FEATURES_H
#define UNDERTONE_FEATURES_H

/*
 * What is measured of a channel, frame by frame: 10 ms of 8 kHz speech in, one struct ut_frame out,
 * UT_FEATURES_DELAY frames later. The same extractor serves live calls, replay and training.
 *
 * After whom: bands on the mel scale of O'Shaughnessy (1987); noise floor and speech activity
 * Martin (2001), Sohn, Kim and Sung (1999), Ramirez and others (2004); F0 and voicing Sondhi
 * (1968), Boersma (1993), Tolonen and Karjalainen (2000), with the path search of Talkin (1995);
 * alpha ratio and Hammarberg index Eyben and others (2016), moved into the telephone band;
 * f0_jitter, shimmer and harmonicity Titze and Liang (1993) and Boersma (1993, 2009); syllables
 * Pfitzinger (1999); digits ITU-T Q.23 and Q.24; music Seyerlehner and others (2007). The headers
 * in src/features/ say what of each, and where this differs.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    UT_RATE_HZ = 8000, /**< The analysis rate of every call. */
    UT_HOP_MS = 10,    /**< One frame. */
    UT_HOP_SAMPLES = UT_RATE_HZ / 1000 * UT_HOP_MS,
    UT_MEL_BANDS = 32,     /**< Log-mel bands between 200 and 3600 Hz. */
    UT_FEATURES_DELAY = 10 /**< Frames of look-ahead: 100 ms. */
};

/** Flags of a frame: what is known of its line quality. */
enum ut_frame_flag {
    UT_FRAME_GAP = 1 << 0,     /**< Samples were lost; what stands in their place is concealment. */
    UT_FRAME_CLIPPED = 1 << 1, /**< The waveform hits its limits. */
    UT_FRAME_SILENT = 1 << 2,  /**< Digital silence: every sample the same. */
    UT_FRAME_DTMF = 1 << 3,    /**< A DTMF digit sounds. */
    UT_FRAME_TONE = 1 << 4,    /**< A steady tone, a call-progress signal, a fax or a modem. */
    UT_FRAME_MUSIC = 1 << 5,   /**< Music, as on hold. */
    UT_FRAME_NOISY = 1 << 6,   /**< Speech less than 6 dB above the noise floor. */
    UT_FRAME_OVERRUN = 1 << 7  /**< The source dropped samples before this frame. */
};

/**
 * One frame. Every value is finite; "no value" is told by `voiced`, `speech` or a flag.
 */
struct ut_frame {
    uint64_t index; /**< Frame number since the call began; it starts at index * UT_HOP_MS. */
    uint32_t flags; /**< Of enum ut_frame_flag. */
    uint8_t speech; /**< 1: the frame is speech. */
    uint8_t voiced; /**< 1: f0_hz holds. Periodic, that is: a tone or a chord is voiced as well; the
                         flags tell. */
    uint8_t nucleus;   /**< 1: a syllable nucleus was found at this frame. */
    float level_dbfs;  /**< Mean square above 150 Hz, -120..0 dB; 0 is a full-scale square wave. */
    float noise_dbfs;  /**< The noise floor as tracked, -120..0. */
    float speech_prob; /**< 0..1. */
    float mel_db[UT_MEL_BANDS]; /**< Log-mel energies in dB, -120..20. */
    float f0_hz; /**< 60..500 when voiced, else 0. 500 is 500 or more: so voices up to 630 Hz read,
                      and most to 800. The others, and those in noise, read an octave or more down. */
    float voicing; /**< 0..1, how periodic. */
    float hnr_db;  /**< Harmonics-to-noise ratio, -10..40; 0 when not voiced. Noise alone: jitter
                      does  not lower it. G.711 adds its own: at -40 dBFS it ends at 25 dB. */
    float alpha_ratio_db;   /**< Energy 1-3.4 kHz over 0.3-1 kHz, -60..60. */
    float hammarberg_db;    /**< Strongest peak 0.3-2 kHz over strongest peak 2-3.4 kHz, -60..60. */
    float slope_db_per_khz; /**< Spectral slope 0.3-3.4 kHz. */
    float centroid_hz;      /**< Spectral centre of gravity within 300-3400 Hz, of the power; a tone
                               outside reads as what leaks in. */
    float flux;             /**< Mean rise of the mel bands in dB since the last frame, >= 0. */
    float f0_jitter;        /**< Relative period perturbation, 0..0.5; 0 when not voiced. */
    float shimmer_db;       /**< Amplitude perturbation, 0..4.08 dB; 0 when not voiced. */
    uint32_t syllables;     /**< Syllables so far. */
    float rate_syll_s;   /**< Syllables per second of speech, over the last 3 s of speech; 0 before
                               0.3 s. It moves .5 to .8 of what the true rate does. */
    float nuclei_syll_s; /**< Nuclei per second, likewise: what the model hears. It moves a third
                               of what the true rate does in a language that nobody taught. */
};

/** FFT plans, windows and mel weights: const after creation, shared by any number of extractors. */
struct ut_analysis;

/**
 * Plans the FFTs and fills the tables. FFTW's planner is not thread-safe: one thread at a time.
 * Returns 0 or UT_ENOMEM; *out is untouched on failure. Allocates.
 */
int ut_analysis_create(struct ut_analysis **out) UT_MUST_CHECK;
/** NULL is fine. Same threads as ut_analysis_create. */
void ut_analysis_destroy(struct ut_analysis *an);

/** The state of one channel's extractor. */
struct ut_features;

/** Bytes that ut_features_init needs. Any thread. */
size_t ut_features_state_size(void);

/**
 * Starts an extractor in the caller's memory.
 *
 * mem: ut_features_state_size() bytes, aligned to 64; owned by the caller and kept until the end.
 * an: borrowed, outlives the extractor.
 * Returns the extractor, which lies at mem. Any thread; no allocation.
 */
struct ut_features *ut_features_init(void *mem, const struct ut_analysis *an);

/**
 * As init in memory of its own. Returns 0, UT_EINVAL for NULL, or UT_ENOMEM; *out is untouched on
 * failure. Any thread; allocates.
 */
int ut_features_create(struct ut_features **out, const struct ut_analysis *an) UT_MUST_CHECK;

/** Releases what ut_features_create gave, nothing else; NULL is fine. */
void ut_features_destroy(struct ut_features *fx);

/**
 * Takes one hop of samples and gives the frame UT_FEATURES_DELAY hops back.
 *
 * pcm: [UT_HOP_SAMPLES] float, -1..1; NaN and infinity count as 0, larger values are clamped.
 * flags: what the source knows of these samples: UT_FRAME_GAP, UT_FRAME_OVERRUN or 0.
 * out: receives a frame when 1 is returned.
 * Returns 1 with a frame, 0 while the look-ahead fills. No allocation, no lock, no system call;
 * one thread at a time for one extractor.
 */
int ut_features_push(struct ut_features *fx, const float *pcm, uint32_t flags,
                     struct ut_frame *out);

/** After the last push: 1 with one more of the delayed frames in *out, 0 when none is left. Push no
 * more after it. No allocation. */
int ut_features_flush(struct ut_features *fx, struct ut_frame *out);

#ifdef __cplusplus
}
#endif

#endif

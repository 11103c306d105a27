/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_ACTIVITY_H
#define UT_FEATURES_ACTIVITY_H

#include <stdint.h>

#include <undertone/features.h>

/*
 * Speech activity of telephone speech, frame by frame, with 100 ms of look-ahead.
 *
 * The noise floor of each band is the minimum of its smoothed level over the last seconds (Martin,
 * 2001, "Noise power spectral density estimation based on optimal smoothing and minimum
 * statistics", IEEE TSAP 9(5)), and its mean is learnt in what is not speech (Sohn, Kim and Sung,
 * 1999, "A statistical model-based voice activity detection", IEEE SPL 6(1)). What stands above
 * them, now and in the long-term envelope around the frame (Ramirez and others, 2004, "Efficient
 * voice activity detection algorithms using long-term speech information", Speech Communication
 * 42), with its modulation and its shape, goes through a network of one small hidden layer whose
 * weights tools/fit-activity makes. Only differences of levels enter it: gain does not matter.
 */
enum {
    UT__ACTIVITY_DELAY = UT_FEATURES_DELAY - 1, /**< Frames from push to decision. */
    UT__ACTIVITY_SIDE = UT__ACTIVITY_DELAY,     /**< Frames looked at on either side of it. */
    UT__ACTIVITY_SPAN = 2 * UT__ACTIVITY_SIDE + 1,
    UT__ACTIVITY_BANDS = UT_MEL_BANDS / 2, /**< Neighbouring mel bands are taken in pairs. */
    UT__ACTIVITY_ROWS = 32,                /**< Frames of history; a power of two. */
    UT__ACTIVITY_MINIMA = 8,               /**< Stretches over which minima are kept. */
    UT__ACTIVITY_INPUTS = 25,              /**< Of the network. */
    UT__ACTIVITY_HIDDEN = 16
};

/** What stands in `tune`. */
enum ut__activity_tune {
    UT__ACTIVITY_OUT_BIAS,
    UT__ACTIVITY_ENTER, /**< Log odds from which speech begins. */
    UT__ACTIVITY_LEAVE, /**< Below which it ends. */
    UT__ACTIVITY_TUNES
};

/** The network: const after ut__weights_read. By input, so that the units are the vector. */
struct ut__activity_weights {
    _Alignas(64) float hidden[UT__ACTIVITY_INPUTS][UT__ACTIVITY_HIDDEN];
    float bias[UT__ACTIVITY_HIDDEN];
    float out[UT__ACTIVITY_HIDDEN];
    float tune[UT__ACTIVITY_TUNES];
};

/* What the bands tell of the frame decided and its surroundings; rows from the oldest. */
struct ut__activity_around {
    float above[UT__ACTIVITY_SPAN]; /* Mean over the bands of what stands above the floor, dB. */
    float level[UT__ACTIVITY_SPAN]; /* Mean band level, dB. */
    float before;                   /* Mean of `above` in the 130 ms before them. */
    float envelope;                 /* Highest of `above` within 6 rows. */
    float third[3];                 /* Above the floor in the low, middle and high bands, 3 rows. */
    float over_mean;                /* Above the mean noise, 3 rows. */
    float top;                      /* Mean square of what stands above the floor, rooted. */
    float change;                   /* Mean absolute difference of the rows 2 before and 2 after. */
    float flatness;                 /* Deviation of the bands from their mean level, 3 rows. */
};

struct ut__activity {
    _Alignas(32) float row[UT__ACTIVITY_ROWS][UT__ACTIVITY_BANDS]; /* Band levels in dB. */
    _Alignas(32) float slow[UT__ACTIVITY_BANDS];                   /* Smoothed band levels. */
    _Alignas(32) float floor[UT__ACTIVITY_BANDS]; /* Noise floor in dB, from the minima. */
    _Alignas(32) float mean[UT__ACTIVITY_BANDS];  /* Mean noise in dB, learnt in non-speech. */
    _Alignas(32) float least[UT__ACTIVITY_BANDS]; /* Minimum of the current stretch. */
    _Alignas(32) float minima[UT__ACTIVITY_MINIMA][UT__ACTIVITY_BANDS];
    _Alignas(32) float input[UT__ACTIVITY_INPUTS]; /* Of the last decision. */
    struct ut__activity_around around;             /* Of the last decision. */
    float mid[UT__ACTIVITY_ROWS];                  /* Mean band levels in dB. */
    float above[UT__ACTIVITY_ROWS]; /* Mean over the bands of what stood above the floor. */
    float level[UT__ACTIVITY_ROWS]; /* Frame levels in dBFS. */
    float peak;                     /* Level that speech reaches, in dB. */
    float spread;                   /* Mean deviation of the noise, in dB. */
    float noise_dbfs;
    float logit;
    float margin;    /* dB by which the floor of a line just begun is put lower. */
    float moved;     /* Change of the bands in shape as a line begins; dB, mean. */
    uint32_t pushed; /* Frames, */
    uint32_t heard;  /* and those that were no digital silence. */
    uint32_t silent; /* Digital silence: a bit a frame, the newest the lowest. */
    uint8_t speech;
};

struct ut__activity_frame {
    float prob;       /**< That the frame is speech, 0..1. */
    float noise_dbfs; /**< Level of the noise, -120..0. */
    float level_dbfs; /**< Of the frame, as it was pushed. */
    uint8_t speech;   /**< Decision with hysteresis. */
};

/** Starts anew. Any thread; no allocation. */
void ut__activity_init(struct ut__activity *va);

/** The band levels of the frame decided (0), or so many frames before or after it; |by| <= 9. */
static inline const float *ut__activity_row(const struct ut__activity *va, int by)
{
    uint32_t decided = va->pushed - 1 - UT__ACTIVITY_DELAY;
    return va->row[(decided + (uint32_t)by) % UT__ACTIVITY_ROWS];
}

/**
 * Takes one frame and decides the frame UT__ACTIVITY_DELAY pushes back.
 *
 * mel_db: [UT_MEL_BANDS] dB, centred on the frame. level_dbfs: of the frame. silent: 1 where it is
 * digital silence, which tells nothing of the line: it counts as the noise known so far.
 * Returns 1 with *out set, 0 while the look-ahead fills. No allocation.
 */
int ut__activity_push(struct ut__activity *va, const struct ut__activity_weights *w,
                      const float *mel_db, float level_dbfs, int silent,
                      struct ut__activity_frame *out);

#endif

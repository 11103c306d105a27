/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_MODEL_H
#define UT_STRESS_MODEL_H

#include <stdint.h>

#include <undertone/event.h>
#include <undertone/features.h>
#include <undertone/model.h>
#include <undertone/site.h>

#include "base/arrays.h"
#include "stress/encoder.h"
#include "stress/gate.h"
#include "stress/second.h"
#include "stress/shape.h"

/*
 * A model in memory, laid out for the loops that use it.
 *
 * The file is one of arrays (base/arrays.h) that begins with "UTMODEL". "second" is one row: all
 * weights of the second ear in the order in which second_net.c uses them. Every array of the table
 * in model.c must be there once, with its shape; there are no others.
 */

enum {
    UT__MODEL_VERSION = 4, /* 1 knew no sites, 2 had one ear, 3 no speech played fast. */
    UT__BUDGET_ROWS = 16,  /* Of the threshold table. */
    UT__HEAD_INPUTS = 2 * UT__VECTOR + 1,
    UT__OUTPUTS_PADDED = 32 /* ut__dense works in tiles. */
};

/* Constants that were fitted with the weights. */
enum ut__tune {
    UT__TUNE_STRESS_SCALE, /* Calibration: probability = sigmoid(scale * logit + offset). */
    UT__TUNE_STRESS_OFFSET,
    UT__TUNE_AROUSAL_SCALE,
    UT__TUNE_AROUSAL_OFFSET,
    UT__TUNE_EVIDENCE_WEIGHT, /* Log odds that one logit of a half second adds. */
    UT__TUNE_EVIDENCE_BIAS,   /* Logit that says nothing either way. */
    UT__TUNE_RATE_UP,   /* Chance per half second of speech that a calm caller gets stressed. */
    UT__TUNE_RATE_DOWN, /* And the other way round. */
    UT__TUNE_OWN_SHARE, /* How much of the caller's own calm logit is taken off, 0..1. */
    UT__TUNE_OWN_PRIOR, /* The population's calm logit, which stands for the caller's at first. */
    UT__TUNE_OWN_COUNT, /* Updates that the population's is worth. */
    UT__TUNE_ELEVATED,  /* Stress from which a caller counts as elevated. */
    UT__TUNE_MIX,       /* Of the stress output in the log odds of stress. */
    UT__TUNE_FEAR,      /* What fear counts beside anger. */
    UT__TUNE_THRESHOLD, /* Of the alert rule, when nobody says another or a budget. */
    UT__TUNE_EVIDENCE_CAP,  /* Logits that one half second counts at most. */
    UT__TUNE_STRANGER_BIAS, /* Added to the bias while nothing is known of the caller. */
    UT__TUNES = 24
};

/** What is usual where nothing is known of the caller: the model's, or a site's. */
struct ut__everybody {
    float shift;   /* Added to all log odds. */
    float usual;   /* Log odds of a calm voice, before the shift. */
    uint32_t site; /* Checksum of the site's profile; 0: the model's own. */
};

/*
 * How the second ear's read-outs join the first ear's log odds, fitted with the weights. The odds
 * of two causes add up: of stress as both ears hear it, and of fear, on which the first knows less.
 * What a machine plays too fast sounds stressed to both; its log odds are taken off.
 */
enum ut__second_tune {
    UT__SECOND_SCALE, /* Calibration: log odds = scale * log(e^stress + e^fear) + offset. */
    UT__SECOND_OFFSET,
    UT__SECOND_STRESS_FIRST, /* Stress: this * the first ear's log odds */
    UT__SECOND_STRESS,       /* + this * the read-out of stress. */
    UT__SECOND_FEAR_FIRST,   /* Fear: likewise, */
    UT__SECOND_FEAR,
    UT__SECOND_FEAR_BIAS,
    UT__SECOND_LIMIT,       /* with read-outs at most so far from 0. */
    UT__SECOND_CALM_STRESS, /* Unheard, they stand at what calm speech gives. */
    UT__SECOND_CALM_FEAR,
    UT__SECOND_BIAS, /* Of read-outs by enum ut__axis; each with a baseline, and alone. */
    UT__SECOND_TUNES = 16
};

/** A linear read-out's weights: see struct ut__reading. */
struct ut__readout {
    float diff[UT__SECOND_VECTOR], own[UT__SECOND_VECTOR], alone[UT__SECOND_VECTOR];
};

struct ut_model {
    struct ut__encoder_weights encoder;
    _Alignas(64) float input_mean[UT__INPUTS];
    _Alignas(64) float input_scale[UT__INPUTS];
    _Alignas(64) float diff_mean[UT__VECTOR]; /* Of vector less baseline vector. */
    _Alignas(64) float diff_scale[UT__VECTOR];
    _Alignas(64) float self_mean[UT__VECTOR];
    _Alignas(64) float self_scale[UT__VECTOR];
    _Alignas(64) float hidden_w UT__TILES(UT__HEAD_INPUTS, UT__HIDDEN);
    _Alignas(64) float hidden_b[UT__HIDDEN];
    _Alignas(64) float out_w UT__TILES(UT__HIDDEN, UT__OUTPUTS_PADDED);
    _Alignas(64) float out_b[UT__OUTPUTS_PADDED];
    _Alignas(64) float explain[UT_REASON_COUNT][UT__VECTOR]; /* See explain.h. */
    _Alignas(64) float second[UT__SECOND_WEIGHTS];
    struct ut__readout readout[UT__AXES];
    float second_tune[UT__SECOND_TUNES];
    struct ut__second_tables second_tables;
    float tune[UT__TUNES];
    float budget[UT__BUDGET_ROWS][2]; /* False alerts per 100 h, threshold; falling, rising. */
    float site[UT_SITE_SHIFTS]; /* How near ordinary calls came to alerts, an hour; see site.c. */
    struct ut__everybody all;   /* The model's own, or the site's. */
    struct ut_analysis *analysis;
    uint32_t crc;
    char name[UT__ARRAYS_NAME_BYTES + 1];
};

/** What a profile says of everybody; site NULL: what the model itself does. */
struct ut__everybody ut__model_everybody(const struct ut_model *model, const struct ut_site *site);

/** What the head says of a segment. */
struct ut__verdict {
    float stress_logit; /* Calibrated: its sigmoid is the probability. */
    float arousal;      /* 0..1 */
    float valence;      /* -1..1 */
};

/**
 * vector, baseline: [UT__VECTOR]; trust: 0..1, 0: the baseline is not read. No allocation.
 */
void ut__model_judge(const struct ut_model *model, const float *vector, const float *baseline,
                     float trust, struct ut__verdict *out);

enum { UT__JUDGED_MAX = 1 + UT_REASON_COUNT };

/** The same for `count` vectors, at most UT__JUDGED_MAX: each weight is read once for several. */
void ut__model_judge_all(const struct ut_model *model, const float (*vector)[UT__VECTOR],
                         size_t count, const float *baseline, float trust, struct ut__verdict *out);

/** What the read-outs make of a vector, [UT__SECOND_VECTOR]. No allocation. */
void ut__model_read(const struct ut_model *model, const float *vector, struct ut__reading *out);

/**
 * Gives the second ear a frame of the caller's, heard or not. samples: ut__features_samples' of it;
 * gate: which windows are heard, NULL: all. Returns 1 with a reading when the frame completed a
 * window, -1 when that window is not heard, else 0. No allocation.
 */
int ut__model_hear(const struct ut_model *model, struct ut__second *ear,
                   const struct ut_frame *frame, const float *samples, struct ut__gate *gate,
                   struct ut__reading *out);

/** A reading against the caller's baseline: the mean `diff` of calm speech, [UT__AXES]; trust: 0..1.
 * axes: [UT__AXES], log odds. */
void ut__model_axes(const struct ut_model *model, const struct ut__reading *reading,
                    const float *baseline, float trust, float *axes);

/** Both ears' calibrated log odds of stress. first: the first ear's; axes: [UT__AXES], or NULL where
 * the second ear heard nothing; snr_db: of what it heard: in noise the first counts more. */
float ut__model_join(const struct ut_model *model, float first, const float *axes, float snr_db);

float ut__sigmoid(float x);

#endif

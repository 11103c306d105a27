/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_BASELINE_H
#define UT_STRESS_BASELINE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>
#include <undertone/event.h>

#include "stress/second.h"
#include "stress/shape.h"

/*
 * The caller's own calm voice: running means of the segment vector, of the measures and of the log
 * odds of stress.
 *
 * Segments enter by weight: what sounds stressed counts little, so that a caller who begins angry
 * does not become the caller's own normal. The memory is bounded, so the mean drifts slowly with a
 * long call.
 *
 * How loud the caller is belongs to the line, not to the caller: a baseline that was read from a
 * blob has no level until the new call has taught one.
 */
struct ut__baseline {
    float speech_s; /* Weighed speech that the means rest on. */
    float vector[UT__VECTOR];
    float measures_s; /* Likewise, for the measures. */
    float measures[UT_REASON_COUNT];
    float usual;            /* Log odds of stress of the calm voice. */
    float usual_n;          /* Weighed updates that they rest on. */
    float second_s;         /* Weighed speech that the second ear's rests on: */
    float second[UT__AXES]; /* the mean of its readings' diff. */
    float level_s;          /* Weighed speech of this call that the vector's level rests on. */
};

/* weight: 0..1; speech_s: that the vector adds; measures: [UT_REASON_COUNT] or NULL. */
void ut__baseline_add(struct ut__baseline *bl, const float *vector, const float *measures,
                      float speech_s, float weight);

/* Adds what an update said, in calibrated log odds, to the usual ones; weight: 0..1. */
void ut__usual_hear(float *usual, float *usual_n, float logit, float weight);

/* Adds what was read out of a window of the second ear's, speech_s long. */
void ut__baseline_add_second(struct ut__baseline *bl, const struct ut__reading *reading,
                             float speech_s, float weight);

/** 0..1: as ut__baseline_trust, of the second ear's mean. */
float ut__baseline_second_trust(const struct ut__baseline *bl);

/**
 * The vector to judge against: the mean; its level, as far as none was learnt on this line, where
 * it makes no difference. vector: of the segment to be judged; level_diff: the model's mean
 * difference of the level; out: [UT__VECTOR].
 */
void ut__baseline_against(const struct ut__baseline *bl, const float *vector, float level_diff,
                          float *out);

/** 0..1: how much a mean over so much speech is worth; what training simulated. */
float ut__baseline_trust(const struct ut__baseline *bl);

/** Writes the blob. Returns its size, 0 when there is too little, UT_ENOSPC. */
int ut__baseline_write(const struct ut__baseline *bl, uint32_t model_crc, uint8_t *buf, size_t cap);

/** Reads a blob made with the same model. Returns 0, UT_EMAGIC, UT_EVERSION, UT_EFEATURESET,
 * UT_ECHECKSUM, UT_ETRUNCATED or UT_EMALFORMED; *bl is untouched on failure. */
int ut__baseline_read(struct ut__baseline *bl, uint32_t model_crc, const uint8_t *buf, size_t len);

#endif

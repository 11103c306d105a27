/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_FILTER_H
#define UT_STRESS_FILTER_H

#include "stress/model.h"

/*
 * The filter over time: that of a hidden Markov chain of two states, calm and stressed. What a
 * segment says (its log odds against the caller's own calm ones, weighed, since segments overlap)
 * is added to what was believed, and belief leaks back at the rate at which callers change
 * (Shiryaev, 1963, "On optimum methods in quickest detection problems"; Rabiner, 1989, forward
 * recursion).
 *
 * What is usual for the caller is learnt beside it, each segment as far as the filter takes it for
 * calm (probabilistic data association: Bar-Shalom and Tse, 1975, "Tracking in a cluttered
 * environment with probabilistic data association"). Until it is known, what is usual for everybody
 * stands for it: so a caller who sounds stressed from the first word is believed to be, and does
 * not become the caller's own normal.
 */

/** Log odds with which a call begins. tune: of the model, as in all of these. */
float ut__believe_first(const float *tune);

/**
 * Log odds after a segment. belief: before it. logit: of the segment, before the shift. usual,
 * usual_n: of the caller, and the updates that it rests on.
 */
float ut__believe(const float *tune, const struct ut__everybody *all, float belief, float logit,
                  float usual, float usual_n);

/** How much a segment may teach what is usual, 0..1: as far as the caller is believed calm. */
float ut__calm_weight(float belief);

/*
 * The same filter with other shifts, for the site to learn which of them it bears: how near each
 * comes to an alert.
 */
struct ut__probe {
    float belief, usual, usual_n, highest;
};

struct ut__probes {
    struct ut__probe shifted[UT_SITE_SHIFTS];
    uint32_t updates;
    int returns; /* 1: what is usual for the caller was known before the call. */
};

/** usual, usual_n: as known before the call. */
void ut__probes_init(struct ut__probes *probes, const float *tune, float usual, float usual_n);
/**
 * What is added to the log odds of the next segment. Who is known from before and sounds stressed
 * in the first seconds is so against a voice of another day, which is telling, and has no calm
 * words first to rise from: so less is asked for, and with every segment more.
 */
float ut__probes_lead(const struct ut__probes *probes);
void ut__probes_hear(struct ut__probes *probes, const float *tune, float logit);

/** near: [UT_SITE_SHIFTS], 0..1: how far the odds rose from those of the beginning to an alert's. */
void ut__probes_near(const struct ut__probes *probes, const float *tune, float *near);

/** A shift by its index. */
float ut__site_shift(int index);

#endif

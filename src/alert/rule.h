/* SPDX-License-Identifier: MIT */
#ifndef UT_ALERT_RULE_H
#define UT_ALERT_RULE_H

#include <undertone/alert.h>

/*
 * When an alert is raised and cleared. Evidence, the probability that the caller is stressed given
 * all that was heard, raises it; it clears after so much speech of a calm caller. One alert stands
 * at a time, and none follows a clear within the hold-off.
 */

enum ut__rule_action { UT__RULE_NOTHING, UT__RULE_RAISE, UT__RULE_CLEAR };

struct ut__rule {
    struct ut_alert_config cfg; /* No field is zero. */
    double onset_s;             /* When the evidence last rose above the clear threshold, or was
                                   there again above it after a long time without any. */
    double heard_s;             /* Of the last evidence. */
    double cleared_s;           /* Of the last clear; negative before the first. */
    float calm_speech_s; /* Caller speech below the clear threshold, while an alert stands. */
    int above;           /* The evidence is above the clear threshold. */
    int standing;
};

/** cfg: with a threshold; other fields that are zero take ut_alert_config_default's. */
void ut__rule_init(struct ut__rule *rule, const struct ut_alert_config *cfg);

/**
 * One new piece of evidence.
 *
 * t_s: media time. speech_s: caller speech since the last call. evidence: 0..1.
 * No allocation. The same calls give the same actions.
 */
enum ut__rule_action ut__rule_push(struct ut__rule *rule, double t_s, float speech_s,
                                   float evidence);

#endif

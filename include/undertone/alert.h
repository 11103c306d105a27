/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_ALERT_H
#define UNDERTONE_ALERT_H

/*
 * When an alert is raised and when it is cleared. The rule itself runs inside a call, on evidence:
 * the belief, 0..1, that the caller is stressed, given all that was heard so far;
 * ut_model_evidence_max says how it is kept.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** ut_call_create refuses negative values and those that are no numbers. */
struct ut_alert_config {
    float threshold;       /**< Evidence at which an alert is raised: up to ut_model_evidence_max(),
                                since above that none ever would be; 0: the model's own. */
    float clear_threshold; /**< Evidence below which it may clear; more than the threshold counts as
                                the threshold; 0: the default, 0.5. */
    float clear_speech_s;  /**< Seconds of caller speech below that before it clears; 0: the
                                default, 1. */
    float hold_off_s;      /**< Seconds of media after a clear in which none is raised; 0: the
                                default, 10. */
};

/**
 * The values that the shipped model was fitted with; the threshold is 0, the model's own. Any
 * thread; no allocation.
 */
struct ut_alert_config ut_alert_config_default(void);

#ifdef __cplusplus
}
#endif

#endif

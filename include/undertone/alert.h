/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_ALERT_H
#define UNDERTONE_ALERT_H

/* When an alert is raised and when it is cleared. The rule itself runs inside a call. */

#ifdef __cplusplus
extern "C" {
#endif

struct ut_alert_config {
    float threshold; /**< Evidence at which an alert is raised, 0..1; 0: the model's own. Above
                          ut_model_evidence_max() none ever is. */
    float clear_threshold; /**< Evidence below which it may clear, 0..threshold; 0: the default. */
    float clear_speech_s;  /**< Caller speech below that level before it clears; 0: the default. */
    float hold_off_s;      /**< Media time after a clear in which none is raised; 0: the default. */
};

/** The values that the shipped model was fitted with; its threshold is 0, the model's own. */
struct ut_alert_config ut_alert_config_default(void);

#ifdef __cplusplus
}
#endif

#endif

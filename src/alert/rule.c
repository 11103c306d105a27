/* SPDX-License-Identifier: MIT */
/* Enter and leave thresholds, a minimum of calm speech, hold-off. */

#include "alert/rule.h"

/* Without evidence for so long, as on hold, what rose before has not lasted. */
#define STALE_S 20.0

static const struct ut_alert_config defaults = {
    .clear_threshold = 0.5f, .clear_speech_s = 1.0f, .hold_off_s = 10.0f};

struct ut_alert_config ut_alert_config_default(void)
{
    return defaults;
}

void ut__rule_init(struct ut__rule *rule, const struct ut_alert_config *cfg)
{
    *rule = (struct ut__rule){.cfg = *cfg, .cleared_s = -1e9};
    if (!(cfg->clear_threshold > 0))
        rule->cfg.clear_threshold = defaults.clear_threshold;
    if (rule->cfg.clear_threshold > rule->cfg.threshold)
        rule->cfg.clear_threshold = rule->cfg.threshold;
    if (!(cfg->clear_speech_s > 0))
        rule->cfg.clear_speech_s = defaults.clear_speech_s;
    if (!(cfg->hold_off_s > 0))
        rule->cfg.hold_off_s = defaults.hold_off_s;
}

enum ut__rule_action ut__rule_push(struct ut__rule *rule, double t_s, float speech_s,
                                   float evidence)
{
    int above = evidence >= rule->cfg.clear_threshold;
    int lasts = rule->above && t_s - rule->heard_s <= STALE_S;
    if (above && !lasts && !rule->standing)
        rule->onset_s = t_s;
    rule->above = above;
    rule->heard_s = t_s;

    if (!rule->standing) {
        if (evidence < rule->cfg.threshold || t_s - rule->cleared_s < (double)rule->cfg.hold_off_s)
            return UT__RULE_NOTHING;
        rule->standing = 1;
        rule->calm_speech_s = 0;
        return UT__RULE_RAISE;
    }
    rule->calm_speech_s = above ? 0 : rule->calm_speech_s + speech_s;
    if (rule->calm_speech_s < rule->cfg.clear_speech_s)
        return UT__RULE_NOTHING;
    rule->standing = 0;
    rule->cleared_s = t_s;
    return UT__RULE_CLEAR;
}

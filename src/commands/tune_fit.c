/* SPDX-License-Identifier: MIT */
/* The alert rule over the evidence of many calls, threshold by threshold. */

#include <math.h>
#include <stdlib.h>

#include <undertone/features.h>

#include "alert/rule.h"
#include "commands/tune.h"

#define ALERT_WITHIN_S 10.0 /* Of caller speech after the onset: later is too late. */
#define LOG_ODDS_MIN   (-1.0)
#define LOG_ODDS_STEP  0.05

struct found {
    double delay_s, delay_speech_s; /* Negative: not in time. */
    size_t alerts;                  /* False ones. */
    int any;
};

static void run_rule(struct found *found, const struct ut__tune_call *call,
                     const struct ut_alert_config *cfg)
{
    struct ut__rule rule;
    int first = 1;
    *found = (struct found){.delay_s = -1, .delay_speech_s = -1};
    ut__rule_init(&rule, cfg);
    for (size_t i = 0; i < call->steps; i++) {
        double t_s = (double)call->step[i].t_frames * UT_HOP_MS / 1000;
        if (ut__rule_push(&rule, t_s, call->step_speech_s, call->step[i].evidence) !=
            UT__RULE_RAISE)
            continue;
        found->any = 1;
        if (call->onset_s < 0 || t_s < call->onset_s) {
            found->alerts++;
        } else if (first) {
            first = 0;
            double speech = ut__tune_speech_at(call, t_s) - ut__tune_speech_at(call, call->onset_s);
            if (speech <= ALERT_WITHIN_S) {
                found->delay_s = t_s - call->onset_s;
                found->delay_speech_s = speech;
            }
        }
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    if (n == 0)
        return -1;
    qsort(x, n, sizeof x[0], ascending);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* The mean at which so few events or fewer come in 2.5 % of cases (Garwood, 1936), by bisection. */
static double poisson_upper(size_t events)
{
    double low = (double)events, high = (double)events + 10 + 6 * sqrt((double)events);
    for (int i = 0; i < 60; i++) {
        double mean = (low + high) / 2, at_most = 0;
        for (size_t k = 0; k <= events; k++)
            at_most += exp((double)k * log(mean) - mean - lgamma((double)k + 1));
        *(at_most > 0.025 ? &low : &high) = mean;
    }
    return high;
}

int ut__tune_row(struct ut__tune_row *row, const struct ut__tune_archive *archive,
                 const struct ut_alert_config *rule, float threshold)
{
    struct ut_alert_config cfg = *rule;
    cfg.threshold = threshold;
    *row = (struct ut__tune_row){.threshold = threshold};
    double *delay_s = calloc(2 * archive->calls + 1, sizeof delay_s[0]);
    if (!delay_s)
        return UT_ENOMEM;
    double *speech_s = delay_s + archive->calls;
    for (size_t i = 0; i < archive->calls; i++) {
        struct found found;
        run_rule(&found, &archive->call[i], &cfg);
        row->alerts += found.alerts;
        row->calls_alerted += (size_t)found.any;
        if (found.delay_s >= 0) {
            delay_s[row->caught] = found.delay_s;
            speech_s[row->caught++] = found.delay_speech_s;
        }
    }
    row->delay_s = median(delay_s, row->caught);
    row->delay_speech_s = median(speech_s, row->caught);
    free(delay_s);
    if (archive->calm_h > 0) {
        row->alerts_per_100h = (double)row->alerts / archive->calm_h * 100;
        row->at_most_per_100h = poisson_upper(row->alerts) / archive->calm_h * 100;
    }
    return 0;
}

int ut__tune_rows(struct ut__tune_row *rows, const struct ut__tune_archive *archive,
                  const struct ut_alert_config *rule)
{
    for (int i = 0; i < UT__TUNE_THRESHOLDS; i++) {
        double p = 1 / (1 + exp(-(LOG_ODDS_MIN + i * LOG_ODDS_STEP)));
        /* As it is printed, so that the printed threshold gives these very alerts. */
        int err = ut__tune_row(&rows[i], archive, rule, (float)(round(p * 1e6) / 1e6));
        if (err)
            return err;
    }
    return 0;
}

const struct ut__tune_row *ut__tune_choose(const struct ut__tune_row *rows, float budget_per_100h,
                                           float highest)
{
    const struct ut__tune_row *chosen = NULL;
    for (int i = UT__TUNE_THRESHOLDS - 1; i >= 0; i--) {
        if (rows[i].alerts_per_100h > (double)budget_per_100h)
            break;
        if (rows[i].threshold <= highest)
            chosen = &rows[i];
    }
    return chosen;
}

/* SPDX-License-Identifier: MIT */
/* The filter over time, and its probes. */

#include "stress/filter.h"

#include <math.h>
#include <string.h>

#include "stress/baseline.h"
#include "stress/model.h"

#define BELIEF_MAX 12.0f /* Log odds; keeps the filter able to change its mind. */
#define SHIFT_STEP 0.25f
#define LEAD       0.5f /* Log odds of the first segment of who returns. */
#define LEAD_UNTIL 24   /* Segments, 12 s of speech, after which nothing is left of it. */

float ut__believe_first(const float *tune)
{
    return logf(tune[UT__TUNE_RATE_UP] / tune[UT__TUNE_RATE_DOWN]);
}

static float within(float x, float most)
{
    return fminf(fmaxf(x, -most), most);
}

float ut__believe(const float *tune, const struct ut__everybody *all, float belief, float logit,
                  float usual, float usual_n)
{
    float p = ut__sigmoid(belief), k = tune[UT__TUNE_OWN_COUNT];
    p = p * (1 - tune[UT__TUNE_RATE_DOWN]) + (1 - p) * tune[UT__TUNE_RATE_UP];
    float own = (all->usual * k + usual * usual_n) / (k + usual_n);
    float bias = tune[UT__TUNE_EVIDENCE_BIAS] + tune[UT__TUNE_STRANGER_BIAS] * k / (k + usual_n);
    float above = logit + all->shift - tune[UT__TUNE_OWN_SHARE] * own - bias;
    above = within(above, tune[UT__TUNE_EVIDENCE_CAP]);
    return within(logf(p / (1 - p)) + tune[UT__TUNE_EVIDENCE_WEIGHT] * above, BELIEF_MAX);
}

float ut__calm_weight(float belief)
{
    float calm = ut__sigmoid(-belief);
    return calm * calm;
}

/* The positive root of (k - 1) r p^2 + (1 + (k - 1) up - k r) p - k up = 0 with r = 1 - up - down:
 * where `ut__believe`, given as much as the cap lets through, leaves p as it was. */
float ut_model_evidence_max(const struct ut_model *model)
{
    const float *tune = model->tune;
    double up = (double)tune[UT__TUNE_RATE_UP], r = 1 - up - (double)tune[UT__TUNE_RATE_DOWN];
    double most = (double)tune[UT__TUNE_EVIDENCE_WEIGHT] * (double)tune[UT__TUNE_EVIDENCE_CAP];
    double k = exp(fmin(fabs(most), (double)BELIEF_MAX * 2));
    double a = (k - 1) * r, b = 1 + (k - 1) * up - k * r, c = -k * up;
    double root = a > 0 ? (-b + sqrt(b * b - 4 * a * c)) / (2 * a) : -c / b;
    return fminf((float)root, ut__sigmoid(BELIEF_MAX));
}

/* ---- probes ---- */

float ut__site_shift(int index)
{
    return SHIFT_STEP * (float)(index - UT_SITE_SHIFTS / 2);
}

void ut__probes_init(struct ut__probes *probes, const float *tune, float usual, float usual_n)
{
    memset(probes, 0, sizeof *probes);
    for (int i = 0; i < UT_SITE_SHIFTS; i++)
        probes->shifted[i] = (struct ut__probe){.belief = ut__believe_first(tune),
                                                .usual = usual,
                                                .usual_n = usual_n,
                                                .highest = ut__believe_first(tune)};
    probes->returns = usual_n > 0;
}

float ut__probes_lead(const struct ut__probes *probes)
{
    if (!probes->returns || probes->updates >= LEAD_UNTIL)
        return 0;
    return LEAD * (1 - (float)probes->updates / LEAD_UNTIL);
}

void ut__probes_hear(struct ut__probes *probes, const float *tune, float logit)
{
    float lead = ut__probes_lead(probes);
    probes->updates++;
    for (int i = 0; i < UT_SITE_SHIFTS; i++) {
        struct ut__probe *p = &probes->shifted[i];
        const struct ut__everybody all = {.shift = ut__site_shift(i),
                                          .usual = tune[UT__TUNE_OWN_PRIOR]};
        p->belief = ut__believe(tune, &all, p->belief, logit + lead, p->usual, p->usual_n);
        p->highest = fmaxf(p->highest, p->belief);
        ut__usual_hear(&p->usual, &p->usual_n, logit, ut__calm_weight(p->belief));
    }
}

void ut__probes_near(const struct ut__probes *probes, const float *tune, float *near)
{
    float threshold = tune[UT__TUNE_THRESHOLD];
    float alert = threshold / (1 - threshold), begin = expf(ut__believe_first(tune));
    for (int i = 0; i < UT_SITE_SHIFTS; i++) {
        /* Odds above those that every call begins with: calls count by what was heard in them. */
        float share = (expf(probes->shifted[i].highest) - begin) / (alert - begin);
        near[i] = fminf(fmaxf(share, 0), 1);
    }
}

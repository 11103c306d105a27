/* SPDX-License-Identifier: MIT */
/* The caller's stress in the stream; see stress.h for the flow. */

#include "stress/stress.h"

#include <math.h>
#include <string.h>

#include "stress/explain.h"
#include "stress/model.h"

enum {
    OWN_MEMORY = 60,           /* Updates: half a minute of speech. */
    BASELINE_FIRST_UPDATES = 6 /* The first 3 s of speech enter the baseline whatever they are. */
};

#define SMOOTH_SHARE    0.35f /* Of a new segment in the smoothed score. */
#define BLOCK_S         ((float)UT__BLOCK_FRAMES * UT_HOP_MS / 1000.0f)
#define BELIEF_MAX      12.0f /* Log odds; keeps the filter able to change its mind. */
#define CONFIDENT_S     2.0f
#define NEAR_CALM       0.5f /* Stress below which a segment may teach the baseline fully. */
#define WEIGHT_STRESSED 0.1f /* Weight of a stressed segment in a baseline that is still young. */

void ut__stress_init(struct ut__stress *st, const struct ut_model *model)
{
    memset(st, 0, sizeof *st);
    st->model = model;
    ut__listener_init(&st->ear, NULL);
    const float *tune = model->tune;
    st->belief = logf(tune[UT__TUNE_RATE_UP] / tune[UT__TUNE_RATE_DOWN]);
}

/* Forward step of the two-state chain: belief leaks at the rates of change, then the segment
 * speaks. */
static void believe(struct ut__stress *st, float logit)
{
    const float *tune = st->model->tune;
    float p = ut__sigmoid(st->belief);
    p = p * (1 - tune[UT__TUNE_RATE_DOWN]) + (1 - p) * tune[UT__TUNE_RATE_UP];
    float k = tune[UT__TUNE_OWN_COUNT], n = (float)st->own_count;
    float own = (tune[UT__TUNE_OWN_PRIOR] * k + st->own * n) / (k + n);
    float above = logit - tune[UT__TUNE_OWN_SHARE] * own - tune[UT__TUNE_EVIDENCE_BIAS];
    above = fminf(fmaxf(above, -tune[UT__TUNE_EVIDENCE_CAP]), tune[UT__TUNE_EVIDENCE_CAP]);
    st->belief = logf(p / (1 - p)) + tune[UT__TUNE_EVIDENCE_WEIGHT] * above;
    st->belief = fminf(fmaxf(st->belief, -BELIEF_MAX), BELIEF_MAX);
    if (st->updates >= BASELINE_FIRST_UPDATES && st->belief >= 0)
        return; /* Never learn what is usual from what sounds stressed. */
    if (st->own_count < OWN_MEMORY)
        st->own_count++;
    st->own += (logit - st->own) / (float)st->own_count;
}

/*
 * Teaches the baseline. Young, it takes all speech, weighing down what sounds stressed without any
 * baseline (the population's prior); grown, only what sounds calm against itself.
 */
static void learn(struct ut__stress *st, const float *vector, const float *measures, float trust,
                  float stress)
{
    struct ut__verdict prior;
    ut__model_judge(st->model, vector, st->baseline.vector, 0, &prior);
    float calm = 1 - ut__sigmoid(prior.stress_logit);
    float weight = WEIGHT_STRESSED + (1 - WEIGHT_STRESSED) * calm;
    if (st->updates >= BASELINE_FIRST_UPDATES) {
        if (stress >= NEAR_CALM || ut__sigmoid(st->belief) >= NEAR_CALM)
            return;
        weight *= 1 - stress / NEAR_CALM * trust;
    }
    ut__baseline_add(&st->baseline, vector, measures, BLOCK_S, weight);
}

/* The positive root of (k - 1) r p^2 + (1 + (k - 1) up - k r) p - k up = 0 with r = 1 - up - down:
 * where `believe`, given as much as the cap lets through, leaves p as it was. */
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

static void tell(const struct ut__stress *st, const struct ut_frame *frame, float logit,
                 float trust, struct ut__stress_update *out)
{
    float speech_s = (float)st->frames * UT_HOP_MS / 1000.0f;
    *out = (struct ut__stress_update){
        .frame = frame->index,
        .logit = logit,
        .stress = ut__sigmoid(st->smooth),
        .arousal = st->arousal,
        .valence = st->valence,
        .evidence = ut__sigmoid(st->belief),
        .confidence = (1 - expf(-speech_s / CONFIDENT_S)) * (0.5f + 0.5f * trust),
        .speech_s = speech_s,
    };
}

/* A block is complete: judge the last seconds of speech. Returns 1 with an update. */
static int judge(struct ut__stress *st, const struct ut_frame *frame, struct ut__stress_update *out)
{
    struct ut__block recent;
    float vector[UT__VECTOR], measures[UT_REASON_COUNT];
    ut__segment_recent(&st->ear.segment, &recent);
    if (!ut__segment_vector(&recent, vector))
        return 0;
    int measured = ut__segment_measures(&recent, measures);
    float trust = ut__baseline_trust(&st->baseline);
    struct ut__verdict verdict;
    ut__model_judge(st->model, vector, st->baseline.vector, trust, &verdict);

    float share = st->updates ? SMOOTH_SHARE : 1;
    st->smooth += share * (verdict.stress_logit - st->smooth);
    st->arousal += share * (verdict.arousal - st->arousal);
    st->valence += share * (verdict.valence - st->valence);
    believe(st, verdict.stress_logit);
    tell(st, frame, verdict.stress_logit, trust, out);
    if (measured && st->baseline.measures_s > 0) {
        out->has_delta = 1;
        for (int i = 0; i < UT_REASON_COUNT; i++)
            out->delta[i] = measures[i] - st->baseline.measures[i];
        out->reason_count =
            ut__explain(st->model, vector, st->baseline.vector, trust, out->delta, out->reasons);
    }
    learn(st, vector, measured ? measures : NULL, trust, ut__sigmoid(verdict.stress_logit));
    st->updates++;
    return 1;
}

int ut__stress_push(struct ut__stress *st, const struct ut_frame *frame,
                    struct ut__stress_update *out)
{
    int heard = ut__listener_push(&st->ear, st->model, frame);
    if (heard < 0)
        return 0;
    st->frames++;
    return heard ? judge(st, frame, out) : 0;
}

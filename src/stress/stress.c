/* SPDX-License-Identifier: MIT */
/* The caller's stress in the stream; see stress.h for the flow. */

#include "stress/stress.h"

#include <math.h>
#include <string.h>

#include "stress/explain.h"
#include "stress/model.h"

#define SMOOTH_SHARE 0.35f /* Of a new segment in the smoothed score. */
#define BLOCK_S      ((float)UT__BLOCK_FRAMES * UT_HOP_MS / 1000.0f)
#define BELIEF_MAX   12.0f /* Log odds; keeps the filter able to change its mind. */
#define CONFIDENT_S  2.0f
#define MEASURED_S   0.5f /* Calm speech without which nothing is above the caller's own. */

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
    float everybody = tune[UT__TUNE_OWN_COUNT], n = st->baseline.usual_n;
    float own = (tune[UT__TUNE_OWN_PRIOR] * everybody + st->baseline.usual * n) / (everybody + n);
    float above = logit - tune[UT__TUNE_OWN_SHARE] * own - tune[UT__TUNE_EVIDENCE_BIAS];
    above = fminf(fmaxf(above, -tune[UT__TUNE_EVIDENCE_CAP]), tune[UT__TUNE_EVIDENCE_CAP]);
    st->belief = logf(p / (1 - p)) + tune[UT__TUNE_EVIDENCE_WEIGHT] * above;
    st->belief = fminf(fmaxf(st->belief, -BELIEF_MAX), BELIEF_MAX);
}

/*
 * Teaches what is usual for the caller, as far as the caller is believed calm. The voice is harder
 * to unlearn than the log odds, so it also counts by how calm it sounds to who knows nobody.
 */
static void learn(struct ut__stress *st, const float *vector, const float *measures, float logit)
{
    struct ut__verdict stranger;
    float calm = ut__sigmoid(-st->belief);
    ut__model_judge(st->model, vector, st->baseline.vector, 0, &stranger);
    ut__baseline_hear(&st->baseline, logit, calm * calm);
    ut__baseline_add(&st->baseline, vector, measures, BLOCK_S,
                     calm * calm * ut__sigmoid(-stranger.stress_logit));
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
    float vector[UT__VECTOR], own[UT__VECTOR], measures[UT_REASON_COUNT];
    ut__segment_recent(&st->ear.segment, &recent);
    if (!ut__segment_vector(&recent, vector))
        return 0;
    int measured = ut__segment_measures(&recent, measures);
    float trust = ut__baseline_trust(&st->baseline);
    struct ut__verdict verdict;
    ut__baseline_against(&st->baseline, vector, st->model->diff_mean[UT__VECTOR_LEVEL], own);
    ut__model_judge(st->model, vector, own, trust, &verdict);

    float share = st->updates ? SMOOTH_SHARE : 1;
    st->smooth += share * (verdict.stress_logit - st->smooth);
    st->arousal += share * (verdict.arousal - st->arousal);
    st->valence += share * (verdict.valence - st->valence);
    believe(st, verdict.stress_logit);
    tell(st, frame, verdict.stress_logit, trust, out);
    if (measured && st->baseline.measures_s >= MEASURED_S) {
        out->has_delta = 1;
        for (int i = 0; i < UT_REASON_COUNT; i++)
            out->delta[i] = measures[i] - st->baseline.measures[i];
        out->reason_count = ut__explain(st->model, vector, own, trust, out->delta, out->reasons);
    }
    learn(st, vector, measured ? measures : NULL, verdict.stress_logit);
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

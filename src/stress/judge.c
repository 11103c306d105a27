/* SPDX-License-Identifier: MIT */
/* The head: a segment's vector against the caller's baseline, one hidden layer, what it says. */

#include "stress/model.h"

#include <math.h>

#define NEVER 1e-6f /* Keeps the log odds finite; as in training. */

float ut__sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* Probabilities of the emotions, from logits in place. */
static void softmax(float *p)
{
    float top = p[0], all = 0;
    for (int i = 1; i < UT__EMOTIONS; i++)
        top = fmaxf(top, p[i]);
    for (int i = 0; i < UT__EMOTIONS; i++)
        all += p[i] = expf(p[i] - top);
    for (int i = 0; i < UT__EMOTIONS; i++)
        p[i] /= all;
}

/* Log odds of stress: anger and fear against those at ease, and the output that was trained for it.
 */
static float stress_of(const float *tune, const float *p, float direct)
{
    float tense = p[UT__OUT_ANGER] + tune[UT__TUNE_FEAR] * p[UT__OUT_FEAR];
    float at_ease = p[UT__OUT_HAPPY] + p[UT__OUT_NEUTRAL] + p[UT__OUT_SAD] + p[UT__OUT_BOREDOM];
    return tune[UT__TUNE_MIX] * direct + logf(tense + NEVER) - logf(at_ease + NEVER);
}

static float valence_of(const float *p)
{
    return p[UT__OUT_HAPPY] - p[UT__OUT_ANGER] - p[UT__OUT_FEAR] - p[UT__OUT_SAD] -
           p[UT__OUT_DISGUST];
}

/* What the outputs of the last layer, changed in place, say. */
static void read_outputs(const struct ut_model *model, float *y, struct ut__verdict *out)
{
    const float *tune = model->tune;
    softmax(y);
    float raw = stress_of(tune, y, y[UT__OUT_STRESS]);
    out->stress_logit = tune[UT__TUNE_STRESS_SCALE] * raw + tune[UT__TUNE_STRESS_OFFSET];
    out->arousal = ut__sigmoid(tune[UT__TUNE_AROUSAL_SCALE] * y[UT__OUT_AROUSAL] +
                               tune[UT__TUNE_AROUSAL_OFFSET]);
    out->valence = valence_of(y);
}

void ut__model_judge_all(const struct ut_model *model, const float (*vector)[UT__VECTOR],
                         size_t count, const float *baseline, float trust, struct ut__verdict *out)
{
    float in[UT__JUDGED_MAX][UT__HEAD_INPUTS] = {{0}}, hidden[UT__JUDGED_MAX][UT__HIDDEN] = {{0}};
    float y[UT__JUDGED_MAX][UT__OUTPUTS_PADDED];
    for (size_t k = 0; k < count; k++) {
        for (int i = 0; i < UT__VECTOR; i++) {
            float diff = trust > 0 ? vector[k][i] - baseline[i] : model->diff_mean[i];
            in[k][i] = (diff - model->diff_mean[i]) * model->diff_scale[i] * trust;
            in[k][UT__VECTOR + i] = (vector[k][i] - model->self_mean[i]) * model->self_scale[i];
        }
        in[k][UT__VECTOR + UT__VECTOR_LEVEL] = 0; /* By itself a line's level tells nothing. */
        in[k][2 * UT__VECTOR] = trust;
    }
    ut__dense(hidden[0], in[0], count, model->hidden_w[0][0], model->hidden_b, UT__HEAD_INPUTS,
              UT__HIDDEN, 1);
    ut__dense(y[0], hidden[0], count, model->out_w[0][0], model->out_b, UT__HIDDEN,
              UT__OUTPUTS_PADDED, 0);
    for (size_t k = 0; k < count; k++)
        read_outputs(model, y[k], &out[k]);
}

void ut__model_judge(const struct ut_model *model, const float *vector, const float *baseline,
                     float trust, struct ut__verdict *out)
{
    ut__model_judge_all(model, (const float(*)[UT__VECTOR])vector, 1, baseline, trust, out);
}

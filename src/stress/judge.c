/* SPDX-License-Identifier: MIT */
/* The head: a segment's vector against the caller's baseline, one hidden layer, what it says. */

#include "stress/model.h"

#include <math.h>

float ut__sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* Share of the emotions' probability that lies on a set of them, as log odds against another set.
 */
static float log_odds(const float *logit, unsigned for_set, unsigned against_set)
{
    float top = logit[0], yes = 1e-6f, no = 1e-6f;
    for (int i = 1; i < UT__EMOTIONS; i++)
        top = fmaxf(top, logit[i]);
    float all = 0;
    for (int i = 0; i < UT__EMOTIONS; i++) {
        float p = expf(logit[i] - top);
        all += p;
        yes += for_set >> i & 1 ? p : 0;
        no += against_set >> i & 1 ? p : 0;
    }
    return logf(yes / all + 1e-6f) - logf(no / all + 1e-6f);
}

static float valence_of(const float *logit)
{
    enum { PLEASED = 1 << UT__OUT_HAPPY };
    enum {
        DISPLEASED =
            1 << UT__OUT_ANGER | 1 << UT__OUT_FEAR | 1 << UT__OUT_SAD | 1 << UT__OUT_DISGUST
    };
    float top = logit[0], all = 0, value = 0;
    for (int i = 1; i < UT__EMOTIONS; i++)
        top = fmaxf(top, logit[i]);
    for (int i = 0; i < UT__EMOTIONS; i++) {
        float p = expf(logit[i] - top);
        all += p;
        value += PLEASED >> i & 1 ? p : DISPLEASED >> i & 1 ? -p : 0;
    }
    return value / all;
}

void ut__model_judge(const struct ut_model *model, const float *vector, const float *baseline,
                     float trust, struct ut__verdict *out)
{
    enum {
        TENSE = 1 << UT__OUT_ANGER | 1 << UT__OUT_FEAR,
        AT_EASE =
            1 << UT__OUT_HAPPY | 1 << UT__OUT_NEUTRAL | 1 << UT__OUT_SAD | 1 << UT__OUT_BOREDOM
    };
    float in[UT__HEAD_INPUTS], hidden[UT__HIDDEN], y[UT__OUTPUTS_PADDED];
    for (int i = 0; i < UT__VECTOR; i++) {
        float diff = trust > 0 ? vector[i] - baseline[i] : model->diff_mean[i];
        in[i] = (diff - model->diff_mean[i]) * model->diff_scale[i] * trust;
        in[UT__VECTOR + i] = (vector[i] - model->self_mean[i]) * model->self_scale[i];
    }
    in[2 * UT__VECTOR] = trust;
    ut__dense(hidden, in, model->hidden_w[0], model->hidden_b, UT__HEAD_INPUTS, UT__HIDDEN, 1);
    ut__dense(y, hidden, model->out_w[0], model->out_b, UT__HIDDEN, UT__OUTPUTS_PADDED, 0);

    float raw = y[UT__OUT_STRESS] + log_odds(y, TENSE, AT_EASE);
    const float *tune = model->tune;
    out->stress_logit = tune[UT__TUNE_STRESS_SCALE] * raw + tune[UT__TUNE_STRESS_OFFSET];
    out->arousal = ut__sigmoid(tune[UT__TUNE_AROUSAL_SCALE] * y[UT__OUT_AROUSAL] +
                               tune[UT__TUNE_AROUSAL_OFFSET]);
    out->valence = valence_of(y);
}

/* SPDX-License-Identifier: MIT */
/* The head: a segment's vector against the caller's baseline, one hidden layer, what it says. */

#include "stress/model.h"

#include <math.h>

#include "base/clones.h"
#include "dsp/lanes.h"
#include "stress/listener.h"

#define NEVER 1e-6f /* Keeps the log odds finite; as in training. */
#define CLEAR_DB                                                                                   \
    10.0f /* Speech that stands so far above the noise is all heard; at 0 dB nothing is. */
#define FAST_WEIGHT                                                                                \
    2.0f /* Half of speech played fast reads 4 and more: enough against any stress. */

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

static UT__CLONES float product(const float *restrict a, const float *restrict b)
{
    ut__eight sum = {0}, x, y;
    for (size_t i = 0; i < UT__SECOND_VECTOR; i += 8) {
        ut__load8(&x, a + i);
        ut__load8(&y, b + i);
        sum += x * y;
    }
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}
_Static_assert(UT__SECOND_VECTOR % UT__LANES == 0, "whole vectors");

void ut__model_read(const struct ut_model *model, const float *vector, struct ut__reading *out)
{
    for (size_t a = 0; a < UT__AXES; a++) {
        out->diff[a] = product(model->readout[a].diff, vector);
        out->own[a] = product(model->readout[a].own, vector);
        out->alone[a] = product(model->readout[a].alone, vector);
    }
}

int ut__model_hear(const struct ut_model *model, struct ut__second *ear,
                   const struct ut_frame *frame, const float *samples, struct ut__gate *gate,
                   struct ut__reading *out)
{
    uint8_t bands[UT__SECOND_BANDS];
    float vector[UT__SECOND_VECTOR];
    if (!ut__is_heard(frame))
        return 0;
    ut__second_look(bands, &model->second_tables, &model->analysis->spectrum, samples,
                    ut__loudness_gain(&ear->line, frame->level_dbfs));
    if (!ut__second_take(ear, bands, frame->level_dbfs - frame->noise_dbfs,
                         (frame->flags & UT_FRAME_CLIPPED) != 0))
        return 0;
    if ((gate && !ut__gate_open(gate)) || !ut__second_hear(ear, model->second, vector))
        return -1;
    ut__model_read(model, vector, out);
    out->snr_db = ut__second_snr_db(ear);
    return 1;
}

void ut__model_axes(const struct ut_model *model, const struct ut__reading *reading,
                    const float *baseline, float trust, float *axes)
{
    const float *bias = model->second_tune + UT__SECOND_BIAS;
    for (size_t a = 0; a < UT__AXES; a++, bias += 2) {
        float against = bias[0] + reading->own[a] + reading->diff[a] - baseline[a];
        float alone = bias[1] + reading->alone[a];
        axes[a] = trust * against + (1 - trust) * alone;
        /* The caller's own voice may take fear away and add none: against another's, as a
         * synthesised announcement's, any caller sounds afraid. */
        if (a == UT__AXIS_FEAR)
            axes[a] = fminf(axes[a], alone);
    }
}

float ut__model_join(const struct ut_model *model, float first, const float *axes, float snr_db)
{
    const float *tune = model->second_tune;
    float limit = tune[UT__SECOND_LIMIT];
    float stress = axes ? axes[UT__AXIS_STRESS] : tune[UT__SECOND_CALM_STRESS];
    float fear = axes ? axes[UT__AXIS_FEAR] : tune[UT__SECOND_CALM_FEAR];
    stress = tune[UT__SECOND_STRESS_FIRST] * first +
             tune[UT__SECOND_STRESS] * fminf(fmaxf(stress, -limit), limit);
    fear = tune[UT__SECOND_FEAR_FIRST] * first +
           tune[UT__SECOND_FEAR] * fminf(fmaxf(fear, -limit), limit) + tune[UT__SECOND_FEAR_BIAS];
    float most = fmaxf(stress, fear), odds = most + log1pf(expf(fminf(stress, fear) - most));
    float fast = axes ? fmaxf(axes[UT__AXIS_FAST], 0) : 0;
    float both = tune[UT__SECOND_SCALE] * odds + tune[UT__SECOND_OFFSET];
    /* Noise sounds afraid to the second ear: there the first is asked alone. */
    float clear = axes ? fminf(fmaxf(snr_db / CLEAR_DB, 0), 1) : 1;
    return first + clear * (both - first) - FAST_WEIGHT * fast;
}

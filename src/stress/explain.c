/* SPDX-License-Identifier: MIT */
/* Contributions by removal. */

#include "stress/explain.h"

#define FALL_MIN  0.02f /* Of log odds: less is no reason to name. */
#define SHARE_MIN 0.05f /* Of all falls: so little only clutters the sentence. */

/* The log odds without what one measure brought. */
static float without(const struct ut_model *model, const float *vector, const float *baseline,
                     float trust, int kind, float delta)
{
    float changed[UT__VECTOR];
    struct ut__verdict verdict;
    for (int i = 0; i < UT__VECTOR; i++)
        changed[i] = vector[i] - delta * model->explain[kind][i];
    ut__model_judge(model, changed, baseline, trust, &verdict);
    return verdict.stress_logit;
}

uint32_t ut__explain(const struct ut_model *model, const float *vector, const float *baseline,
                     float trust, const float *delta, struct ut_reason *reasons)
{
    struct ut__verdict verdict;
    ut__model_judge(model, vector, baseline, trust, &verdict);
    uint32_t count = 0;
    float sum = 0;
    for (int kind = 0; kind < UT_REASON_COUNT; kind++) {
        float fall =
            verdict.stress_logit - without(model, vector, baseline, trust, kind, delta[kind]);
        if (fall < FALL_MIN)
            continue;
        uint32_t at = count++;
        for (; at > 0 && reasons[at - 1].share < fall; at--)
            reasons[at] = reasons[at - 1];
        reasons[at] = (struct ut_reason){
            .kind = (enum ut_reason_kind)kind, .delta = delta[kind], .share = fall};
        sum += fall;
    }
    while (count > 1 && reasons[count - 1].share < SHARE_MIN * sum)
        sum -= reasons[--count].share;
    for (uint32_t i = 0; i < count; i++)
        reasons[i].share /= sum;
    return count;
}

/* SPDX-License-Identifier: MIT */
/* Contributions by removal. */

#include "stress/explain.h"

#include <string.h>

#define FALL_MIN  0.02f /* Of log odds: less is no reason to name. */
#define SHARE_MIN 0.05f /* Of all falls: so little only clutters the sentence. */

uint32_t ut__explain(const struct ut_model *model, const float *vector, const float *baseline,
                     float trust, const float *delta, struct ut_reason *reasons)
{
    float changed[UT__JUDGED_MAX][UT__VECTOR]; /* Without what one measure brought; last: as is. */
    struct ut__verdict verdict[UT__JUDGED_MAX];
    for (int kind = 0; kind < UT_REASON_COUNT; kind++)
        for (int i = 0; i < UT__VECTOR; i++)
            changed[kind][i] = vector[i] - delta[kind] * model->explain[kind][i];
    memcpy(changed[UT_REASON_COUNT], vector, sizeof changed[0]);
    ut__model_judge_all(model, (const float(*)[UT__VECTOR])changed, UT__JUDGED_MAX, baseline, trust,
                        verdict);
    uint32_t count = 0;
    float sum = 0;
    for (int kind = 0; kind < UT_REASON_COUNT; kind++) {
        float fall = verdict[UT_REASON_COUNT].stress_logit - verdict[kind].stress_logit;
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

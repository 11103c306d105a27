/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_THRESHOLD_H
#define UT_TERMINAL_THRESHOLD_H

#include <math.h>
#include <stdio.h>

#include <undertone/error.h>
#include <undertone/model.h>

/*
 * A threshold above all that the model's evidence can reach would never alert, and say nothing.
 * Returns 0, or UT_EINVAL with what is wrong and the remedy; `dashes`: "--" or "".
 */
static inline int ut__threshold_check(const struct ut_model *model, double threshold,
                                      const char *dashes, char *why, size_t cap)
{
    double end = (double)ut_model_evidence_max(model);
    if (!((float)threshold > (float)end))
        return 0;
    snprintf(why, cap,
             "%sthreshold %.6g would never alert: with this model evidence ends at %.4f; give at "
             "most that, or leave it out for the model's own",
             dashes, threshold, floor(end * 1e4) / 1e4);
    return UT_EINVAL;
}

#endif

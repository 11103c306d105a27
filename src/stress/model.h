/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_MODEL_H
#define UT_STRESS_MODEL_H

#include <undertone/features.h>
#include <undertone/model.h>

struct ut_model {
    struct ut_analysis *analysis;
};

#endif

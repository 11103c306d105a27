/* SPDX-License-Identifier: MIT */
/* The model: weights and the analysis tables that all calls share. */

#include <undertone/model.h>

#include <stdlib.h>

#include "stress/model.h"

int ut_model_create(struct ut_model **out, const uint8_t *bytes, size_t len_bytes)
{
    (void)out;
    (void)bytes;
    (void)len_bytes;
    return UT_EMAGIC;
}

int ut_model_create_default(struct ut_model **out)
{
    struct ut_model *model = calloc(1, sizeof *model);
    if (!model)
        return UT_ENOMEM;
    int err = ut_analysis_create(&model->analysis);
    if (err) {
        free(model);
        return err;
    }
    *out = model;
    return 0;
}

void ut_model_destroy(struct ut_model *model)
{
    if (!model)
        return;
    ut_analysis_destroy(model->analysis);
    free(model);
}

const char *ut_model_name(const struct ut_model *model)
{
    (void)model;
    return "none";
}

float ut_model_threshold(const struct ut_model *model, float false_alerts_per_100h)
{
    (void)model;
    (void)false_alerts_per_100h;
    return 0.5f;
}

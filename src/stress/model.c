/* SPDX-License-Identifier: MIT */
/* Models: from the arrays of a file to where the loops read them. */

#include <undertone/model.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arrays.h"
#include "stress/model.h"

enum { TILED = 0 };

/* Where an array of the file goes. columns of the file may be fewer than the row in memory. */
struct slot {
    const char *name;
    size_t at; /* Offset in struct ut_model. */
    uint32_t rows, columns;
    uint32_t stride; /* Floats of a row in memory; TILED: see encoder.h. */
};

#define SLOT(name, field, rows, columns, stride)                                                   \
    {                                                                                              \
        name, offsetof(struct ut_model, field), rows, columns, stride                              \
    }

static const struct slot slots[] = {
    SLOT("enc1.w", encoder.w1, UT__ENC1_WIDTH *UT__INPUTS, UT__ENC1, TILED),
    SLOT("enc1.b", encoder.b1, 1, UT__ENC1, UT__ENC1),
    SLOT("enc2.w", encoder.w2, UT__ENC2_WIDTH *UT__ENC1, UT__ENC2, TILED),
    SLOT("enc2.b", encoder.b2, 1, UT__ENC2, UT__ENC2),
    SLOT("enc3.w", encoder.w3, UT__ENC3_WIDTH *UT__ENC2, UT__ENC3, TILED),
    SLOT("enc3.b", encoder.b3, 1, UT__ENC3, UT__ENC3),
    SLOT("input.mean", input_mean, 1, UT__INPUTS, UT__INPUTS),
    SLOT("input.scale", input_scale, 1, UT__INPUTS, UT__INPUTS),
    SLOT("diff.mean", diff_mean, 1, UT__VECTOR, UT__VECTOR),
    SLOT("diff.scale", diff_scale, 1, UT__VECTOR, UT__VECTOR),
    SLOT("self.mean", self_mean, 1, UT__VECTOR, UT__VECTOR),
    SLOT("self.scale", self_scale, 1, UT__VECTOR, UT__VECTOR),
    SLOT("hidden.w", hidden_w, UT__HEAD_INPUTS, UT__HIDDEN, TILED),
    SLOT("hidden.b", hidden_b, 1, UT__HIDDEN, UT__HIDDEN),
    SLOT("out.w", out_w, UT__HIDDEN, UT__OUTPUTS, TILED),
    SLOT("out.b", out_b, 1, UT__OUTPUTS, UT__OUTPUTS_PADDED),
    SLOT("explain", explain, UT_REASON_COUNT, UT__VECTOR, UT__VECTOR),
    SLOT("second", second, 1, UT__SECOND_WEIGHTS, UT__SECOND_WEIGHTS),
    SLOT("second.read", readout, UT__AXES * 3, UT__SECOND_VECTOR, UT__SECOND_VECTOR),
    SLOT("second.tune", second_tune, 1, UT__SECOND_TUNES, UT__SECOND_TUNES),
    SLOT("tune", tune, 1, UT__TUNES, UT__TUNES),
    SLOT("budget", budget, UT__BUDGET_ROWS, 2, 2),
    SLOT("site", site, 1, UT_SITE_SHIFTS, UT_SITE_SHIFTS),
};

enum { SLOTS = sizeof slots / sizeof slots[0] };

/* Copies one array. Of a tiled one each value has a place of its own. */
static int fill(struct ut_model *model, const struct ut__arrays *file, const struct slot *slot)
{
    float *to = (float *)((char *)model + slot->at);
    const uint8_t *values;
    if (slot->stride != TILED)
        return ut__arrays_copy(to, file, slot->name, slot->rows, slot->columns, slot->stride);
    int err = ut__arrays_find(&values, file, slot->name, slot->rows, slot->columns);
    for (uint32_t r = 0; !err && r < slot->rows; r++)
        for (uint32_t c = 0; !err && c < slot->columns; c++, values += 4)
            err = ut__arrays_value(&to[ut__tiled(slot->rows, r, c)], values);
    return err;
}

int ut_model_create(struct ut_model **out, const uint8_t *bytes, size_t len_bytes)
{
    static const struct ut__arrays_kind kind = {"UTMODEL", UT__MODEL_VERSION, UT__FEATURE_SET,
                                                SLOTS};
    if (!out || !bytes)
        return UT_EINVAL;
    struct ut__arrays file;
    int err = ut__arrays_open(&file, &kind, bytes, len_bytes);
    if (err)
        return err;
    struct ut_model *model = aligned_alloc(64, (sizeof *model + 63) / 64 * 64);
    if (!model)
        return UT_ENOMEM;
    memset(model, 0, sizeof *model);
    model->crc = file.crc;
    memcpy(model->name, file.name, sizeof model->name);
    ut__second_tables_init(&model->second_tables);
    for (int s = 0; !err && s < SLOTS; s++)
        err = fill(model, &file, &slots[s]);
    ut_model_set_site(model, NULL);
    if (!err)
        err = ut_analysis_create(&model->analysis);
    if (err) {
        ut_model_destroy(model);
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
    return model->name;
}

struct ut__everybody ut__model_everybody(const struct ut_model *model, const struct ut_site *site)
{
    return (struct ut__everybody){.shift = site ? site->shift : 0,
                                  .usual = site ? site->usual : model->tune[UT__TUNE_OWN_PRIOR],
                                  .site = site ? site->checksum : 0};
}

uint32_t ut_model_site(const struct ut_model *model)
{
    return model->all.site;
}

void ut_model_set_site(struct ut_model *model, const struct ut_site *site)
{
    model->all = ut__model_everybody(model, site);
}

static float budget_at(const float (*row)[2], float x)
{
    if (!(x < row[0][0]))
        return row[0][1];
    for (int i = 1; i < UT__BUDGET_ROWS; i++)
        if (x >= row[i][0]) {
            float part = (row[i - 1][0] - x) / fmaxf(row[i - 1][0] - row[i][0], 1e-6f);
            return row[i - 1][1] + part * (row[i][1] - row[i - 1][1]);
        }
    return row[UT__BUDGET_ROWS - 1][1];
}

float ut_model_threshold(const struct ut_model *model, float false_alerts_per_100h)
{
    return fminf(budget_at(model->budget, false_alerts_per_100h), ut_model_evidence_max(model));
}

/* SPDX-License-Identifier: MIT */
/* Model files: every field is checked before anything of the file is used. */

#include <undertone/model.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "stress/model.h"

enum {
    AT_VERSION = 8,
    AT_FEATURE_SET = 12,
    AT_LENGTH = 16,
    AT_CRC = 20,
    AT_COUNT = 24,
    AT_NAME = 32,
    NAME_BYTES = 32,
    AT_TABLE = 64,
    ENTRY_BYTES = 32,
    ENTRY_NAME = 16,
    LENGTH_MAX = 16 << 20
};

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

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int check_head(const uint8_t *bytes, size_t len)
{
    if (len < 8 || memcmp(bytes, "UTMODEL", 8) != 0)
        return UT_EMAGIC;
    if (len < AT_TABLE)
        return UT_ETRUNCATED;
    if (u32_at(bytes + AT_VERSION) != UT__MODEL_VERSION)
        return UT_EVERSION;
    if (u32_at(bytes + AT_LENGTH) > len)
        return UT_ETRUNCATED;
    if (u32_at(bytes + AT_LENGTH) != len || len > LENGTH_MAX)
        return UT_EMALFORMED;
    uint32_t crc = ut__crc32(0, bytes, AT_CRC);
    if (ut__crc32(crc, bytes + AT_CRC + 4, len - AT_CRC - 4) != u32_at(bytes + AT_CRC))
        return UT_ECHECKSUM;
    if (u32_at(bytes + AT_FEATURE_SET) != UT__FEATURE_SET)
        return UT_EFEATURESET;
    if (u32_at(bytes + AT_COUNT) != SLOTS)
        return UT_ESHAPE;
    return len < AT_TABLE + (size_t)SLOTS * ENTRY_BYTES ? UT_ETRUNCATED : 0;
}

/* Copies one array; the values must be finite. */
static int fill(struct ut_model *model, const struct slot *slot, const uint8_t *values)
{
    float *to = (float *)((char *)model + slot->at);
    for (uint32_t r = 0; r < slot->rows; r++)
        for (uint32_t c = 0; c < slot->columns; c++, values += 4) {
            uint32_t bits = u32_at(values);
            size_t at =
                slot->stride == TILED ? ut__tiled(slot->rows, r, c) : (size_t)r * slot->stride + c;
            memcpy(&to[at], &bits, sizeof bits);
            if (!isfinite(to[at]))
                return UT_EMALFORMED;
        }
    return 0;
}

static int fill_all(struct ut_model *model, const uint8_t *bytes, size_t len)
{
    for (int s = 0; s < SLOTS; s++) {
        const uint8_t *entry = NULL;
        for (int e = 0; e < SLOTS && !entry; e++) {
            const uint8_t *at = bytes + AT_TABLE + (size_t)e * ENTRY_BYTES;
            if (strncmp((const char *)at, slots[s].name, ENTRY_NAME) == 0)
                entry = at;
        }
        if (!entry || u32_at(entry + 16) != slots[s].rows || u32_at(entry + 20) != slots[s].columns)
            return UT_ESHAPE;
        size_t offset = u32_at(entry + 24);
        size_t need = (size_t)slots[s].rows * slots[s].columns * 4;
        if (offset > len || len - offset < need)
            return UT_ETRUNCATED;
        int err = fill(model, &slots[s], bytes + offset);
        if (err)
            return err;
    }
    return 0;
}

int ut_model_create(struct ut_model **out, const uint8_t *bytes, size_t len_bytes)
{
    if (!out || !bytes)
        return UT_EINVAL;
    int err = check_head(bytes, len_bytes);
    if (err)
        return err;
    struct ut_model *model = aligned_alloc(64, (sizeof *model + 63) / 64 * 64);
    if (!model)
        return UT_ENOMEM;
    memset(model, 0, sizeof *model);
    model->crc = u32_at(bytes + AT_CRC);
    memcpy(model->name, bytes + AT_NAME, NAME_BYTES);
    ut__second_tables_init(&model->second_tables);
    err = fill_all(model, bytes, len_bytes);
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

void ut_model_set_site(struct ut_model *model, const struct ut_site *site)
{
    model->all.shift = site ? site->shift : 0;
    model->all.usual = site ? site->usual : model->tune[UT__TUNE_OWN_PRIOR];
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

/* SPDX-License-Identifier: MIT */
/* The caller's baseline: weighed running means, and their blob. */

#include "stress/baseline.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/crc32.h"

#define MEMORY_S     30.0f /* Weighed speech that the running mean remembers. */
#define TRUST_HALF_S 1.0f  /* Speech after which the baseline is trusted by half. */
#define USUAL_MEMORY                                                                               \
    60.0f                  /* Updates that the usual log odds remember: half a minute of speech.   \
                            */
#define USUAL_KEPT  20.0f  /* Of them, after reading: a new line may shift what is usual. */
#define UNIT_MOST   1e4f   /* Likewise of the vector and the measures. */
#define LOGIT_MOST  100.0f /* Log odds beyond any that a model gives. */
#define WRITE_MIN_S 2.0f   /* A blob of less speech than this would mislead the next call. */

static void mean_add(float *mean, const float *x, int n, float old_s, float new_s)
{
    float share = new_s / (old_s + new_s);
    for (int i = 0; i < n; i++)
        mean[i] += share * (x[i] - mean[i]);
}

void ut__baseline_add(struct ut__baseline *bl, const float *vector, const float *measures,
                      float speech_s, float weight)
{
    float s = speech_s * weight;
    if (!(s > 0))
        return;
    mean_add(bl->vector, vector, UT__VECTOR_LEVEL, bl->speech_s, s);
    mean_add(bl->vector + UT__VECTOR_LEVEL, vector + UT__VECTOR_LEVEL, 1, bl->level_s, s);
    bl->speech_s = fminf(bl->speech_s + s, MEMORY_S);
    bl->level_s = fminf(bl->level_s + s, MEMORY_S);
    if (measures) {
        mean_add(bl->measures, measures, UT_REASON_COUNT, bl->measures_s, s);
        bl->measures_s = fminf(bl->measures_s + s, MEMORY_S);
    }
}

void ut__usual_hear(float *usual, float *usual_n, float logit, float weight)
{
    if (!(weight > 0))
        return;
    mean_add(usual, &logit, 1, *usual_n, weight);
    *usual_n = fminf(*usual_n + weight, USUAL_MEMORY);
}

void ut__baseline_add_second(struct ut__baseline *bl, const struct ut__reading *reading,
                             float speech_s, float weight)
{
    float s = speech_s * weight;
    if (!(s > 0))
        return;
    mean_add(bl->second, reading->diff, UT__AXES, bl->second_s, s);
    bl->second_s = fminf(bl->second_s + s, MEMORY_S);
}

static float trust_of(float speech_s)
{
    return speech_s / (speech_s + TRUST_HALF_S);
}

void ut__baseline_against(const struct ut__baseline *bl, const float *vector, float level_diff,
                          float *out)
{
    memcpy(out, bl->vector, UT__VECTOR * sizeof out[0]);
    /* 1 for a caller who was never kept: level and vector rest on the same speech. */
    float known = bl->speech_s > 0 ? trust_of(bl->level_s) / trust_of(bl->speech_s) : 1;
    float none = vector[UT__VECTOR_LEVEL] - level_diff;
    out[UT__VECTOR_LEVEL] = known * bl->vector[UT__VECTOR_LEVEL] + (1 - known) * none;
}

float ut__baseline_trust(const struct ut__baseline *bl)
{
    return trust_of(bl->speech_s);
}

float ut__baseline_second_trust(const struct ut__baseline *bl)
{
    return trust_of(bl->second_s);
}

/* The blob, little-endian: magic, version, CRC-32 of what follows it, feature set, CRC of the
 * model, then the struct's floats in order but for level_s, which is not kept. */
enum {
    BLOB_MAGIC = 0x4c425455, /* "UTBL" */
    BLOB_VERSION = 4, /* 1 kept no usual log odds, 2 nothing of the second ear, 3 two axes. */
    BLOB_HEAD = 5 * 4,
    BLOB_FLOATS = offsetof(struct ut__baseline, level_s) / sizeof(float),
    BLOB_BYTES = BLOB_HEAD + BLOB_FLOATS * 4
};

static void put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int ut__baseline_write(const struct ut__baseline *bl, uint32_t model_crc, uint8_t *buf, size_t cap)
{
    if (bl->speech_s < WRITE_MIN_S)
        return 0;
    if (cap < BLOB_BYTES)
        return UT_ENOSPC;
    put_u32(buf, BLOB_MAGIC);
    put_u32(buf + 4, BLOB_VERSION);
    put_u32(buf + 12, UT__FEATURE_SET);
    put_u32(buf + 16, model_crc);
    struct ut__baseline kept = *bl;
    kept.vector[UT__VECTOR_LEVEL] = 0;
    kept.usual_n = fminf(kept.usual_n, USUAL_KEPT);
    float values[BLOB_FLOATS];
    memcpy(values, &kept, sizeof values);
    for (size_t i = 0; i < BLOB_FLOATS; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        put_u32(buf + BLOB_HEAD + 4 * i, bits);
    }
    put_u32(buf + 8, ut__crc32(0, buf + 12, BLOB_BYTES - 12));
    return BLOB_BYTES;
}

static int is_up_to(float value, float most)
{
    return value >= 0 && value <= most;
}

/* Whether a call could have learnt it: a mean of nothing would be divided by, log odds without end
 * would never let an alert rise, units without end are no numbers behind the head. */
static int can_be(const struct ut__baseline *bl)
{
    for (int i = 0; i < UT__VECTOR; i++)
        if (!(fabsf(bl->vector[i]) <= UNIT_MOST))
            return 0;
    for (int i = 0; i < UT__AXES; i++)
        if (!(fabsf(bl->second[i]) <= LOGIT_MOST))
            return 0;
    for (int i = 0; i < UT_REASON_COUNT; i++)
        if (!(fabsf(bl->measures[i]) <= UNIT_MOST))
            return 0;
    return is_up_to(bl->speech_s, MEMORY_S) && is_up_to(bl->measures_s, MEMORY_S) &&
           is_up_to(bl->second_s, MEMORY_S) && is_up_to(bl->usual_n, USUAL_KEPT) &&
           fabsf(bl->usual) <= LOGIT_MOST;
}

int ut__baseline_read(struct ut__baseline *bl, uint32_t model_crc, const uint8_t *buf, size_t len)
{
    if (len < 8)
        return UT_ETRUNCATED;
    if (get_u32(buf) != BLOB_MAGIC)
        return UT_EMAGIC;
    if (get_u32(buf + 4) != BLOB_VERSION)
        return UT_EVERSION;
    if (len < BLOB_BYTES)
        return UT_ETRUNCATED;
    if (get_u32(buf + 8) != ut__crc32(0, buf + 12, BLOB_BYTES - 12))
        return UT_ECHECKSUM;
    if (get_u32(buf + 12) != UT__FEATURE_SET || get_u32(buf + 16) != model_crc)
        return UT_EFEATURESET;
    float values[BLOB_FLOATS];
    for (size_t i = 0; i < BLOB_FLOATS; i++) {
        uint32_t bits = get_u32(buf + BLOB_HEAD + 4 * i);
        memcpy(&values[i], &bits, sizeof bits);
        if (!isfinite(values[i]))
            return UT_EMALFORMED;
    }
    struct ut__baseline read = {.level_s = 0};
    memcpy(&read, values, sizeof values);
    if (!can_be(&read))
        return UT_EMALFORMED;
    *bl = read;
    return 0;
}

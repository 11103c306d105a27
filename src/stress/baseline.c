/* SPDX-License-Identifier: MIT */
/* The caller's baseline: weighed running means, and their blob. */

#include "stress/baseline.h"

#include <math.h>
#include <string.h>

#include "base/crc32.h"

#define MEMORY_S     30.0f /* Weighed speech that the running mean remembers. */
#define TRUST_HALF_S 1.0f  /* Speech after which the baseline is trusted by half. */
#define WRITE_MIN_S  2.0f  /* A blob of less speech than this would mislead the next call. */

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
    mean_add(bl->vector, vector, UT__VECTOR, bl->speech_s, s);
    bl->speech_s = fminf(bl->speech_s + s, MEMORY_S);
    if (measures) {
        mean_add(bl->measures, measures, UT_REASON_COUNT, bl->measures_s, s);
        bl->measures_s = fminf(bl->measures_s + s, MEMORY_S);
    }
}

float ut__baseline_trust(const struct ut__baseline *bl)
{
    return bl->speech_s / (bl->speech_s + TRUST_HALF_S);
}

/* The blob, little-endian: magic, version, CRC-32 of what follows it, feature set, CRC of the
 * model, then the struct's floats in order. */
enum {
    BLOB_MAGIC = 0x4c425455, /* "UTBL" */
    BLOB_VERSION = 1,
    BLOB_HEAD = 5 * 4,
    BLOB_FLOATS = sizeof(struct ut__baseline) / sizeof(float),
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
    float values[BLOB_FLOATS];
    memcpy(values, bl, sizeof values);
    for (size_t i = 0; i < BLOB_FLOATS; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        put_u32(buf + BLOB_HEAD + 4 * i, bits);
    }
    put_u32(buf + 8, ut__crc32(0, buf + 12, BLOB_BYTES - 12));
    return BLOB_BYTES;
}

static int lasts_so_long(float speech_s)
{
    return speech_s >= 0 && speech_s <= MEMORY_S;
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
    struct ut__baseline read;
    memcpy(&read, values, sizeof values);
    if (!lasts_so_long(read.speech_s) || !lasts_so_long(read.measures_s))
        return UT_EMALFORMED;
    *bl = read;
    return 0;
}

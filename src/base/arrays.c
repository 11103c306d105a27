/* SPDX-License-Identifier: MIT */
/* Files of arrays: every field is checked before anything of the file is used. */

#include "base/arrays.h"

#include <math.h>
#include <string.h>

#include "base/crc32.h"

enum {
    AT_VERSION = 8,
    AT_FEATURE_SET = 12,
    AT_LENGTH = 16,
    AT_CRC = 20,
    AT_COUNT = 24,
    AT_NAME = 32,
    AT_TABLE = 64,
    ENTRY_BYTES = 32,
    ENTRY_NAME = 16,
    LENGTH_MAX = 16 << 20
};

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int ut__arrays_open(struct ut__arrays *out, const struct ut__arrays_kind *kind,
                    const uint8_t *bytes, size_t len)
{
    if (len < 8 || memcmp(bytes, kind->magic, 8) != 0)
        return UT_EMAGIC;
    if (len < AT_TABLE)
        return UT_ETRUNCATED;
    if (u32_at(bytes + AT_VERSION) != kind->version)
        return UT_EVERSION;
    if (u32_at(bytes + AT_LENGTH) > len)
        return UT_ETRUNCATED;
    if (u32_at(bytes + AT_LENGTH) != len || len > LENGTH_MAX)
        return UT_EMALFORMED;
    uint32_t crc = ut__crc32(0, bytes, AT_CRC);
    if (ut__crc32(crc, bytes + AT_CRC + 4, len - AT_CRC - 4) != u32_at(bytes + AT_CRC))
        return UT_ECHECKSUM;
    if (u32_at(bytes + AT_FEATURE_SET) != kind->feature_set)
        return UT_EFEATURESET;
    if (u32_at(bytes + AT_COUNT) != kind->count)
        return UT_ESHAPE;
    if (len < AT_TABLE + (size_t)kind->count * ENTRY_BYTES)
        return UT_ETRUNCATED;
    *out = (struct ut__arrays){
        .bytes = bytes, .len_bytes = len, .count = kind->count, .crc = u32_at(bytes + AT_CRC)};
    memcpy(out->name, bytes + AT_NAME, UT__ARRAYS_NAME_BYTES);
    return 0;
}

int ut__arrays_find(const uint8_t **values, const struct ut__arrays *a, const char *name,
                    uint32_t rows, uint32_t columns)
{
    for (uint32_t e = 0; e < a->count; e++) {
        const uint8_t *entry = a->bytes + AT_TABLE + (size_t)e * ENTRY_BYTES;
        if (strncmp((const char *)entry, name, ENTRY_NAME) != 0)
            continue;
        if (u32_at(entry + 16) != rows || u32_at(entry + 20) != columns)
            return UT_ESHAPE;
        size_t offset = u32_at(entry + 24), need = (size_t)rows * columns * 4;
        if (offset > a->len_bytes || a->len_bytes - offset < need)
            return UT_ETRUNCATED;
        *values = a->bytes + offset;
        return 0;
    }
    return UT_ESHAPE;
}

int ut__arrays_value(float *out, const uint8_t *at)
{
    uint32_t bits = u32_at(at);
    memcpy(out, &bits, sizeof bits);
    return isfinite(*out) ? 0 : UT_EMALFORMED;
}

int ut__arrays_copy(float *to, const struct ut__arrays *a, const char *name, uint32_t rows,
                    uint32_t columns, uint32_t stride)
{
    const uint8_t *values;
    int err = ut__arrays_find(&values, a, name, rows, columns);
    for (uint32_t r = 0; !err && r < rows; r++)
        for (uint32_t c = 0; !err && c < columns; c++, values += 4)
            err = ut__arrays_value(&to[(size_t)r * stride + c], values);
    return err;
}

/* SPDX-License-Identifier: MIT */
/*
 * Files of weights. The input takes the place of the beginning of the shipped file, head and table,
 * and the checksum is made right, so that what lies behind it is reached. As a model it stands alone.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/model.h>

#include "base/crc32.h"
#include "features/weights.h"

enum { FILE_MAX = 1 << 17 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void seal(uint8_t *bytes, size_t len)
{
    if (len < 64)
        return;
    for (int i = 0; i < 4; i++)
        bytes[16 + i] = (uint8_t)(len >> (8 * i));
    uint32_t crc = ut__crc32(ut__crc32(0, bytes, 20), bytes + 24, len - 24);
    for (int i = 0; i < 4; i++)
        bytes[20 + i] = (uint8_t)(crc >> (8 * i));
}

static void read_features(const uint8_t *data, size_t len)
{
    static uint8_t file[FILE_MAX];
    static struct ut_analysis an;
    size_t n;
    const uint8_t *shipped = ut__weights_default(&n);
    memcpy(file, shipped, n);
    memcpy(file, data, len < n ? len : n);
    seal(file, n);
    if (ut__weights_read(&an, file, n) != 0)
        return;
    for (size_t i = 0; i < UT__PITCH_TAPS; i++)
        if (!isfinite(an.pitch.near[i]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut_model *model = NULL;
    uint8_t *file = malloc(len + 1);
    if (!file)
        return 0;
    if (len >= 8 && memcmp(data, "UTFEATS", 8) == 0)
        read_features(data, len);
    memcpy(file, data, len);
    seal(file, len);
    if (ut_model_create(&model, file, len) == 0)
        ut_model_destroy(model);
    free(file);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* A kept baseline: what is taken can be judged against, learnt on, and is written back the same. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "stress/baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CRC = 0x5ca1ab1e, BLOB_MAX = 2048, AT_CRC = 8, AT_MODEL = 16 };

static void must_be_of_use(struct ut__baseline *bl)
{
    float vector[UT__VECTOR] = {0}, against[UT__VECTOR];
    uint8_t blob[BLOB_MAX];
    int n = ut__baseline_write(bl, CRC, blob, sizeof blob);
    struct ut__baseline again;
    if (n > 0 && (ut__baseline_read(&again, CRC, blob, (size_t)n) != 0 ||
                  memcmp(&again.speech_s, &bl->speech_s, sizeof again.speech_s) != 0))
        abort();
    ut__baseline_add(bl, vector, NULL, 0.5f, 1);
    ut__usual_hear(&bl->usual, &bl->usual_n, 0, 1);
    ut__baseline_against(bl, vector, 0.1f, against);
    if (!isfinite(against[0]) || !isfinite(against[UT__VECTOR_LEVEL]) || !isfinite(bl->usual) ||
        !(ut__baseline_trust(bl) >= 0 && ut__baseline_trust(bl) <= 1))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct ut__baseline before, bl;
    before.speech_s = bl.speech_s = 3;
    if (ut__baseline_read(&bl, CRC, data, len) == 0)
        must_be_of_use(&bl);
    else if (memcmp(&bl, &before, sizeof bl) != 0)
        abort();
    memset(&bl, 0, sizeof bl);
    /* The same with a checksum and a model that fit, which chance does not find. */
    uint8_t fits[BLOB_MAX];
    if (len < AT_MODEL + 4 || len > sizeof fits)
        return 0;
    memcpy(fits, data, len);
    for (int i = 0; i < 4; i++)
        fits[AT_MODEL + i] = (uint8_t)((uint32_t)CRC >> (8 * i));
    uint32_t crc = ut__crc32(0, fits + AT_CRC + 4, len - AT_CRC - 4);
    for (int i = 0; i < 4; i++)
        fits[AT_CRC + i] = (uint8_t)(crc >> (8 * i));
    if (ut__baseline_read(&bl, CRC, fits, len) == 0)
        must_be_of_use(&bl);
    memset(&bl, 0, sizeof bl);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Model files: what is taken can judge. A million weights are no seed, so the input is what is done to
 * the model that is built in: how much of it is kept (four bytes, 0: all), then places and the byte
 * that comes there (five bytes each). The checksum is made to fit, which chance does not find.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/call.h>

#include "base/crc32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { AT_CRC = 20, HEAD = 24, PATCH = 5, PATCHES_MAX = 64, SAMPLES = 8000 };

static uint8_t *whole, *bytes;
static size_t size;

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void read_model(void)
{
    FILE *f = fopen(MODEL_FILE, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        abort();
    size = (size_t)ftell(f);
    rewind(f);
    whole = malloc(size);
    bytes = malloc(size);
    if (!whole || !bytes || fread(whole, 1, size, f) != size)
        abort();
    fclose(f);
}

/* A second of a tone through a call that this model judges. */
static void must_judge(const struct ut_model *model)
{
    static float pcm[SAMPLES];
    struct ut_call *call;
    struct ut_event ev;
    for (int i = 0; i < SAMPLES; i++)
        pcm[i] = (float)(i * 37 % 200 - 100) / 400;
    if (ut_call_create(&call, model, NULL) != 0)
        return; /* Its threshold may be one that no evidence reaches. */
    ut_call_push(call, UT_ROLE_CALLER, pcm, SAMPLES);
    ut_call_end(call);
    while (ut_call_read(call, &ev))
        if (ev.type == UT_EVENT_SCORE && !isfinite(ev.u.score.stress))
            abort();
    ut_call_destroy(call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut_model *model = NULL;
    if (!whole)
        read_model();
    if (len < 4)
        return 0;
    memcpy(bytes, whole, size);
    size_t keep = u32(data) ? u32(data) % size : size, n = (len - 4) / PATCH;
    for (size_t i = 0; i < n && i < PATCHES_MAX; i++) {
        const uint8_t *p = data + 4 + i * PATCH;
        bytes[u32(p) % size] = p[4];
    }
    if (keep >= HEAD) {
        uint32_t crc = ut__crc32(ut__crc32(0, bytes, AT_CRC), bytes + HEAD, keep - HEAD);
        for (int i = 0; i < 4; i++)
            bytes[AT_CRC + i] = (uint8_t)(crc >> 8 * i);
    }
    if (ut_model_create(&model, bytes, keep) == 0) {
        must_judge(model);
        ut_model_destroy(model);
    } else if (model) {
        abort();
    }
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "bench-libraries.h"

#include <stdlib.h>

#include <spandsp.h>

enum { HOP = 80 };

struct bench_spandsp {
    dtmf_rx_state_t *dtmf;
    int16_t *linear;
    const uint8_t *codes;
    size_t n;
};

struct bench_spandsp *bench_spandsp_create(const float *samples, const uint8_t *codes, size_t n)
{
    struct bench_spandsp *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    *b = (struct bench_spandsp){.codes = codes, .n = n};
    b->dtmf = dtmf_rx_init(NULL, NULL, NULL);
    b->linear = calloc(n, sizeof b->linear[0]);
    if (!b->dtmf || !b->linear) {
        bench_spandsp_destroy(b);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        b->linear[i] = (int16_t)(samples[i] * 32767);
    return b;
}

void bench_spandsp_destroy(struct bench_spandsp *b)
{
    if (!b)
        return;
    if (b->dtmf)
        dtmf_rx_free(b->dtmf);
    free(b->linear);
    free(b);
}

int bench_spandsp_digits(struct bench_spandsp *b)
{
    int left = 0;
    for (size_t at = 0; at + HOP <= b->n; at += HOP)
        left += dtmf_rx(b->dtmf, b->linear + at, HOP);
    return left;
}

void bench_spandsp_law(const struct bench_spandsp *b, float *out)
{
    for (size_t i = 0; i < b->n; i++)
        out[i] = (float)ulaw_to_linear(b->codes[i]) / 32768;
}

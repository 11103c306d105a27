/* SPDX-License-Identifier: MIT */
/* Packet loss concealment. */

#include "ingress/rtp/conceal.h"

#include <math.h>
#include <string.h>

static int16_t to_linear(float x)
{
    long v = lrintf(x * 32768.0f);
    return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

void ut_conceal_init(struct ut_conceal *c)
{
    memset(c, 0, sizeof *c);
}

static void remember(struct ut_conceal *c, const float *pcm, size_t n)
{
    if (n > UT_CONCEAL_HISTORY) {
        pcm += n - UT_CONCEAL_HISTORY;
        n = UT_CONCEAL_HISTORY;
    }
    memmove(c->history, c->history + n, (UT_CONCEAL_HISTORY - n) * sizeof pcm[0]);
    memcpy(c->history + UT_CONCEAL_HISTORY - n, pcm, n * sizeof pcm[0]);
    c->filled = c->filled + n < UT_CONCEAL_HISTORY ? c->filled + (uint32_t)n : UT_CONCEAL_HISTORY;
}

void ut_conceal_good(struct ut_conceal *c, float *pcm, size_t n)
{
    int16_t linear[UT_CONCEAL_CHUNK];
    if (c->run && n) {
        size_t run = n < UT_CONCEAL_CHUNK ? n : UT_CONCEAL_CHUNK;
        for (size_t i = 0; i < run; i++)
            linear[i] = to_linear(pcm[i]);
        plc_rx(&c->plc, linear, (int)run);
        for (size_t i = 0; i < run; i++)
            pcm[i] = (float)linear[i] / 32768.0f;
    }
    c->run = 0;
    remember(c, pcm, n);
}

size_t ut_conceal_fill(struct ut_conceal *c, float *pcm, size_t n)
{
    int16_t linear[UT_CONCEAL_CHUNK];
    if (c->filled < UT_CONCEAL_HISTORY)
        return 0;
    if (c->run == 0) {
        for (size_t i = 0; i < UT_CONCEAL_HISTORY; i++)
            linear[i] = to_linear(c->history[i]);
        plc_init(&c->plc);
        plc_rx(&c->plc, linear, UT_CONCEAL_HISTORY);
    }
    if (n > UT_CONCEAL_CHUNK)
        n = UT_CONCEAL_CHUNK;
    plc_fillin(&c->plc, linear, (int)n);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (float)linear[i] / 32768.0f;
    c->run += (uint32_t)n;
    return n;
}

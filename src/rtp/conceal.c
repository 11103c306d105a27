/* SPDX-License-Identifier: MIT */
/* Packet loss concealment. */

#include "rtp/conceal.h"

#include <string.h>

#include "base/clones.h"

#define ROUND 12582912.0f /* 1.5 * 2^23 */

/* To the nearest whole number, by the rounding of a sum whose last place is one; |pcm| < 128. */
UT__CLONES static void to_linear(int16_t *restrict linear, const float *restrict pcm, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int32_t v = (int32_t)(pcm[i] * 32768.0f + ROUND - ROUND);
        v = v > INT16_MAX ? INT16_MAX : v;
        linear[i] = (int16_t)(v < INT16_MIN ? INT16_MIN : v);
    }
}

void ut__conceal_init(struct ut__conceal *c)
{
    memset(c, 0, sizeof *c);
    plc_init(&c->plc);
}

void ut__conceal_good(struct ut__conceal *c, float *pcm, size_t n)
{
    UT__UNSET int16_t linear[UT__CONCEAL_CHUNK];
    for (size_t done = 0, run; done < n; done += run) {
        run = n - done < UT__CONCEAL_CHUNK ? n - done : UT__CONCEAL_CHUNK;
        to_linear(linear, pcm + done, run);
        plc_rx(&c->plc, linear, (int)run);
        for (size_t i = 0; c->run && i < run; i++)
            pcm[done + i] = (float)linear[i] / 32768.0f;
        c->run = 0;
    }
    c->filled += (uint32_t)(n < PLC_HISTORY_LEN - c->filled ? n : PLC_HISTORY_LEN - c->filled);
}

/* spandsp puts its ring in order by copying it onto itself, which memcpy may not do: given the past
 * as a whole it has nothing to put in order. */
static void straighten(plc_state_t *plc)
{
    int16_t past[PLC_HISTORY_LEN];
    size_t old = PLC_HISTORY_LEN - (size_t)plc->buf_ptr;
    memcpy(past, plc->history + plc->buf_ptr, old * sizeof past[0]);
    memcpy(past + old, plc->history, (PLC_HISTORY_LEN - old) * sizeof past[0]);
    plc_rx(plc, past, PLC_HISTORY_LEN);
}

size_t ut__conceal_fill(struct ut__conceal *c, float *pcm, size_t n)
{
    UT__UNSET int16_t linear[UT__CONCEAL_CHUNK];
    if (c->filled < PLC_HISTORY_LEN)
        return 0;
    if (n > UT__CONCEAL_CHUNK)
        n = UT__CONCEAL_CHUNK;
    if (c->plc.missing_samples == 0)
        straighten(&c->plc);
    plc_fillin(&c->plc, linear, (int)n);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (float)linear[i] / 32768.0f;
    c->run += (uint32_t)n;
    return n;
}

/* SPDX-License-Identifier: MIT */
/* Three sections of second order, in the transposed form whose states are what is still to come. */

#include "features/highpass.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include <liquid/liquid.h>

#include "base/clones.h"

enum { SECTIONS = UT__HIGHPASS_SECTIONS, ORDER = 2 * SECTIONS - 1 };
#define STOP_HZ 102.0f
#define STOP_DB 42.0f
#define NOTHING 1e-15f /* -300 dBFS: what rings on below is 0, before it is slow to compute. */

void ut__highpass_tables_init(struct ut__highpass_tables *tables)
{
    float b[3 * SECTIONS], a[3 * SECTIONS];
    (void)liquid_iirdes(LIQUID_IIRDES_CHEBY2, LIQUID_IIRDES_HIGHPASS, LIQUID_IIRDES_SOS, ORDER,
                        STOP_HZ / UT_RATE_HZ, 0, 1, STOP_DB, b, a);
    for (int s = 0; s < SECTIONS; s++) {
        memcpy(tables->b[s], b + 3 * s, sizeof tables->b[s]);
        memcpy(tables->a[s], a + 3 * s + 1, sizeof tables->a[s]);
    }
}

UT__INLINE float section(float x, float *restrict state, const float *restrict b,
                         const float *restrict a)
{
    float y = b[0] * x + state[0];
    state[0] = (b[1] * x + state[1]) - a[0] * y; /* In this order y is waited for least. */
    state[1] = b[2] * x - a[1] * y;
    return y;
}

UT__CLONES void ut__highpass_push(struct ut__highpass *hp, const struct ut__highpass_tables *tables,
                                  float *restrict out, const float *restrict pcm)
{
    struct ut__highpass_tables t = *tables;
    float z[SECTIONS][2];
    memcpy(z, hp->state, sizeof z);
    for (int i = 0; i < UT_HOP_SAMPLES; i++) {
        float x = section(pcm[i], z[0], t.b[0], t.a[0]);
        x = section(x, z[1], t.b[1], t.a[1]);
        out[i] = section(x, z[2], t.b[2], t.a[2]);
    }
    for (int s = 0; s < SECTIONS; s++)
        for (int k = 0; k < 2; k++)
            hp->state[s][k] = fabsf(z[s][k]) < NOTHING ? 0 : z[s][k];
}

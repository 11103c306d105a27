/* SPDX-License-Identifier: MIT */
/* Sections of second order, in the transposed form whose states are what is still to come; tables
 * of what a block of samples makes of them. */

#include "features/highpass.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include <liquid/liquid.h>

#include "base/clones.h"
#include "dsp/lanes.h"

enum {
    BLOCK = UT__HIGHPASS_BLOCK,
    STATES = UT__HIGHPASS_STATES,
    SECTIONS = STATES / 2,
    ORDER = 2 * SECTIONS - 1
};
_Static_assert(UT_HOP_SAMPLES % BLOCK == 0 && STATES <= BLOCK, "whole blocks");
#define STOP_HZ 102.0f
#define STOP_DB 42.0f
#define NOTHING 1e-15f /* -300 dBFS: what rings on below is 0, before it is slow to compute. */

struct design {
    float b[3 * SECTIONS], a[3 * SECTIONS];
};

/* One block through the sections, sample by sample. */
static void run_sections(const struct design *d, double *state, double *block)
{
    for (int i = 0; i < BLOCK; i++)
        for (int s = 0; s < SECTIONS; s++) {
            const float *b = d->b + 3 * s, *a = d->a + 3 * s;
            double *z = state + 2 * s, x = block[i], y = (double)b[0] * x + z[0];
            z[0] = (double)b[1] * x - (double)a[1] * y + z[1];
            z[1] = (double)b[2] * x - (double)a[2] * y;
            block[i] = y;
        }
}

/* What one sample (from 0), or one state (from BLOCK), of 1 gives. */
static void probe(const struct design *d, int at, float *out, float *state)
{
    double block[BLOCK] = {0}, z[STATES] = {0};
    if (at < BLOCK)
        block[at] = 1;
    else
        z[at - BLOCK] = 1;
    run_sections(d, z, block);
    for (int i = 0; i < BLOCK; i++)
        out[i] = (float)block[i];
    for (int i = 0; i < STATES; i++)
        state[i] = (float)z[i];
}

void ut__highpass_tables_init(struct ut__highpass_tables *tables)
{
    struct design d;
    memset(tables, 0, sizeof *tables);
    (void)liquid_iirdes(LIQUID_IIRDES_CHEBY2, LIQUID_IIRDES_HIGHPASS, LIQUID_IIRDES_SOS, ORDER,
                        STOP_HZ / UT_RATE_HZ, 0, 1, STOP_DB, d.b, d.a);
    for (int i = 0; i < BLOCK; i++)
        probe(&d, i, tables->out_of_sample[i], tables->state_of_sample[i]);
    for (int i = 0; i < STATES; i++)
        probe(&d, BLOCK + i, tables->out_of_state[i], tables->state_of_state[i]);
}

UT__CLONES void ut__highpass_push(struct ut__highpass *hp, const struct ut__highpass_tables *t,
                                  float *restrict out, const float *restrict pcm)
{
    float state[BLOCK];
    memcpy(state, hp->state, sizeof state);
    for (int at = 0; at < UT_HOP_SAMPLES; at += BLOCK) {
        ut__eight y = {0}, z = {0}, column;
        for (int i = 0; i < BLOCK; i++) {
            ut__load8(&column, t->out_of_sample[i]);
            y += column * pcm[at + i];
            ut__load8(&column, t->state_of_sample[i]);
            z += column * pcm[at + i];
        }
        for (int i = 0; i < STATES; i++) {
            ut__load8(&column, t->out_of_state[i]);
            y += column * state[i];
            ut__load8(&column, t->state_of_state[i]);
            z += column * state[i];
        }
        ut__store8(out + at, &y);
        ut__store8(state, &z);
    }
    for (int i = 0; i < BLOCK; i++)
        hp->state[i] = fabsf(state[i]) < NOTHING ? 0 : state[i];
}

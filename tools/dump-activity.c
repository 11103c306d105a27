/* SPDX-License-Identifier: MIT */
/*
 * What speech activity sees and decides, for tools/fit-activity and tools/measure-signals: 32-bit
 * float samples at 8 kHz on standard input; on standard output, for each whole frame of 10 ms, the
 * network's inputs, the log odds, the decision, the probability and the noise floor, as floats.
 */

#include <stdio.h>
#include <string.h>

#include <undertone/features.h>

#include "features/activity.h"

enum { EXTRA = 4, ROW = UT__ACTIVITY_INPUTS + EXTRA };

static int push(struct ut__activity *va, const struct ut_frame *f)
{
    struct ut__activity_frame out;
    if (!ut__activity_push(va, f->mel_db, f->level_dbfs, &out))
        return 0;
    float row[ROW];
    memcpy(row, va->input, sizeof va->input);
    row[UT__ACTIVITY_INPUTS] = va->logit;
    row[UT__ACTIVITY_INPUTS + 1] = out.speech;
    row[UT__ACTIVITY_INPUTS + 2] = out.prob;
    row[UT__ACTIVITY_INPUTS + 3] = out.noise_dbfs;
    return fwrite(row, sizeof row[0], ROW, stdout) == ROW ? 0 : -1;
}

int main(void)
{
    struct ut_analysis *an;
    struct ut_features *fx;
    static struct ut__activity va;
    if (ut_analysis_create(&an))
        return 1;
    if (ut_features_create(&fx, an)) {
        ut_analysis_destroy(an);
        return 1;
    }
    ut__activity_init(&va);
    float pcm[UT_HOP_SAMPLES];
    struct ut_frame f;
    int err = 0;
    while (!err && fread(pcm, sizeof pcm[0], UT_HOP_SAMPLES, stdin) == UT_HOP_SAMPLES)
        if (ut_features_push(fx, pcm, 0, &f))
            err = push(&va, &f);
    while (!err && ut_features_flush(fx, &f))
        err = push(&va, &f);
    for (int i = 0; !err && i < UT__ACTIVITY_DELAY && va.pushed > 0; i++)
        err = push(&va, &f);
    ut_features_destroy(fx);
    ut_analysis_destroy(an);
    return err || fflush(stdout) ? 1 : 0;
}

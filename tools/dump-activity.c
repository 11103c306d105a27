/* SPDX-License-Identifier: MIT */
/*
 * What the networks of speech activity and syllables see, for the tools that fit them.
 *
 *     dump-activity              inputs of speech activity, log odds, decision, probability, noise
 *     dump-activity syllables    inputs of syllables, decision of speech activity
 *     dump-activity rate         sums of the speaking rate's cues so far, decision of speech activity
 *
 * 32-bit float samples at 8 kHz on standard input; for each whole frame of 10 ms a row of floats on
 * standard output.
 */

#include <stdio.h>
#include <string.h>

#include <undertone/features.h>

#include "features/analysis.h"
#include "features/syllables.h"

enum { EXTRA = 4 };

struct chain {
    const struct ut_analysis *an;
    struct ut__activity activity;
    struct ut__syllables syllables;
    float syllables_input[UT__SYLLABLES_INPUTS];
    int dump_syllables, dump_rate;
};

static int put(const float *row, size_t n)
{
    return fwrite(row, sizeof row[0], n, stdout) == n ? 0 : -1;
}

static int push(struct chain *c, const struct ut_features *fx, const struct ut_frame *f)
{
    if (c->dump_rate) {
        float cue[UT__RATE_CUES];
        ut__features_rate_sums(fx, cue);
        const float speech = f->speech;
        return put(cue, UT__RATE_CUES) || put(&speech, 1);
    }
    struct ut__activity_frame out;
    struct ut__syllables_frame syllables;
    if (!ut__activity_push(&c->activity, &c->an->speech, f->mel_db, f->level_dbfs,
                           (f->flags & UT_FRAME_SILENT) != 0, &out))
        return 0;
    if (c->dump_syllables) {
        /* Speech all the time, so that the inputs are there for every frame. */
        ut__syllables_push(&c->syllables, &c->an->syllables, &c->activity, 1, &syllables);
        const float speech = out.speech;
        return put(c->syllables.input, UT__SYLLABLES_INPUTS) || put(&speech, 1);
    }
    const float extra[EXTRA] = {c->activity.logit, out.speech, out.prob, out.noise_dbfs};
    return put(c->activity.input, UT__ACTIVITY_INPUTS) || put(extra, EXTRA);
}

int main(int argc, char **argv)
{
    struct ut_analysis *an;
    struct ut_features *fx;
    static struct chain c;
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "syllables") && strcmp(argv[1], "rate"))) {
        fprintf(stderr, "usage: dump-activity [syllables|rate] < F32 > ROWS\n");
        return 2;
    }
    if (ut_analysis_create(&an))
        return 1;
    if (ut_features_create(&fx, an)) {
        ut_analysis_destroy(an);
        return 1;
    }
    c.an = an;
    ut__activity_init(&c.activity);
    ut__syllables_init(&c.syllables);
    c.syllables.input = c.syllables_input;
    c.dump_syllables = argc == 2 && strcmp(argv[1], "syllables") == 0;
    c.dump_rate = argc == 2 && !c.dump_syllables;
    float pcm[UT_HOP_SAMPLES];
    struct ut_frame f;
    int err = 0;
    while (!err && fread(pcm, sizeof pcm[0], UT_HOP_SAMPLES, stdin) == UT_HOP_SAMPLES)
        if (ut_features_push(fx, pcm, 0, &f))
            err = push(&c, fx, &f);
    while (!err && ut_features_flush(fx, &f))
        err = push(&c, fx, &f);
    for (int i = 0; !err && i < UT__ACTIVITY_DELAY && c.activity.pushed > 0; i++)
        err = push(&c, fx, &f);
    ut_features_destroy(fx);
    ut_analysis_destroy(an);
    return err || fflush(stdout) ? 1 : 0;
}

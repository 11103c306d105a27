/* SPDX-License-Identifier: MIT */
/*
 * What the model says of each half second of caller speech, before any filter or rule: for fitting
 * those, and for looking into a call.
 *
 *     dump-updates [--model FILE] [[--after CALM] RECORDING]...
 *
 * --after: the caller returns, and the baseline of that recording was kept. Prints CSV:
 * file,t_s,speech_s,logit,arousal,trust,f0,effort,rate,harshness,variation (these five against the
 * caller's baseline),first,asked,second_stress,second_fear,second_fast (of which logit is made: the
 * first ear's log odds, 1 where the second heard the same speech, what it read out of it). The first channel is
 * the caller; 8 kHz files only. Exit
 * status: 0 done, 1 some recording failed, 2 usage.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>

#include <undertone/call.h>

#include "features/analysis.h"
#include "stress/model.h"
#include "stress/stress.h"

enum { CHANNELS_MAX = 8, MODEL_MAX_BYTES = 16 << 20 };

static void print_update(const char *path, const struct ut__stress *st,
                         const struct ut__stress_update *u, float trust)
{
    printf("%s,%.2f,%.2f,%.4f,%.4f,%.3f", path, (double)(u->frame + 1) * UT_HOP_MS / 1000,
           (double)u->speech_s, (double)u->logit, (double)u->arousal, (double)trust);
    for (int i = 0; i < UT_REASON_COUNT; i++)
        printf(",%.2f", (double)u->delta[i]);
    printf(",%.4f,%d", (double)st->first, st->asked);
    for (int i = 0; i < UT__AXES; i++)
        printf(",%.4f", (double)st->axes[i]);
    putchar('\n');
}

static void take(const char *path, struct ut__stress *st, struct ut__second *second,
                 const struct ut_frame *frame, const float *samples, int quiet)
{
    struct ut__stress_update update;
    struct ut__reading reading;
    float trust = ut__baseline_trust(&st->baseline);
    st->gate.now = frame->index;
    int read = ut__model_hear(st->model, second, frame, samples, &st->gate, &reading) > 0;
    if (ut__stress_hear(st, frame, read ? &reading : NULL, &update) && !quiet)
        print_update(path, st, &update, trust);
}

/* quiet: the recording teaches the baseline alone. */
static int dump(const char *path, const struct ut_model *model, struct ut__stress *st, int quiet)
{
    SF_INFO info = {0};
    struct ut_features *fx;
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.samplerate != UT_RATE_HZ || info.channels > CHANNELS_MAX ||
        ut_features_create(&fx, model->analysis)) {
        fprintf(stderr, "dump-updates: %s: %s\n", path,
                file ? "only 8 kHz, at most 8 channels" : sf_strerror(NULL));
        sf_close(file);
        return 1;
    }
    float block[UT_HOP_SAMPLES * CHANNELS_MAX], hop[UT_HOP_SAMPLES];
    struct ut_frame frame;
    struct ut__second second;
    ut__second_init(&second);
    ut__stress_meet(st, 0, 0); /* The agent is not heard here. */
    while (sf_readf_float(file, block, UT_HOP_SAMPLES) == UT_HOP_SAMPLES) {
        for (int i = 0; i < UT_HOP_SAMPLES; i++)
            hop[i] = block[i * info.channels];
        if (ut_features_push(fx, hop, 0, &frame))
            take(path, st, &second, &frame, ut__features_samples(fx), quiet);
    }
    while (ut_features_flush(fx, &frame))
        take(path, st, &second, &frame, ut__features_samples(fx), quiet);
    ut_features_destroy(fx);
    sf_close(file);
    return 0;
}

/* A recording, its caller known from another one unless that is NULL. */
static int dump_after(const char *path, const char *after, const struct ut_model *model,
                      struct ut__stress *st)
{
    uint8_t blob[UT_BASELINE_MAX_BYTES];
    int n = 0, failed = 0;
    ut__stress_init(st, model);
    if (after) {
        failed = dump(after, model, st, 1);
        n = ut__baseline_write(&st->baseline, model->crc, blob, sizeof blob);
        ut__stress_init(st, model);
    }
    if (n > 0 && ut__stress_set_baseline(st, blob, (size_t)n) != 0)
        return 1;
    return dump(path, model, st, 0) || failed;
}

static int load(struct ut_model **out, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "dump-updates: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    uint8_t *bytes = malloc(MODEL_MAX_BYTES);
    int err =
        bytes ? ut_model_create(out, bytes, fread(bytes, 1, MODEL_MAX_BYTES, file)) : UT_ENOMEM;
    fclose(file);
    free(bytes); /* The model keeps its own copy of the weights. */
    return err;
}

int main(int argc, char **argv)
{
    struct ut_model *model;
    int first = argc > 2 && strcmp(argv[1], "--model") == 0 ? 3 : 1;
    if (argc <= first) {
        fprintf(stderr, "usage: dump-updates [--model FILE] [[--after CALM] RECORDING]...\n");
        return 2;
    }
    int err = first == 3 ? load(&model, argv[2]) : ut_model_create_default(&model);
    if (err) {
        fprintf(stderr, "dump-updates: %s: %s\n", first == 3 ? argv[2] : "model", ut_strerror(err));
        return 2;
    }
    struct ut__stress *st = aligned_alloc(64, (sizeof *st + 63) / 64 * 64);
    int failed = 0;
    for (int i = first; st && i < argc; i++) {
        int returns = i + 2 < argc && strcmp(argv[i], "--after") == 0;
        const char *after = returns ? argv[i + 1] : NULL;
        i += 2 * returns;
        failed |= dump_after(argv[i], after, model, st);
    }
    free(st);
    ut_model_destroy(model);
    return failed;
}

/* SPDX-License-Identifier: MIT */
/*
 * The C network against the framework that trained it: tools/train/fit.py wrote network.txt
 * together with the model, from the first 3 s of speech of a sample call.
 */

#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/g711.h"
#include "features/analysis.h"
#include "stress/listener.h"
#include "stress/model.h"
#include "stress/second.h"

enum { BYTES_MAX = 1 << 20 };

struct golden {
    int frames;
    float logit, arousal, vector[UT__VECTOR];
};

static int read_golden(struct golden *g)
{
    FILE *f = fopen(UT_GOLDEN "/network.txt", "r");
    if (!f)
        return -1;
    int ok = fscanf(f, "%d %f %f", &g->frames, &g->logit, &g->arousal) == 3;
    for (int i = 0; ok && i < UT__VECTOR; i++)
        ok = fscanf(f, "%f", &g->vector[i]) == 1;
    fclose(f);
    return ok ? 0 : -1;
}

/* Offset of the samples in a WAV file: behind the "data" chunk's head. */
static size_t data_at(const uint8_t *b, size_t n)
{
    for (size_t i = 12; i + 8 < n && i < 4096; i++)
        if (memcmp(b + i, "data", 4) == 0)
            return i + 8;
    return n;
}

/* What tools/train/second.py wrote of the same call's first window of speech. */
struct second {
    uint8_t band[UT__SECOND_FRAMES][UT__SECOND_BANDS];
    float vector[UT__SECOND_VECTOR];
};

static int read_second(struct second *g)
{
    FILE *f = fopen(UT_GOLDEN "/second.txt", "r");
    if (!f)
        return -1;
    int ok = 1;
    for (size_t i = 0; ok && i < sizeof g->band; i++) {
        unsigned steps;
        ok = fscanf(f, "%u", &steps) == 1 && steps < 256;
        g->band[i / UT__SECOND_BANDS][i % UT__SECOND_BANDS] = (uint8_t)steps;
    }
    for (int i = 0; ok && i < UT__SECOND_VECTOR; i++)
        ok = fscanf(f, "%f", &g->vector[i]) == 1;
    fclose(f);
    return ok ? 0 : -1;
}

/* Channel 1 of the two-channel mu-law sample, until enough speech was heard. */
static void listen(struct ut__listener *ear, struct ut__second *second,
                   const struct ut_model *model, int speech_frames)
{
    uint8_t *bytes = malloc(BYTES_MAX);
    FILE *f = fopen(UT_SAMPLES "/escalating-en.wav", "rb");
    struct ut_features *fx = NULL;
    assert_non_null(bytes);
    assert_non_null(f);
    size_t n = fread(bytes, 1, BYTES_MAX, f);
    fclose(f);
    assert_int_equal(ut_features_create(&fx, model->analysis), 0);
    int heard = 0;
    struct ut__loudness line = {0};
    for (size_t at = data_at(bytes, n); heard < speech_frames && at + 2 * UT_HOP_SAMPLES <= n;) {
        float hop[UT_HOP_SAMPLES];
        struct ut_frame frame;
        for (int i = 0; i < UT_HOP_SAMPLES; i++, at += 2)
            ut__ulaw_decode(&hop[i], bytes + at, 1);
        if (!ut_features_push(fx, hop, 0, &frame) || ut__listener_push(ear, model, &frame) < 0)
            continue;
        heard++;
        uint8_t bands[UT__SECOND_BANDS];
        ut__second_look(bands, &model->second_tables, &model->analysis->spectrum,
                        ut__features_samples(fx), ut__loudness_gain(&line, frame.level_dbfs));
        if (second)
            ut__second_take(second, bands, 0, 0);
    }
    assert_int_equal(heard, speech_frames);
    ut_features_destroy(fx);
    free(bytes);
}

static void agrees_with_the_framework(void **state)
{
    (void)state;
    struct golden want;
    struct ut_model *model = NULL;
    struct ut__listener *ear = aligned_alloc(64, (sizeof *ear + 63) / 64 * 64);
    struct ut__segment_sums all, sums;
    struct ut__verdict verdict;
    float vector[UT__VECTOR];
    assert_non_null(ear);
    assert_int_equal(read_golden(&want), 0);
    assert_int_equal(ut_model_create_default(&model), 0);
    ut__listener_init(ear, &all);
    listen(ear, NULL, model, want.frames);
    ut__listener_whole(ear, model, &sums);
    assert_int_equal(ut__segment_vector(&sums, vector), 1);
    float worst = 0;
    for (int i = 0; i < UT__VECTOR; i++)
        worst = fmaxf(worst, fabsf(vector[i] - want.vector[i]) / (1 + fabsf(want.vector[i])));
    assert_true(worst < 1e-4f);
    ut__model_judge(model, vector, vector, 0, &verdict);
    assert_float_equal(verdict.stress_logit, want.logit, 1e-4);
    assert_float_equal(verdict.arousal, want.arousal, 1e-4);
    ut_model_destroy(model);
    free(ear);
}

/* The front end may fall on the other side of a step where the framework's double does not; the
 * network is held to the same steps. */
static void the_second_ear_agrees_too(void **state)
{
    (void)state;
    static struct second want;
    static struct ut__second ear;
    struct ut_model *model = NULL;
    struct ut__listener *first = aligned_alloc(64, (sizeof *first + 63) / 64 * 64);
    assert_non_null(first);
    assert_int_equal(read_second(&want), 0);
    assert_int_equal(ut_model_create_default(&model), 0);
    ut__listener_init(first, NULL);
    ut__second_init(&ear);
    listen(first, &ear, model, UT__SECOND_FRAMES);
    assert_int_equal(ear.frames, UT__SECOND_FRAMES);
    size_t other = 0;
    for (size_t t = 0; t < UT__SECOND_FRAMES; t++)
        for (size_t b = 0; b < UT__SECOND_BANDS; b++) {
            int apart = ear.band[t][b] - want.band[t][b];
            assert_in_range(apart + 1, 0, 2);
            other += apart != 0;
        }
    assert_true(other < UT__SECOND_FRAMES * UT__SECOND_BANDS / 100);
    memcpy(ear.band, want.band, sizeof ear.band);
    float vector[UT__SECOND_VECTOR];
    assert_int_equal(ut__second_hear(&ear, model->second, vector), 1);
    float worst = 0;
    for (int i = 0; i < UT__SECOND_VECTOR; i++)
        worst = fmaxf(worst, fabsf(vector[i] - want.vector[i]) / (1 + fabsf(want.vector[i])));
    assert_true(worst < 1e-4f);
    ut_model_destroy(model);
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_the_framework),
                                       cmocka_unit_test(the_second_ear_agrees_too)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

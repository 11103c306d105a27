/* SPDX-License-Identifier: MIT */
/* The stream of scores on the sample call that escalates, by the shipped model. */
#include "unit/unit.h"

#include <math.h>

#include <undertone/model.h>

#include "stress/explain.h"
#include "stress/model.h"
#include "stress/stress.h"
#include "unit/sample_call.h"

/* The caller of the sample speaks calmly until 37 s. */
enum { CALM_FRAMES = 3600, FRAMES_MAX = SAMPLE_CALL_FRAMES_MAX / UT_HOP_SAMPLES };

static struct ut_model *model;
static struct ut_frame frames[FRAMES_MAX];
static size_t count;
static struct ut__stress st;

static int set_up(void **state)
{
    (void)state;
    static struct sample_call sc;
    struct ut_features *fx;
    if (sample_call_read(&sc) || ut_model_create_default(&model) ||
        ut_features_create(&fx, model->analysis))
        return -1;
    for (size_t at = 0; at + UT_HOP_SAMPLES <= sc.frames; at += UT_HOP_SAMPLES)
        count += (size_t)ut_features_push(fx, sc.channel[0] + at, 0, &frames[count]);
    ut_features_destroy(fx);
    sample_call_free(&sc);
    return count > CALM_FRAMES + 1000 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    ut_model_destroy(model);
    return 0;
}

/* The highest evidence over some frames; last: of the last update. */
static float hear(size_t from, size_t to, float *last)
{
    struct ut__stress_update u;
    float highest = 0;
    for (size_t i = from; i < to; i++) {
        if (!ut__stress_push(&st, &frames[i], &u))
            continue;
        assert_true(u.stress >= 0 && u.stress <= 1 && u.evidence >= 0 && u.evidence <= 1);
        assert_true(u.arousal >= 0 && u.arousal <= 1 && fabsf(u.valence) <= 1);
        assert_true(u.confidence >= 0 && u.confidence <= 1);
        assert_int_equal(u.frame, frames[i].index);
        highest = fmaxf(highest, u.evidence);
        *last = u.evidence;
    }
    return highest;
}

static void belief_rises_and_falls(void **state)
{
    (void)state;
    float last = 0;
    ut__stress_init(&st, model);
    hear(0, CALM_FRAMES, &last);
    float before = last;
    float peak = hear(CALM_FRAMES, count, &last);
    for (int again = 0; again < 3; again++)
        hear(0, CALM_FRAMES, &last);
    assert_true(peak > 0.5f);
    assert_true(before < 0.5f * peak);
    assert_true(last < 0.5f * peak);
}

/* Who is known from before needs half a log odd less at first, a quarter after 6 s of speech, and
 * nothing of it is left after 12 s. */
static void who_returns_is_believed_sooner(void **state)
{
    (void)state;
    struct ut__probes known, stranger;
    ut__probes_init(&known, model->tune, -2, 20);
    ut__probes_init(&stranger, model->tune, 0, 0);
    for (int i = 0; i < 30; i++) {
        float wanted = i < 24 ? 0.5f * (float)(24 - i) / 24 : 0;
        assert_float_equal(ut__probes_lead(&known), wanted, 1e-6);
        assert_float_equal(ut__probes_lead(&stranger), 0, 0);
        ut__probes_hear(&known, model->tune, 0);
        ut__probes_hear(&stranger, model->tune, 0);
    }
}

static void a_loud_word_counts_up_to_the_cap(void **state)
{
    (void)state;
    static struct ut_model careful; /* The sample has no word as loud as the shipped cap. */
    careful = *model;
    careful.tune[UT__TUNE_EVIDENCE_CAP] = 0.5f;
    const float *tune = careful.tune;
    float most = tune[UT__TUNE_EVIDENCE_WEIGHT] * tune[UT__TUNE_EVIDENCE_CAP];
    int capped = 0;
    ut__stress_init(&st, &careful);
    for (size_t i = 0; i < count; i++) {
        struct ut__stress_update u;
        float before = st.belief;
        if (!ut__stress_push(&st, &frames[i], &u))
            continue;
        float p = ut__sigmoid(before);
        p = p * (1 - tune[UT__TUNE_RATE_DOWN]) + (1 - p) * tune[UT__TUNE_RATE_UP];
        float moved = fabsf(st.belief - logf(p / (1 - p)));
        assert_true(moved <= most + 1e-3f);
        capped += moved > most - 1e-3f;
    }
    assert_true(capped > 0);
}

/* A model that hears the utmost stress in everything: its evidence rises to the end and stays
 * there. */
static void evidence_ends_where_the_model_says(void **state)
{
    (void)state;
    static struct ut_model loud;
    static const float cases[][4] = {/* Weight, cap, up, down; 0: as shipped. */
                                     {0, 0, 0, 0},
                                     {0.5f, 1, 0.006f, 0.022f},
                                     {0.1f, 0.5f, 3e-4f, 0.1f},
                                     {1, 2, 0.03f, 0.003f},
                                     {1, 8, 0.006f, 0.001f}};
    struct ut_model *shipped = model;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        float last, end, highest = 0;
        memcpy(&loud, shipped, sizeof loud);
        loud.tune[UT__TUNE_STRESS_OFFSET] += 100;
        if (cases[c][0] > 0) {
            loud.tune[UT__TUNE_EVIDENCE_WEIGHT] = cases[c][0];
            loud.tune[UT__TUNE_EVIDENCE_CAP] = cases[c][1];
            loud.tune[UT__TUNE_RATE_UP] = cases[c][2];
            loud.tune[UT__TUNE_RATE_DOWN] = cases[c][3];
        }
        end = ut_model_evidence_max(&loud);
        ut__stress_init(&st, &loud);
        for (int again = 0; again < 3; again++)
            highest = fmaxf(highest, hear(0, count, &last));
        assert_float_equal(highest, end, 2e-6);
        assert_float_equal(last, end, 2e-6);
        assert_true(ut_model_threshold(&loud, 1e-6f) <= end);
    }
    float end = ut_model_evidence_max(shipped);
    assert_true(end > 0.99f && end < 1);
    assert_true(shipped->tune[UT__TUNE_THRESHOLD] < end);
    assert_true(ut_model_threshold(shipped, 1e-6f) <= end);
}

static void what_is_no_speech_changes_nothing(void **state)
{
    (void)state;
    static struct ut__stress before;
    struct ut__stress_update u;
    float last;
    static const uint32_t flags[] = {UT_FRAME_GAP, UT_FRAME_DTMF, UT_FRAME_TONE};
    ut__stress_init(&st, model);
    hear(0, 1000, &last);
    memcpy(&before, &st, sizeof st);
    for (size_t i = 0; i < 1000; i++) {
        struct ut_frame f = frames[i];
        f.flags |= flags[i % 3];
        assert_int_equal(ut__stress_push(&st, &f, &u), 0);
        f = frames[i];
        f.speech = 0;
        assert_int_equal(ut__stress_push(&st, &f, &u), 0);
    }
    assert_memory_equal(&before, &st, sizeof st);
}

/* A call without the agent's channel: nobody is waited for. */
static void begin(void)
{
    ut__stress_init(&st, model);
    ut__stress_meet(&st, 0, 0);
}

static void hear_music(size_t from, size_t count_of)
{
    struct ut__stress_update u;
    for (size_t i = from; i < from + count_of; i++) {
        struct ut_frame f = frames[i];
        f.flags |= UT_FRAME_MUSIC;
        assert_int_equal(ut__stress_push(&st, &f, &u), 0);
    }
}

/* Music is known for that only after seconds in which it passed for the caller's voice. */
static void music_teaches_no_baseline(void **state)
{
    (void)state;
    float last;
    enum { UNKNOWN = 300 }; /* Frames. */
    begin();
    hear(0, UNKNOWN, &last);
    hear_music(UNKNOWN, 100);
    assert_true(ut__baseline_trust(&st.baseline) <= 0);

    static struct ut__baseline calm;
    begin();
    hear(0, CALM_FRAMES / 2, &last);
    calm = st.baseline;
    assert_true(calm.speech_s > 4);
    hear(CALM_FRAMES, CALM_FRAMES + UNKNOWN, &last);
    assert_true(memcmp(&st.baseline, &calm, sizeof calm) != 0);
    hear_music(0, 100);
    assert_true(st.baseline.speech_s > 0 && st.baseline.speech_s <= calm.speech_s);
    calm = st.baseline;
    hear_music(100, 100); /* Once for a piece of music. */
    assert_memory_equal(&st.baseline, &calm, sizeof calm);
    hear(0, 30, &last); /* A breath of it is no speech of three seconds yet. */
    assert_memory_equal(&st.baseline, &calm, sizeof calm);
}

/* Sound of another rate is known for that after seconds: all is as it was before it, or four seconds of speech
 * earlier; a call that began with it has learnt nothing. */
static void another_rate_is_unlearnt(void **state)
{
    (void)state;
    struct ut__stress at_end;
    float last;
    enum { UNKNOWN = 800, KEPT = UT__KEPT_UPDATES * UT__BLOCK_FRAMES };
    begin();
    hear(0, UNKNOWN, &last);
    assert_true(st.baseline.speech_s > 0);
    ut__stress_unlearn(&st, frames[0].index);
    assert_true(ut__baseline_trust(&st.baseline) <= 0);
    assert_float_equal(st.belief, ut__believe_first(model->tune), 1e-6);

    for (size_t unknown = 100; unknown <= KEPT; unknown += 100) {
        begin();
        struct ut__stress before = st;
        for (size_t i = 0; i < CALM_FRAMES; i++) {
            uint32_t at = st.kept[1].at;
            hear(i, i + 1, &last);
            if (st.kept[1].at != at)
                before = st;
        }
        at_end = st;
        assert_true(at_end.frames - before.frames <= KEPT);
        hear(CALM_FRAMES, CALM_FRAMES + unknown, &last);
        ut__stress_unlearn(&st, frames[CALM_FRAMES].index);
        float kept_s = before.baseline.speech_s;
        assert_float_equal(st.baseline.speech_s, kept_s, kept_s / 256); /* Half a last bit. */
        assert_float_equal(st.belief, before.belief, 0);
        assert_float_equal(st.smooth, before.smooth, 0);
        assert_float_equal(st.arousal, before.arousal, 0);
    }
}

/* What the line has clipped is judged, but nobody's own voice. */
static void clipped_speech_teaches_no_baseline(void **state)
{
    (void)state;
    struct ut__stress_update u;
    ut__stress_init(&st, model);
    for (size_t i = 0; i < CALM_FRAMES; i++) {
        struct ut_frame f = frames[i];
        f.flags |= i % 3 ? 0 : UT_FRAME_CLIPPED;
        (void)ut__stress_push(&st, &f, &u);
    }
    assert_true(st.updates > 10);
    assert_true(ut__baseline_trust(&st.baseline) <= 0);
    ut__stress_init(&st, model);
    for (size_t i = 0; i < CALM_FRAMES; i++)
        (void)ut__stress_push(&st, &frames[i], &u);
    assert_true(ut__baseline_trust(&st.baseline) > 0.5f);
}

static void shares_sum_to_one_strongest_first(void **state)
{
    (void)state;
    struct ut__stress_update u;
    size_t told = 0;
    ut__stress_init(&st, model);
    for (size_t i = 0; i < count; i++) {
        if (!ut__stress_push(&st, &frames[i], &u) || u.reason_count == 0)
            continue;
        float sum = 0;
        for (uint32_t r = 0; r < u.reason_count; r++) {
            sum += u.reasons[r].share;
            assert_true(u.reasons[r].share > 0);
            assert_true(r == 0 || u.reasons[r].share <= u.reasons[r - 1].share);
            assert_float_equal(u.reasons[r].delta, u.delta[u.reasons[r].kind], 0);
        }
        assert_float_equal(sum, 1, 1e-5);
        told++;
    }
    assert_true(told > 5);
}

/* Take out of the vector what a named measure brought, and the score falls. */
static void a_named_reason_is_one(void **state)
{
    (void)state;
    struct ut__stress_update u;
    struct ut__segment_sums recent;
    struct ut_reason reasons[UT_REASONS_MAX];
    float vector[UT__VECTOR], without[UT__VECTOR];
    size_t tried = 0;
    ut__stress_init(&st, model);
    for (size_t i = 0; i < count; i++) {
        if (!ut__stress_push(&st, &frames[i], &u) || !u.has_delta)
            continue;
        ut__segment_recent(&st.ear.segment, &recent);
        assert_int_equal(ut__segment_vector(&recent, vector), 1);
        const float *own = st.baseline.vector;
        float trust = ut__baseline_trust(&st.baseline);
        uint32_t n = ut__explain(model, vector, own, trust, u.delta, reasons);
        struct ut__verdict with, less;
        ut__model_judge(model, vector, own, trust, &with);
        for (uint32_t r = 0; r < n; r++, tried++) {
            for (int k = 0; k < UT__VECTOR; k++)
                without[k] = vector[k] - reasons[r].delta * model->explain[reasons[r].kind][k];
            ut__model_judge(model, without, own, trust, &less);
            assert_true(less.stress_logit < with.stress_logit);
        }
    }
    assert_true(tried > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(belief_rises_and_falls),
        cmocka_unit_test(who_returns_is_believed_sooner),
        cmocka_unit_test(a_loud_word_counts_up_to_the_cap),
        cmocka_unit_test(evidence_ends_where_the_model_says),
        cmocka_unit_test(what_is_no_speech_changes_nothing),
        cmocka_unit_test(music_teaches_no_baseline),
        cmocka_unit_test(another_rate_is_unlearnt),
        cmocka_unit_test(clipped_speech_teaches_no_baseline),
        cmocka_unit_test(shares_sum_to_one_strongest_first),
        cmocka_unit_test(a_named_reason_is_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

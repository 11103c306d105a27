/* SPDX-License-Identifier: MIT */
/* The second ear's front end and windows; tests/golden holds its network to the framework's. */
#include "unit/unit.h"

#include <math.h>

#include "stress/model.h"
#include "stress/second.h"
#include "unit/signal.h"

enum { BEFORE = 256, HOPS = 67, SAMPLES = BEFORE + (HOPS + 4) * UT_HOP_SAMPLES };

static struct ut_model *model;
static float noise[SAMPLES];

static int set_up(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (size_t i = 0; i < SAMPLES; i++)
        noise[i] = 0.05f * signal_normal(&seed);
    return ut_model_create_default(&model);
}

static int tear_down(void **state)
{
    (void)state;
    ut_model_destroy(model);
    return 0;
}

static int take(struct ut__second *ear, const float *samples)
{
    uint8_t bands[UT__SECOND_BANDS];
    ut__second_look(bands, &model->second_tables, &model->analysis->spectrum, samples, 1);
    return ut__second_take(ear, bands, 20, 0);
}

static void tones_fall_into_their_bands(void **state)
{
    (void)state;
    /* 27.17 mel apart: 1127 ln(1 + f / 700) over that, less one, as a band rises over two. */
    static const struct {
        float hz;
        int band;
    } cases[] = {{500, 21}, {1000, 36}, {2000, 55}, {3000, 68}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct ut__second ear;
        float x[BEFORE + 2 * UT_HOP_SAMPLES + BEFORE];
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++)
            x[i] = 0.1f * sinf(6.2831853f * cases[c].hz / UT_RATE_HZ * (float)i);
        ut__second_init(&ear);
        take(&ear, x + BEFORE);
        int best = 0;
        for (int b = 1; b < UT__SECOND_BANDS; b++)
            best = ear.band[0][b] > ear.band[0][best] ? b : best;
        assert_in_range(best - cases[c].band + 1, 0, 2);
    }
}

static void silence_is_the_floor(void **state)
{
    (void)state;
    static const float silence[2 * BEFORE + UT_HOP_SAMPLES];
    struct ut__second ear;
    ut__second_init(&ear);
    take(&ear, silence + BEFORE);
    for (int b = 0; b < UT__SECOND_BANDS; b++)
        assert_int_equal(ear.band[0][b], 0);
}

/* The same second of speech gives the same vector wherever it lies in the ring. */
static void a_window_stands_for_itself(void **state)
{
    (void)state;
    static struct ut__second fresh, late;
    float a[UT__SECOND_VECTOR], b[UT__SECOND_VECTOR];
    enum { SKIPPED = HOPS - UT__SECOND_FRAMES };
    ut__second_init(&fresh);
    ut__second_init(&late);
    for (int i = 0; i < HOPS; i++)
        assert_int_equal(take(&late, noise + BEFORE + i * UT_HOP_SAMPLES),
                         i + 1 == UT__SECOND_FRAMES);
    for (int i = SKIPPED; i < HOPS; i++)
        assert_int_equal(take(&fresh, noise + BEFORE + i * UT_HOP_SAMPLES), i + 1 == HOPS);
    assert_int_equal(ut__second_hear(&late, model->second, a), 1);
    assert_int_equal(ut__second_hear(&fresh, model->second, b), 1);
    assert_memory_equal(a, b, sizeof a);
}

static void too_little_speech_is_not_heard(void **state)
{
    (void)state;
    struct ut__second ear;
    float vector[UT__SECOND_VECTOR];
    ut__second_init(&ear);
    for (int i = 0; i < UT__SECOND_MIN_FRAMES; i++) {
        assert_int_equal(ut__second_hear(&ear, model->second, vector), 0);
        take(&ear, noise + BEFORE);
    }
    assert_int_equal(ut__second_hear(&ear, model->second, vector), 1);
}

/* Calm speech stands for what was not heard, no read-out counts beyond the limit, and the odds of
 * both causes add up. */
static void both_ears_join(void **state)
{
    (void)state;
    static struct ut_model m;
    float *tune = m.second_tune;
    tune[UT__SECOND_SCALE] = 2;
    tune[UT__SECOND_OFFSET] = 0.5f;
    tune[UT__SECOND_STRESS_FIRST] = 1;
    tune[UT__SECOND_STRESS] = 0.25f;
    tune[UT__SECOND_FEAR] = 3;
    tune[UT__SECOND_FEAR_BIAS] = -40;
    tune[UT__SECOND_LIMIT] = 4;
    tune[UT__SECOND_CALM_STRESS] = -2;
    assert_float_equal(ut__model_join(&m, 1, NULL, 40), 1.5f, 1e-5);
    assert_float_equal(ut__model_join(&m, 1, (const float[]){2, 0, 0}, 40), 3.5f, 1e-5);
    assert_float_equal(ut__model_join(&m, 1, (const float[]){20, 0, 0}, 40), 4.5f, 1e-5);
    tune[UT__SECOND_FEAR_BIAS] = -2;
    assert_float_equal(ut__model_join(&m, 0, (const float[]){4, 1, 0}, 40),
                       0.5f + 2 * (1 + 0.693147f), 1e-5);
    assert_float_equal(ut__model_join(&m, -9, (const float[]){0, 30, 0}, 40), 0.5f + 2 * 10, 1e-4);
}

/* Speech played fast is refused as far as it reads so; other speech is not rewarded. */
static void fast_speech_is_refused(void **state)
{
    (void)state;
    static struct ut_model m;
    m.second_tune[UT__SECOND_SCALE] = 1;
    m.second_tune[UT__SECOND_STRESS_FIRST] = 1;
    m.second_tune[UT__SECOND_FEAR_BIAS] = -40;
    assert_float_equal(ut__model_join(&m, 3, (const float[]){0, 0, -5}, 40), 3, 1e-5);
    assert_float_equal(ut__model_join(&m, 3, (const float[]){0, 0, 4}, 40), -5, 1e-5);
}

static void a_baseline_counts_by_its_trust(void **state)
{
    (void)state;
    static struct ut_model m;
    struct ut__reading r;
    float vector[UT__SECOND_VECTOR], axes[UT__AXES];
    const float base[UT__AXES] = {4, 0, 0};
    for (int i = 0; i < UT__SECOND_VECTOR; i++) {
        vector[i] = 1;
        m.readout[0].diff[i] = 0.02f;
        m.readout[0].own[i] = 0.01f;
        m.readout[0].alone[i] = -0.01f;
    }
    m.second_tune[UT__SECOND_BIAS] = 0.1f;
    m.second_tune[UT__SECOND_BIAS + 3] = 0.7f; /* Of fear, alone. */
    ut__model_read(&m, vector, &r);
    ut__model_axes(&m, &r, base, 0, axes);
    assert_float_equal(axes[UT__AXIS_STRESS], -4, 1e-4);
    assert_float_equal(axes[UT__AXIS_FEAR], 0.7f, 1e-5);
    ut__model_axes(&m, &r, base, 0.75f, axes);
    assert_float_equal(axes[UT__AXIS_STRESS], 5.075f, 1e-4);
}

/* Against another's voice, as a synthesised announcement's, any caller sounds afraid: the baseline
 * may make speech no more afraid than it sounds by itself; less, as it finds. */
static void another_voice_frightens_nobody(void **state)
{
    (void)state;
    static struct ut_model m;
    const struct ut__reading r = {.alone = {0.5f, 0.5f, 0.5f}};
    const float read[] = {-9, -1, 0.4f, 1, 9}, fear[] = {-9, -1, 0.4f, 0.5f, 0.5f};
    float axes[UT__AXES];
    for (int i = 0; i < 5; i++) {
        const float base[UT__AXES] = {-read[i], -read[i], -read[i]};
        ut__model_axes(&m, &r, base, 1, axes);
        assert_float_equal(axes[UT__AXIS_STRESS], read[i], 1e-5);
        assert_float_equal(axes[UT__AXIS_FEAR], fear[i], 1e-5);
        assert_float_equal(axes[UT__AXIS_FAST], read[i], 1e-5);
    }
    const float base[UT__AXES] = {-9, -9, -9}; /* Half of it is 4.75. */
    ut__model_axes(&m, &r, base, 0.5f, axes);
    assert_float_equal(axes[UT__AXIS_FEAR], 0.5f, 1e-5);
}

/* One clipped frame of a window is a click; more, and it is worth no more than noise. The next window begins
 * anew. */
static void clipped_speech_is_worth_little(void **state)
{
    (void)state;
    static struct ut__second ear;
    const uint8_t bands[UT__SECOND_BANDS] = {0};
    const int clipped[] = {1, 2, 50, 0};
    ut__second_init(&ear);
    for (int w = 0; w < 4; w++) {
        for (int i = 0; i < UT__SECOND_FRAMES; i++)
            ut__second_take(&ear, bands, 20, i < clipped[w]);
        assert_float_equal(ut__second_snr_db(&ear), clipped[w] > 1 ? -30 : 20, 1e-4);
    }
}

/* A line is brought to one level, the sooner the more of its speech was heard: at once not at all, in the end
 * but for what is taken for known; and never by more than 12 dB up. */
static void how_loud_a_line_is_tells_nothing(void **state)
{
    (void)state;
    const float dbfs[] = {-14, -34, -44, -80}, want_db[] = {-20, 0, 10, 12};
    for (int i = 0; i < 4; i++) {
        struct ut__loudness line = {0};
        float gain = ut__loudness_gain(&line, dbfs[i]);
        assert_float_equal(10 * log10f(gain), fminf((-34 - dbfs[i]) / 401, 12), 1e-3);
        for (int k = 1; k < 400; k++)
            gain = ut__loudness_gain(&line, dbfs[i]);
        assert_float_equal(10 * log10f(gain), fminf((-34 - dbfs[i]) * 400 / 800, 12), 0.01);
        for (int k = 0; k < 60000; k++)
            gain = ut__loudness_gain(&line, dbfs[i]);
        assert_float_equal(10 * log10f(gain), want_db[i], 0.4f);
    }
}

/* The nearer the noise, the more the first ear is asked alone. Speech played fast is refused all the
 * same. */
static void noise_takes_its_share(void **state)
{
    (void)state;
    static struct ut_model m;
    m.second_tune[UT__SECOND_SCALE] = 1;
    m.second_tune[UT__SECOND_STRESS] = 1;
    m.second_tune[UT__SECOND_FEAR_BIAS] = -40;
    m.second_tune[UT__SECOND_LIMIT] = 8;
    const float snr_db[] = {30, 10, 5, 0, -5}, odds[] = {4, 4, 1, -2, -2};
    for (int i = 0; i < 5; i++) {
        assert_float_equal(ut__model_join(&m, -2, (const float[]){4, 0, 0}, snr_db[i]), odds[i],
                           1e-5);
        assert_float_equal(ut__model_join(&m, -2, (const float[]){4, 0, 1}, snr_db[i]), odds[i] - 2,
                           1e-5);
    }
}

/* A window's ratio is that of its own frames, and no frame counts beyond what one can say. */
static void the_ratio_is_the_windows(void **state)
{
    (void)state;
    struct ut__second ear;
    const uint8_t bands[UT__SECOND_BANDS] = {0};
    ut__second_init(&ear);
    for (int i = 0; i < UT__SECOND_FRAMES; i++)
        ut__second_take(&ear, bands, 120, 0);
    assert_float_equal(ear.snr_db, 40, 1e-4);
    for (int i = 0; i < UT__SECOND_FRAMES; i++)
        ut__second_take(&ear, bands, i % 2 ? 10 : -60, 0);
    assert_float_equal(ear.snr_db, 2.5f, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tones_fall_into_their_bands),
                                       cmocka_unit_test(silence_is_the_floor),
                                       cmocka_unit_test(a_window_stands_for_itself),
                                       cmocka_unit_test(too_little_speech_is_not_heard),
                                       cmocka_unit_test(both_ears_join),
                                       cmocka_unit_test(fast_speech_is_refused),
                                       cmocka_unit_test(clipped_speech_is_worth_little),
                                       cmocka_unit_test(how_loud_a_line_is_tells_nothing),
                                       cmocka_unit_test(noise_takes_its_share),
                                       cmocka_unit_test(the_ratio_is_the_windows),
                                       cmocka_unit_test(a_baseline_counts_by_its_trust),
                                       cmocka_unit_test(another_voice_frightens_nobody)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: MIT */
/* The extractor as a whole: hostile samples, lost packets, order, delay, and the same bytes again.
 */

#include "unit/unit.h"

#include "unit/signal.h"

enum { N = 4 * UT_RATE_HZ, FRAMES = N / UT_HOP_SAMPLES };

static float f0[N], x[N];
static struct ut_frame frame[FRAMES], again[FRAMES];

static void in_range(const struct ut_frame *f)
{
    const float *floats = &f->level_dbfs;
    size_t n = (offsetof(struct ut_frame, shimmer_db) - offsetof(struct ut_frame, level_dbfs)) /
                   sizeof floats[0] +
               1;
    for (size_t i = 0; i < n; i++)
        assert_true(isfinite(floats[i]));
    assert_true(f->level_dbfs >= -120 && f->level_dbfs <= 0.01f);
    assert_true(f->noise_dbfs >= -120 && f->noise_dbfs <= 0.01f);
    assert_true(f->speech_prob >= 0 && f->speech_prob <= 1);
    assert_true(f->voicing >= 0 && f->voicing <= 1);
    assert_true(f->voiced ? f->f0_hz >= 60 && f->f0_hz <= 500 : f->f0_hz == 0);
    assert_true(f->alpha_ratio_db >= -60 && f->alpha_ratio_db <= 60);
    assert_true(f->hammarberg_db >= -60 && f->hammarberg_db <= 60);
    assert_true(f->hnr_db >= -10 && f->hnr_db <= 40);
    assert_true(f->f0_jitter >= 0 && f->f0_jitter <= 0.5f);
    assert_true(f->shimmer_db >= 0 && f->shimmer_db <= 6);
    assert_true(f->centroid_hz >= 0 && f->centroid_hz <= 4000);
    assert_true(f->flux >= 0);
    assert_true(isfinite(f->rate_syll_s));
    for (size_t b = 0; b < UT_MEL_BANDS; b++)
        assert_true(f->mel_db[b] >= -120.1f && f->mel_db[b] <= 20);
}

static void voice(void)
{
    for (size_t i = 0; i < N; i++)
        f0[i] = 140 + 40 * sinf((float)i / 3000);
    signal_voice(x, f0, N);
}

typedef float shape(size_t i, uint32_t *seed);

static float nan_now_and_then(size_t i, uint32_t *seed)
{
    return signal_random(seed) % 50 ? sinf((float)i * 0.2f) : nanf("");
}
static float infinities(size_t i, uint32_t *seed)
{
    (void)seed;
    return i % 3 ? INFINITY : -INFINITY;
}
static float huge(size_t i, uint32_t *seed)
{
    (void)i;
    return signal_normal(seed) * 1e30f;
}
static float denormal(size_t i, uint32_t *seed)
{
    (void)i;
    return signal_normal(seed) * 1e-41f;
}
static float square(size_t i, uint32_t *seed)
{
    (void)seed;
    return i / 20 % 2 ? 1.0f : -1.0f;
}
static float constant(size_t i, uint32_t *seed)
{
    (void)i;
    (void)seed;
    return 0.5f;
}
static float clipped(size_t i, uint32_t *seed)
{
    (void)seed;
    return 20 * sinf((float)i * 0.13f) * sinf((float)i * 0.001f);
}
static float clicks(size_t i, uint32_t *seed)
{
    (void)seed;
    return i % 977 ? 0 : 1.0f;
}

static void hostile_samples_give_finite_frames(void **state)
{
    (void)state;
    shape *const shapes[] = {nan_now_and_then, infinities, huge,    denormal,
                             square,           constant,   clipped, clicks};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        uint32_t seed = 5;
        for (size_t i = 0; i < N; i++)
            x[i] = shapes[s](i, &seed);
        assert_int_equal(signal_frames(frame, x, N), FRAMES);
        for (size_t i = 0; i < FRAMES; i++)
            in_range(&frame[i]);
    }
}

/* What is not a number counts as silence: the frames are those of zeros in its place. */
static void not_a_number_is_silence(void **state)
{
    (void)state;
    voice();
    for (size_t i = N / 2; i < N; i++)
        x[i] = i % 2 ? nanf("") : INFINITY;
    signal_frames(frame, x, N);
    for (size_t i = N / 2; i < N; i++)
        x[i] = 0;
    signal_frames(again, x, N);
    assert_memory_equal(frame, again, sizeof frame);
}

static void the_same_samples_give_the_same_bytes(void **state)
{
    (void)state;
    voice();
    signal_add_noise(x, N, 15, 3);
    signal_frames(frame, x, N);
    signal_frames(again, x, N);
    assert_memory_equal(frame, again, sizeof frame);
}

/* An extractor in used memory starts anew, and its neighbours do not matter. */
static void init_forgets(void **state)
{
    (void)state;
    struct ut_analysis *an;
    struct ut_features *fx;
    assert_int_equal(ut_analysis_create(&an), 0);
    assert_int_equal(ut_features_create(&fx, an), 0);
    voice();
    signal_frames(frame, x, N);
    for (int round = 0; round < 2; round++) {
        size_t n = 0;
        assert_ptr_equal(ut_features_init(fx, an), fx);
        for (size_t at = 0; at + UT_HOP_SAMPLES <= N; at += UT_HOP_SAMPLES)
            n += (size_t)ut_features_push(fx, x + at, 0, &again[n]);
        while (n < FRAMES)
            assert_int_equal(ut_features_flush(fx, &again[n++]), 1);
        assert_int_equal(ut_features_flush(fx, &again[0]), 0);
        assert_memory_equal(frame, again, sizeof frame);
    }
    ut_features_destroy(fx);
    ut_analysis_destroy(an);
}

static void delay_and_order(void **state)
{
    (void)state;
    struct ut_analysis *an;
    struct ut_features *fx;
    struct ut_frame f;
    static const float silence[UT_HOP_SAMPLES];
    assert_int_equal(ut_analysis_create(&an), 0);
    assert_int_equal(ut_features_create(&fx, an), 0);
    assert_int_equal(ut_features_flush(fx, &f), 0);
    for (uint64_t i = 0; i < 100; i++) {
        uint32_t flags = i % 7 == 3 ? UT_FRAME_GAP : 0;
        int got = ut_features_push(fx, silence, flags, &f);
        assert_int_equal(got, i >= UT_FEATURES_DELAY);
        if (!got)
            continue;
        assert_int_equal(f.index, i - UT_FEATURES_DELAY);
        assert_int_equal(f.flags & UT_FRAME_GAP, f.index % 7 == 3 ? UT_FRAME_GAP : 0);
    }
    uint64_t next = 100 - UT_FEATURES_DELAY;
    while (ut_features_flush(fx, &f))
        assert_int_equal(f.index, next++);
    assert_int_equal(next, 100);
    ut_features_destroy(fx);
    ut_analysis_destroy(an);
}

/* One frame in five lost and silenced: most of what is left is still found, at the right pitch. */
static void a_fifth_of_the_frames_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        f0[i] = 150;
    signal_voice(x, f0, N);
    uint32_t seed = 9;
    for (size_t at = 0; at + 160 <= N; at += 160)
        if (signal_random(&seed) % 5 == 0)
            memset(x + at, 0, 160 * sizeof x[0]);
    signal_frames(frame, x, N);
    size_t voiced = 0, right = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        in_range(&frame[i]);
        voiced += frame[i].voiced;
        right += frame[i].voiced && fabsf(frame[i].f0_hz / 150 - 1) < 0.05f;
    }
    assert_true(voiced >= 60 * FRAMES / 100);
    assert_true(right >= 95 * voiced / 100);
}

static void states_fit_a_call(void **state)
{
    (void)state;
    assert_true(ut_features_state_size() <= 28 * 1024);
    struct ut_features *fx = NULL;
    assert_int_equal(ut_features_create(&fx, NULL), UT_EINVAL);
    assert_null(fx);
    ut_features_destroy(NULL);
    ut_analysis_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile_samples_give_finite_frames),
                                       cmocka_unit_test(not_a_number_is_silence),
                                       cmocka_unit_test(the_same_samples_give_the_same_bytes),
                                       cmocka_unit_test(init_forgets),
                                       cmocka_unit_test(delay_and_order),
                                       cmocka_unit_test(a_fifth_of_the_frames_lost),
                                       cmocka_unit_test(states_fit_a_call)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

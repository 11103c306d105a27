/* SPDX-License-Identifier: MIT */
/* Presence says what the full extractor says, frame for frame. */

#include "unit/unit.h"

#include "features/presence.h"
#include "unit/signal.h"

enum { SECONDS = 6, N = SECONDS * UT_RATE_HZ, FRAMES = N / UT_HOP_SAMPLES };

static float f0[N], x[N];
static struct ut_frame frame[FRAMES];
static struct ut__presence_frame seen[FRAMES + 1];

static size_t presence_frames(size_t n)
{
    struct ut_analysis *an;
    static struct ut__presence pr;
    size_t frames = 0;
    assert_int_equal(ut_analysis_create(&an), 0);
    ut__presence_init(&pr);
    for (size_t at = 0; at + UT_HOP_SAMPLES <= n; at += UT_HOP_SAMPLES)
        frames += (size_t)ut__presence_push(&pr, an, x + at, &seen[frames]);
    while (ut__presence_flush(&pr, an, &seen[frames]))
        frames++;
    ut_analysis_destroy(an);
    return frames;
}

static void expect_same(size_t n)
{
    size_t frames = signal_frames(frame, x, n);
    assert_int_equal(presence_frames(n), frames);
    for (size_t i = 0; i < frames; i++) {
        assert_int_equal(seen[i].index, i);
        assert_float_equal(seen[i].level_dbfs, frame[i].level_dbfs, 1e-4);
        assert_float_equal(seen[i].noise_dbfs, frame[i].noise_dbfs, 1e-4);
        if (frame[i].flags & (UT_FRAME_TONE | UT_FRAME_DTMF))
            continue; /* The extractor takes these out of speech; presence does not know them. */
        assert_int_equal(seen[i].speech, frame[i].speech);
        assert_float_equal(seen[i].prob, frame[i].speech_prob, 1e-5);
    }
}

static void agrees_with_the_extractor(void **state)
{
    (void)state;
    uint32_t seed = 4;
    for (size_t i = 0; i < N; i++)
        f0[i] = 180;
    signal_voice(x, f0, N);
    for (size_t i = 0; i < N; i++)
        x[i] = x[i] * (i / 4000 % 3 ? 0.1f + fabsf(sinf((float)i * 0.0016f)) : 0) +
               0.002f * signal_normal(&seed);
    expect_same(N);
    size_t speech = 0;
    for (size_t i = 0; i < FRAMES; i++)
        speech += seen[i].speech;
    assert_in_range(speech, FRAMES / 2, FRAMES * 3 / 4);
}

static void short_and_hostile_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -1e30f;
    for (size_t hops = 0; hops < 25; hops++)
        expect_same(hops * UT_HOP_SAMPLES);
    expect_same(N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_extractor),
        cmocka_unit_test(short_and_hostile_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

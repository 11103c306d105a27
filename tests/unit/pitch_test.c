/* SPDX-License-Identifier: MIT */
/* F0 of signals whose fundamental has been cut off, as on a telephone. */

#include "unit/unit.h"

#include "unit/signal.h"

enum { SECONDS = 1, N = SECONDS * UT_RATE_HZ, FRAMES = N / UT_HOP_SAMPLES, EDGE = 5 };

static float f0[N], x[N];
static struct ut_frame frame[FRAMES];

static float cents(float a, float b)
{
    return fabsf(1200 * log2f(a / b));
}

/* Every frame between the edges voiced, and within `limit` cents of f0[]. */
static void expect_f0(float limit)
{
    assert_int_equal(signal_frames(frame, x, N), FRAMES);
    for (size_t i = EDGE; i < FRAMES - EDGE; i++) {
        assert_true(frame[i].voiced);
        float off = cents(frame[i].f0_hz, f0[i * UT_HOP_SAMPLES + UT_HOP_SAMPLES / 2]);
        if (off > limit)
            fail_msg("frame %zu: %.1f Hz is %.0f cents off", i, (double)frame[i].f0_hz,
                     (double)off);
    }
}

static void steady_voices(void **state)
{
    (void)state;
    for (float hz = 65; hz < 480; hz *= 1.06f) {
        for (size_t i = 0; i < N; i++)
            f0[i] = hz;
        signal_voice(x, f0, N);
        expect_f0(15);
    }
}

/* An octave a second, up and down: a lively speaker's. */
static void glides(void **state)
{
    (void)state;
    for (float hz = 80; hz < 300; hz *= 1.4f) {
        for (size_t i = 0; i < N; i++)
            f0[i] = hz * exp2f((float)i / N * 0.7f);
        signal_voice(x, f0, N);
        expect_f0(30);
        for (size_t i = 0; i < N / 2; i++) {
            float swap = f0[i];
            f0[i] = f0[N - 1 - i];
            f0[N - 1 - i] = swap;
        }
        signal_voice(x, f0, N);
        expect_f0(30);
    }
}

static void nothing_voiced_in_noise_and_silence(void **state)
{
    (void)state;
    size_t voiced = 0;
    memset(x, 0, sizeof x);
    assert_int_equal(signal_frames(frame, x, N), FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        voiced += frame[i].voiced;
    assert_int_equal(voiced, 0);
    uint32_t seed = 1;
    for (size_t i = 0; i < N; i++)
        x[i] = 0.05f * signal_normal(&seed);
    signal_frames(frame, x, N);
    for (size_t i = 0; i < FRAMES; i++) {
        voiced += frame[i].voiced;
        assert_true(frame[i].voiced == (frame[i].f0_hz > 0));
    }
    assert_true(voiced <= 3 * FRAMES / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steady_voices), cmocka_unit_test(glides),
                                       cmocka_unit_test(nothing_voiced_in_noise_and_silence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

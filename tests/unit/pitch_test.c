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
    for (float hz = 65; hz < 500; hz *= 1.06f) {
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

/* Share of frames voiced, and among those share within 5 % of f0[]. */
static void found(float *voiced, float *right)
{
    size_t v = 0, r = 0;
    assert_int_equal(signal_frames(frame, x, N), FRAMES);
    for (size_t i = EDGE; i < FRAMES - EDGE; i++) {
        v += frame[i].voiced;
        r += frame[i].voiced &&
             fabsf(frame[i].f0_hz / f0[i * UT_HOP_SAMPLES + UT_HOP_SAMPLES / 2] - 1) < 0.05f;
    }
    *voiced = (float)v / (FRAMES - 2 * EDGE);
    *right = v ? (float)r / (float)v : 0;
}

/* Low, middle, high and children's voices, each wandering, through mu-law and 10 dB of noise. */
static void voices_in_noise(void **state)
{
    (void)state;
    const float base[] = {85, 120, 180, 240, 330, 430};
    for (size_t v = 0; v < sizeof base / sizeof base[0]; v++) {
        for (size_t i = 0; i < N; i++)
            f0[i] = base[v] * exp2f(0.1f * sinf((float)i / 900));
        signal_voice(x, f0, N);
        signal_add_noise(x, N, 10, 21);
        for (size_t i = 0; i < N; i++)
            x[i] = signal_ulaw(0.3f * x[i]);
        float voiced, right;
        found(&voiced, &right);
        assert_true(voiced > 0.85f);
        assert_true(right > 0.98f);
    }
}

/* Shouted into a line that cannot take it. */
static void clipped_voices(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        f0[i] = 300 + 60 * sinf((float)i / 1500);
    signal_voice(x, f0, N);
    for (size_t i = 0; i < N; i++)
        x[i] = fmaxf(-0.9f, fminf(0.9f, 6 * x[i]));
    float voiced, right;
    found(&voiced, &right);
    assert_true(voiced > 0.98f && right > 0.98f);
}

/* Loudness does not matter down to what the coder's steps leave of a voice. */
static void any_level(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        f0[i] = 150 + 20 * sinf((float)i / 1500);
    for (float gain = 1; gain > 0.005f; gain *= 0.3f) {
        signal_voice(x, f0, N);
        for (size_t i = 0; i < N; i++)
            x[i] = gain * x[i] + 3.0f / 32768; /* And a converter's offset. */
        float voiced, right;
        found(&voiced, &right);
        assert_true(voiced > 0.98f && right > 0.98f);
    }
}

/* Above what is searched for a voice reads the highest, no octave less: from mu-law, wandering. */
static void shrieks(void **state)
{
    (void)state;
    for (float hz = 510; hz <= 800; hz += 10) {
        for (size_t i = 0; i < N; i++)
            f0[i] = hz * exp2f(0.01f * sinf((float)i / 900));
        signal_voice(x, f0, N);
        signal_add_noise(x, N, 25, 21);
        for (size_t i = 0; i < N; i++)
            x[i] = signal_ulaw(0.3f * x[i]);
        size_t right = 0;
        assert_int_equal(signal_frames(frame, x, N), FRAMES);
        for (size_t i = EDGE; i < FRAMES - EDGE; i++)
            right += frame[i].voiced && frame[i].f0_hz >= 500;
        float share = (float)right / (FRAMES - 2 * EDGE);
        if (share < (hz < 635 ? 0.95f : 0.6f))
            fail_msg("%.0f Hz: %.2f", (double)hz, (double)share);
    }
}

static size_t voiced_frames(void)
{
    size_t voiced = 0;
    signal_frames(frame, x, N);
    for (size_t i = 0; i < FRAMES; i++) {
        voiced += frame[i].voiced;
        assert_true(frame[i].voiced == (frame[i].f0_hz > 0));
    }
    return voiced;
}

/* Silence of every kind: none, a converter's offset, its least step toggling fast and slowly. */
static void nothing_voiced_in_silence(void **state)
{
    (void)state;
    const float step = 1.0f / 32768;
    for (int kind = 0; kind < 4; kind++) {
        for (size_t i = 0; i < N; i++) {
            const float sample[] = {0, step, i % 2 ? step : 0, i / 80 % 2 ? step : -step};
            x[i] = sample[kind];
        }
        assert_int_equal(voiced_frames(), 0);
    }
}

static void nothing_voiced_in_noise(void **state)
{
    (void)state;
    for (float gain = 0.0005f; gain < 0.3f; gain *= 4) {
        uint32_t seed = 1;
        float low = 0;
        for (size_t i = 0; i < N; i++)
            x[i] = gain * signal_normal(&seed);
        assert_true(voiced_frames() <= 3 * FRAMES / 100);
        for (size_t i = 0; i < N; i++) {
            low = 0.8f * low + x[i];
            x[i] = low;
        }
        assert_true(voiced_frames() <= 3 * FRAMES / 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steady_voices),
                                       cmocka_unit_test(glides),
                                       cmocka_unit_test(voices_in_noise),
                                       cmocka_unit_test(clipped_voices),
                                       cmocka_unit_test(any_level),
                                       cmocka_unit_test(shrieks),
                                       cmocka_unit_test(nothing_voiced_in_silence),
                                       cmocka_unit_test(nothing_voiced_in_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

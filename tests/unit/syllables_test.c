/* SPDX-License-Identifier: MIT */
/* Nuclei and rate of voices whose syllables are counted. */

#include "unit/unit.h"

#include "unit/signal.h"

enum { SECONDS = 10, N = SECONDS * UT_RATE_HZ, FRAMES = N / UT_HOP_SAMPLES, GROUP = 6 };

static float f0[N], x[N];
static struct ut_frame frame[FRAMES];

/* Groups of syllables with a pause of 0.6 s before each. Returns how many there are. */
static float syllables_at(float rate_syll_s, float level_dbfs)
{
    float said = 0;
    float group_s = GROUP / rate_syll_s;
    for (size_t i = 0; i < N; i++)
        f0[i] = 130 + 30 * sinf((float)i * 0.0004f);
    signal_voice(x, f0, N);
    for (size_t i = 0; i < N; i++) {
        float t = fmodf((float)i / UT_RATE_HZ, group_s + 0.6f) - 0.6f;
        float open = t < 0 ? 0 : sinf(3.1415927f * t * rate_syll_s);
        said += t < 0 ? 0 : rate_syll_s / UT_RATE_HZ;
        x[i] *= open * open;
    }
    float gain = powf(10, level_dbfs / 20) / signal_rms(x, N);
    uint32_t seed = 5;
    for (size_t i = 0; i < N; i++)
        x[i] = x[i] * gain + 0.003f * gain * signal_normal(&seed);
    return said;
}

/* A voice that opens and closes is no real syllable: within 15 % is what to ask for. */
static void counts_pulses_of_voice(void **state)
{
    (void)state;
    for (float rate = 3; rate <= 6; rate += 1) {
        float said = syllables_at(rate, -25);
        assert_int_equal(signal_frames(frame, x, N), FRAMES);
        for (size_t i = 0; i < FRAMES; i++) {
            assert_true(frame[i].rate_syll_s >= 0 && frame[i].rate_syll_s < 20);
            assert_true(frame[i].nuclei_syll_s >= 0 && frame[i].nuclei_syll_s < 20);
            assert_true(i == 0 || frame[i].syllables >= frame[i - 1].syllables);
            assert_true(frame[i].speech || !frame[i].nucleus);
        }
        float found = frame[FRAMES - 1].rate_syll_s, count = (float)frame[FRAMES - 1].syllables;
        if (fabsf(found / rate - 1) > 0.15f || fabsf(count / said - 1) > 0.15f)
            fail_msg("%.0f syllables a second, %.0f in all: %.2f and %.0f found", (double)rate,
                     (double)said, (double)found, (double)count);
    }
}

static void level_does_not_matter(void **state)
{
    (void)state;
    float first = 0;
    for (float level = -45; level <= -10; level += 7) {
        syllables_at(4, level);
        signal_frames(frame, x, N);
        float found = frame[FRAMES - 1].rate_syll_s;
        first = level <= -45 ? found : first;
        assert_float_equal(found, first, 0.5);
    }
}

static void silence_and_noise_have_none(void **state)
{
    (void)state;
    memset(x, 0, sizeof x);
    signal_frames(frame, x, N);
    assert_int_equal(frame[FRAMES - 1].syllables, 0);
    uint32_t seed = 2;
    for (size_t i = 0; i < N; i++)
        x[i] = 0.01f * signal_normal(&seed);
    signal_frames(frame, x, N);
    assert_true(frame[FRAMES - 1].syllables <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_pulses_of_voice),
        cmocka_unit_test(level_does_not_matter),
        cmocka_unit_test(silence_and_noise_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

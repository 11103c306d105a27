/* SPDX-License-Identifier: MIT */
/* Speech activity of voices and noises that are known to be one or the other. */

#include "unit/unit.h"

#include "unit/signal.h"

enum {
    SECONDS = 10,
    N = SECONDS * UT_RATE_HZ,
    FRAMES = N / UT_HOP_SAMPLES,
    CYCLE = 2 * UT_RATE_HZ, /* Speech for 1.2 s, then a pause of 0.8 s. */
    SPEECH = 12 * UT_RATE_HZ / 10,
    START = UT_RATE_HZ / 2
};

static float f0[N], x[N];
static struct ut_frame frame[FRAMES];

static int in_speech(size_t sample)
{
    return sample >= START && (sample - START) % CYCLE < SPEECH;
}

/* Syllables at 4 Hz, between pauses, at a level over noise. */
static void talk(float level_dbfs, float snr_db)
{
    for (size_t i = 0; i < N; i++)
        f0[i] = 150 + 40 * sinf((float)i * 0.0004f);
    signal_voice(x, f0, N);
    double power = 0;
    size_t count = 0;
    for (size_t i = 0; i < N; i++) {
        float t = (float)((i + CYCLE - START) % CYCLE) / UT_RATE_HZ;
        x[i] *= in_speech(i) ? 0.08f + 0.92f * powf(sinf(3.1415927f * 4 * t), 2) : 0;
        power += in_speech(i) ? (double)x[i] * (double)x[i] : 0;
        count += (size_t)in_speech(i);
    }
    float rms = (float)sqrt(power / (double)count);
    float gain = powf(10, level_dbfs / 20) / rms, noise = powf(10, (level_dbfs - snr_db) / 20);
    uint32_t seed = 1;
    for (size_t i = 0; i < N; i++)
        x[i] = x[i] * gain + noise * signal_normal(&seed);
}

static void run(void)
{
    assert_int_equal(signal_frames(frame, x, N), FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        assert_true(frame[i].speech_prob >= 0 && frame[i].speech_prob <= 1);
        assert_true(frame[i].noise_dbfs >= -120 && frame[i].noise_dbfs <= 0);
    }
}

static double frame_error(void)
{
    size_t wrong = 0;
    for (size_t i = 0; i < FRAMES; i++)
        wrong += frame[i].speech != in_speech(i * UT_HOP_SAMPLES + UT_HOP_SAMPLES / 2);
    return (double)wrong / FRAMES;
}

static double speech_share(size_t from)
{
    size_t speech = 0;
    for (size_t i = from; i < FRAMES; i++)
        speech += frame[i].speech;
    return (double)speech / (double)(FRAMES - from);
}

static void any_level_will_do(void **state)
{
    (void)state;
    for (float level = -50; level <= -10; level += 10) {
        talk(level, 30);
        run();
        if (frame_error() > 0.06)
            fail_msg("%.0f dBFS: error %.3f", (double)level, frame_error());
    }
}

static void noise_of_5_db_is_borne(void **state)
{
    (void)state;
    talk(-25, 5);
    run();
    if (frame_error() > 0.12)
        fail_msg("error %.3f", frame_error());
}

/* The floor is known to 3 dB after the first pause. */
static void noise_floor_is_found(void **state)
{
    (void)state;
    for (float snr = 10; snr <= 40; snr += 10) {
        talk(-20, snr);
        run();
        for (size_t i = 400; i < FRAMES; i++)
            if (fabsf(frame[i].noise_dbfs - (-20 - snr)) > 3)
                fail_msg("SNR %.0f, frame %zu: %.1f", (double)snr, i, (double)frame[i].noise_dbfs);
    }
}

static void what_is_steady_is_no_speech(void **state)
{
    (void)state;
    uint32_t seed = 7;
    static const float level_dbfs[] = {-120, -70, -50, -30, -12};
    for (size_t k = 0; k < sizeof level_dbfs / sizeof level_dbfs[0]; k++) {
        for (size_t i = 0; i < N; i++)
            x[i] = powf(10, level_dbfs[k] / 20) * signal_normal(&seed);
        run();
        assert_true(speech_share(0) <= 0.025);
        for (size_t i = 0; i < N; i++) { /* Hum of the mains and its harmonics. */
            float sum = 0;
            for (int h = 1; h < 12; h++)
                sum += sinf(6.2831853f * 50.0f * (float)h * (float)i / UT_RATE_HZ) / (float)h;
            x[i] = powf(10, level_dbfs[k] / 20) * sum * 0.5f;
        }
        run();
        assert_true(speech_share(0) <= 0.025);
    }
    memset(x, 0, sizeof x);
    run();
    assert_true(speech_share(0) <= 0);
}

/* Muted at the start, or for seconds in between: what comes after is noise as before. */
static void digital_silence_tells_nothing_of_the_noise(void **state)
{
    (void)state;
    for (int start = 0; start <= 1; start++)
        for (float level = -70; level <= -40; level += 10) {
            uint32_t seed = 3;
            size_t from = start ? 0 : 3 * UT_RATE_HZ, to = from + 2 * UT_RATE_HZ;
            for (size_t i = 0; i < N; i++)
                x[i] = i >= from && i < to ? 0 : powf(10, level / 20) * signal_normal(&seed);
            run();
            if (speech_share(0) > 0.02)
                fail_msg("%.0f dBFS: %.3f is speech", (double)level, speech_share(0));
            for (size_t i = to / UT_HOP_SAMPLES + 20; i < FRAMES; i++)
                assert_float_equal(frame[i].noise_dbfs, level, 3);
        }
}

/* Words whose vowels change four times a second, 35 dB over noise, for 1.2 s of every 2 s. */
static void talk_in_vowels(float level_dbfs)
{
    double phase = 0;
    for (size_t i = 0; i < N; i++) {
        float t = (float)i / UT_RATE_HZ, hz = 170 + 30 * sinf(2.3f * t);
        phase += (double)hz / UT_RATE_HZ;
        float formant[] = {500 + 250 * sinf(12.6f * t), 1500 + 600 * sinf(18.8f * t), 2500},
              sum = 0;
        for (int h = 2; (float)h * hz < 3400; h++)
            for (int k = 0; k < 3; k++) {
                float off = ((float)h * hz - formant[k]) / 120;
                sum += sinf(6.2831853f * (float)(fmod(h * phase, 1)) + (float)(h * h)) /
                       ((float)(k + 1) * (1 + off * off));
            }
        float open = sinf(3.1415927f * 4 * (float)((i + CYCLE - START) % CYCLE) / UT_RATE_HZ);
        x[i] = in_speech(i) ? (0.08f + 0.92f * open * open) * sum : 0;
    }
    float gain = powf(10, level_dbfs / 20) / (signal_rms(x, N) * sqrtf((float)CYCLE / SPEECH));
    uint32_t seed = 1;
    for (size_t i = 0; i < N; i++)
        x[i] = gain * x[i] + powf(10, (level_dbfs - 35) / 20) * signal_normal(&seed);
}

/* Calls that begin in the middle of a word, whatever their level: of the first second a tenth is
 * lost at most. */
static void a_word_may_have_begun(void **state)
{
    (void)state;
    for (float level = -45; level <= -20; level += 25) {
        size_t heard = 0, spoken = 0;
        for (size_t into = 1; into <= 8; into++) {
            talk_in_vowels(level);
            size_t at = START + into * UT_RATE_HZ / 20;
            memmove(x, x + at, (N - at) * sizeof x[0]);
            run();
            for (size_t i = 0; i < 100; i++) {
                int speech = in_speech(at + i * UT_HOP_SAMPLES + UT_HOP_SAMPLES / 2);
                spoken += (size_t)speech;
                heard += (size_t)(speech && frame[i].speech);
            }
        }
        if (10 * heard < 9 * spoken)
            fail_msg("%.0f dBFS: %zu frames of %zu", (double)level, heard, spoken);
    }
}

/* Noise from the first sample on, or after a second of digital silence: never a word begun. */
static void noise_may_have_begun(void **state)
{
    (void)state;
    for (int brown = 0; brown <= 1; brown++)
        for (float level = -60; level <= -20; level += 20)
            for (uint32_t seed = 1; seed <= 4; seed++) {
                uint32_t draw = seed;
                float low = 0;
                for (size_t i = 0; i < N; i++) {
                    low = (brown ? 0.95f : 0) * low + (brown ? 0.3f : 1) * signal_normal(&draw);
                    x[i] = seed > 2 && i < UT_RATE_HZ ? 0 : powf(10, level / 20) * low;
                }
                run();
                size_t heard = 0;
                for (size_t i = 0; i < 200; i++)
                    heard += frame[i].speech;
                assert_in_range(heard, 0, 2);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_level_will_do),
        cmocka_unit_test(noise_of_5_db_is_borne),
        cmocka_unit_test(noise_floor_is_found),
        cmocka_unit_test(what_is_steady_is_no_speech),
        cmocka_unit_test(digital_silence_tells_nothing_of_the_noise),
        cmocka_unit_test(a_word_may_have_begun),
        cmocka_unit_test(noise_may_have_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

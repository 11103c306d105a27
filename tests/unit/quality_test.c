/* SPDX-License-Identifier: MIT */
/* Jitter, shimmer and harmonicity of pulse trains made with known ones. */

#include "unit/unit.h"

#include "unit/signal.h"

#include "features/quality.h"

enum { N = 4 * UT_RATE_HZ, FRAMES = N / UT_HOP_SAMPLES, EDGE = 8 };

static float x[N];
static struct ut_frame frame[FRAMES];

struct voice {
    float period, jitter, shimmer_db; /* Samples; share of the period; dB from cycle to cycle. */
};

/* Uniform in -1..1. */
static double draw(uint32_t *seed)
{
    return (double)(signal_random(seed) >> 8) / 8388608.0 - 1;
}

/*
 * A glottal pulse train through a resonance at 1100 Hz, damped so that rings do not overlap, each
 * pulse placed between samples by its closed form: the answer of a two-pole filter to an impulse at
 * any time. Periods and amplitudes are drawn at random so that the mean difference of neighbours is
 * what was asked: that of two uniform numbers in -1..1 is 2/3.
 */
static void pulses(const struct voice *v)
{
    const double decay = 700, hz = 1100;
    uint32_t seed = 17;
    double at = 0;
    memset(x, 0, sizeof x);
    while (at < N) {
        double gain = pow(10, 1.5 * draw(&seed) * (double)v->shimmer_db / 20);
        for (size_t i = (size_t)ceil(at); i < N && (double)i < at + 400; i++) {
            double t = ((double)i - at) / UT_RATE_HZ;
            x[i] += (float)(0.2 * gain * exp(-decay * t) * sin(6.283185307 * hz * t));
        }
        at += (double)v->period * (1 + 1.5 * draw(&seed) * (double)v->jitter);
    }
}

struct means {
    double voiced, jitter, shimmer_db, hnr_db;
};

static struct means measure(void)
{
    struct means m = {0};
    assert_int_equal(signal_frames(frame, x, N), FRAMES);
    for (size_t i = EDGE; i < FRAMES - EDGE; i++) {
        if (!frame[i].voiced)
            continue;
        m.voiced++;
        m.jitter += (double)frame[i].f0_jitter;
        m.shimmer_db += (double)frame[i].shimmer_db;
        m.hnr_db += (double)frame[i].hnr_db;
    }
    m.jitter /= m.voiced;
    m.shimmer_db /= m.voiced;
    m.hnr_db /= m.voiced;
    m.voiced /= FRAMES - 2 * EDGE;
    return m;
}

static void a_perfect_voice(void **state)
{
    (void)state;
    for (float period = 20; period < 110; period *= 1.23f) {
        pulses(&(struct voice){period, 0, 0});
        struct means m = measure();
        assert_true(m.voiced > 0.98);
        assert_true(m.jitter < 0.004);
        assert_true(m.shimmer_db < 0.25);
        assert_true(m.hnr_db > 14); /* Short cycles fall between samples, which looks like noise. */
    }
}

static void known_jitter(void **state)
{
    (void)state;
    const float jitter[] = {0.01f, 0.02f, 0.04f};
    const float period[] = {40, 55.3f, 80};
    for (size_t p = 0; p < 3; p++)
        for (size_t j = 0; j < 3; j++) {
            pulses(&(struct voice){period[p], jitter[j], 0});
            struct means m = measure();
            assert_true(m.voiced > 0.9);
            assert_float_equal((m.jitter / (double)jitter[j]), 1, 0.1);
        }
}

static void known_shimmer(void **state)
{
    (void)state;
    const float shimmer[] = {0.5f, 1, 2};
    for (size_t s = 0; s < 3; s++) {
        pulses(&(struct voice){64, 0, shimmer[s]});
        struct means m = measure();
        assert_true(m.voiced > 0.9);
        assert_float_equal((m.shimmer_db / (double)shimmer[s]), 1, 0.1);
    }
}

/* White noise under a steady voice: the harmonics-to-noise ratio is the ratio that was set. */
static void known_harmonicity(void **state)
{
    (void)state;
    for (float snr = 5; snr <= 20; snr += 5) {
        pulses(&(struct voice){64, 0, 0});
        signal_add_noise(x, N, snr, 11);
        struct means m = measure();
        assert_true(m.voiced > 0.9);
        assert_float_equal(m.hnr_db, snr, 0.7);
    }
}

/* High voices too, whose cycles are a few samples long; a parabola between lags ended at 20 dB. */
static void high_voices_have_the_same_ceiling(void **state)
{
    (void)state;
    static float f0[N];
    for (float hz = 140; hz < 480; hz *= 1.19f)
        for (int snr = 20; snr <= 30; snr += 10) {
            for (size_t i = 0; i < N; i++)
                f0[i] = hz;
            signal_voice(x, f0, N);
            signal_add_noise(x, N, (float)snr, 3);
            struct means m = measure();
            if (snr == 20 ? fabs(m.hnr_db - 20) > 1 : m.hnr_db < 24.5)
                fail_msg("%.0f Hz, %d dB: %.1f dB", (double)hz, snr, m.hnr_db);
        }
}

/* Words that begin and end are no shimmer: a step of 30 dB counts as one of 4. */
static void shimmer_has_a_limit(void **state)
{
    (void)state;
    pulses(&(struct voice){64, 0, 0});
    for (size_t i = 0; i < N; i++)
        x[i] *= i / 1600 % 2 ? 1 : 0.03f;
    measure();
    for (size_t i = 0; i < FRAMES; i++)
        assert_true(frame[i].shimmer_db <= 4.08f);
}

static void unvoiced_has_none(void **state)
{
    (void)state;
    struct ut_frame f = {.voiced = 0, .hnr_db = 5, .f0_jitter = 0.1f, .shimmer_db = 1};
    ut__quality(x + N / 2, &f);
    assert_true(f.hnr_db == 0 && f.f0_jitter == 0 && f.shimmer_db == 0);
}

/* At the limits of F0, on nothing, a constant and one spike: in range all the same. */
static void limits_hold(void **state)
{
    (void)state;
    for (int shape = 0; shape < 3; shape++) {
        memset(x, 0, sizeof x);
        for (size_t i = 0; shape == 1 && i < N; i++)
            x[i] = 1;
        if (shape == 2)
            x[N / 2] = 1;
        for (float hz = 60; hz <= 500; hz += 1) {
            struct ut_frame f = {.voiced = 1, .f0_hz = hz};
            ut__quality(x + N / 2, &f);
            assert_true(f.hnr_db >= -10 && f.hnr_db <= 40);
            assert_true(f.f0_jitter >= 0 && f.f0_jitter <= 0.5f);
            assert_true(f.shimmer_db >= 0 && f.shimmer_db <= 6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_perfect_voice),
                                       cmocka_unit_test(known_jitter),
                                       cmocka_unit_test(known_shimmer),
                                       cmocka_unit_test(known_harmonicity),
                                       cmocka_unit_test(high_voices_have_the_same_ceiling),
                                       cmocka_unit_test(shimmer_has_a_limit),
                                       cmocka_unit_test(unvoiced_has_none),
                                       cmocka_unit_test(limits_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

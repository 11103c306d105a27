/* SPDX-License-Identifier: MIT */
/* FFT and mel filters on signals whose transform is known. */

#include "unit/unit.h"

#include <math.h>
#include <stdint.h>

#include "dsp/fft.h"
#include "dsp/mel.h"

enum { N = 256, BINS = N / 2 + 1, N_MAX = UT__FFT_MAX };
static _Alignas(64) float x[N_MAX], power[N_MAX / 2 + 1], back[N_MAX / 2];

/* Noise of a linear congruential generator, -1..1. */
static void fill_noise(size_t n)
{
    uint32_t seed = 1;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1;
    }
}

static double angle(size_t k, size_t i, size_t n)
{
    return 6.283185307179586 * (double)(k * i % n) / (double)n;
}

/* Each bin of noise against the sum that defines it, at every size. */
static void powers_of_noise(void **state)
{
    (void)state;
    for (size_t n = UT__FFT_MIN; n <= UT__FFT_MAX; n *= 2) {
        struct ut__fft *fft;
        assert_int_equal(ut__fft_create(&fft, n), 0);
        fill_noise(n);
        ut__fft_power(fft, x, power);
        for (size_t k = 0; k <= n / 2; k++) {
            double re = 0, im = 0;
            for (size_t i = 0; i < n; i++) {
                re += (double)x[i] * cos(angle(k, i, n));
                im += (double)x[i] * sin(angle(k, i, n));
            }
            assert_true(fabs((double)power[k] - (re * re + im * im)) < 1e-6 * (double)(n * n));
        }
        ut__fft_destroy(fft);
    }
}

static void a_cosine_is_one_bin(void **state)
{
    (void)state;
    struct ut__fft *fft;
    assert_int_equal(ut__fft_create(&fft, N), 0);
    for (size_t i = 0; i < N; i++)
        x[i] = cosf(6.2831853f * 10 * (float)i / N);
    ut__fft_power(fft, x, power);
    for (size_t k = 0; k < BINS; k++)
        assert_float_equal(power[k], k == 10 ? N * N / 4 : 0, 1e-2);
    ut__fft_destroy(fft);
}

/* A real, even spectrum back to time, against the sum that defines it; as many values as asked. */
static void cosines_of_a_spectrum(void **state)
{
    (void)state;
    for (size_t n = UT__FFT_MIN; n <= UT__FFT_MAX; n *= 2) {
        struct ut__fft *fft;
        assert_int_equal(ut__fft_create(&fft, n), 0);
        fill_noise(n / 2 + 1);
        for (size_t k = 0; k <= n / 2; k++)
            x[k] = x[k] * x[k];
        for (size_t count = n / 4 + 16; count <= n / 2; count += n / 4 - 16) {
            back[count - 1] = NAN;
            ut__fft_cosine(fft, x, back, count);
            for (size_t m = 0; m < count; m++) {
                double sum = (double)x[0] + (m % 2 ? -1 : 1) * (double)x[n / 2];
                for (size_t k = 1; k < n / 2; k++)
                    sum += 2 * (double)x[k] * cos(angle(k, m, n));
                assert_true(fabs((double)back[m] - sum) < 2e-7 * (double)n);
            }
        }
        ut__fft_destroy(fft);
    }
}

static void sizes_that_are_refused(void **state)
{
    (void)state;
    struct ut__fft *fft = NULL;
    const size_t bad[] = {0, 1, 63, 64, 300, 2048};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut__fft_create(&fft, bad[i]), UT_EINVAL);
    assert_null(fft);
    ut__fft_destroy(NULL);
}

static const struct ut__mel_config CONFIG = {
    .bands = 32, .fft_size = N, .rate_hz = 8000, .low_hz = 200, .high_hz = 3600};

static void flat_power_is_flat_in_mel(void **state)
{
    (void)state;
    struct ut__mel mel;
    float band[32];
    assert_int_equal(ut__mel_init(&mel, &CONFIG), 0);
    for (size_t k = 0; k < BINS; k++)
        power[k] = 3;
    ut__mel_apply(&mel, power, band);
    for (size_t b = 0; b < 32; b++)
        assert_float_equal(band[b], 3, 1e-5);
}

/* Each bin lifts the band whose middle is nearest, and no band further than its neighbours. */
static void a_bin_lifts_its_band(void **state)
{
    (void)state;
    struct ut__mel mel;
    float band[32];
    memset(power, 0, sizeof power);
    assert_int_equal(ut__mel_init(&mel, &CONFIG), 0);
    double low = 2595 * log10(1 + 200 / 700.0), high = 2595 * log10(1 + 3600 / 700.0);
    for (size_t k = 32; k < 110; k++) {
        power[k] = 1;
        ut__mel_apply(&mel, power, band);
        power[k] = 0;
        double at = (2595 * log10(1 + (double)k * 31.25 / 700) - low) / (high - low) * 33 - 1;
        size_t best = 0;
        for (size_t b = 1; b < 32; b++)
            best = band[b] > band[best] ? b : best;
        assert_true(fabs((double)best - at) < 1);
        for (size_t b = 0; b < 32; b++)
            assert_true(band[b] == 0 || fabs((double)b - at) < 1);
    }
}

static void mel_shapes_that_are_refused(void **state)
{
    (void)state;
    struct ut__mel mel;
    struct ut__mel_config cfg = CONFIG;
    cfg.bands = 0;
    assert_int_equal(ut__mel_init(&mel, &cfg), UT_EINVAL);
    cfg.bands = UT__MEL_BANDS_MAX + 1;
    assert_int_equal(ut__mel_init(&mel, &cfg), UT_EINVAL);
    cfg = CONFIG;
    cfg.high_hz = 4100;
    assert_int_equal(ut__mel_init(&mel, &cfg), UT_EINVAL);
    cfg.high_hz = 100;
    assert_int_equal(ut__mel_init(&mel, &cfg), UT_EINVAL);
    cfg = CONFIG;
    cfg.fft_size = 2 * UT__MEL_FFT_MAX;
    assert_int_equal(ut__mel_init(&mel, &cfg), UT_EINVAL);
    cfg.fft_size = 8;
    assert_int_equal(ut__mel_init(&mel, &cfg), UT_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(powers_of_noise),
                                       cmocka_unit_test(a_cosine_is_one_bin),
                                       cmocka_unit_test(cosines_of_a_spectrum),
                                       cmocka_unit_test(sizes_that_are_refused),
                                       cmocka_unit_test(flat_power_is_flat_in_mel),
                                       cmocka_unit_test(a_bin_lifts_its_band),
                                       cmocka_unit_test(mel_shapes_that_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* FFT and mel filters on signals whose transform is known. */

#include "unit/unit.h"

#include <math.h>

#include "dsp/fft.h"
#include "dsp/mel.h"

enum { N = 256, BINS = N / 2 + 1 };
static _Alignas(64) float x[N], back[N];
static _Alignas(64) float freq[BINS + 1][2];

static void a_cosine_is_one_bin(void **state)
{
    (void)state;
    struct ut_fft *fft;
    assert_int_equal(ut_fft_create(&fft, N), 0);
    for (size_t i = 0; i < N; i++)
        x[i] = cosf(6.2831853f * 10 * (float)i / N);
    ut_fft_forward(fft, x, freq);
    for (size_t k = 0; k < BINS; k++) {
        assert_float_equal(freq[k][0], k == 10 ? N / 2 : 0, 1e-3);
        assert_float_equal(freq[k][1], 0, 1e-3);
    }
    ut_fft_inverse(fft, freq, back);
    for (size_t i = 0; i < N; i++)
        assert_float_equal(back[i] / N, x[i], 1e-5);
    ut_fft_destroy(fft);
}

static void sizes_that_are_refused(void **state)
{
    (void)state;
    struct ut_fft *fft = NULL;
    const size_t bad[] = {0, 1, 63, 100, 8192};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut_fft_create(&fft, bad[i]), UT_EINVAL);
    assert_null(fft);
    ut_fft_destroy(NULL);
}

static const struct ut_mel_config CONFIG = {
    .bands = 32, .fft_size = N, .rate_hz = 8000, .low_hz = 200, .high_hz = 3600};

static void flat_power_is_flat_in_mel(void **state)
{
    (void)state;
    struct ut_mel mel;
    float power[BINS], band[32];
    assert_int_equal(ut_mel_init(&mel, &CONFIG), 0);
    for (size_t k = 0; k < BINS; k++)
        power[k] = 3;
    ut_mel_apply(&mel, power, band);
    for (size_t b = 0; b < 32; b++)
        assert_float_equal(band[b], 3, 1e-5);
}

/* Each bin lifts the band whose middle is nearest, and no band further than its neighbours. */
static void a_bin_lifts_its_band(void **state)
{
    (void)state;
    struct ut_mel mel;
    float power[BINS] = {0}, band[32];
    assert_int_equal(ut_mel_init(&mel, &CONFIG), 0);
    double low = 2595 * log10(1 + 200 / 700.0), high = 2595 * log10(1 + 3600 / 700.0);
    for (size_t k = 32; k < 110; k++) {
        power[k] = 1;
        ut_mel_apply(&mel, power, band);
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
    struct ut_mel mel;
    struct ut_mel_config cfg = CONFIG;
    cfg.bands = 0;
    assert_int_equal(ut_mel_init(&mel, &cfg), UT_EINVAL);
    cfg.bands = UT_MEL_BANDS_MAX + 1;
    assert_int_equal(ut_mel_init(&mel, &cfg), UT_EINVAL);
    cfg = CONFIG;
    cfg.high_hz = 4100;
    assert_int_equal(ut_mel_init(&mel, &cfg), UT_EINVAL);
    cfg.high_hz = 100;
    assert_int_equal(ut_mel_init(&mel, &cfg), UT_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cosine_is_one_bin), cmocka_unit_test(sizes_that_are_refused),
        cmocka_unit_test(flat_power_is_flat_in_mel), cmocka_unit_test(a_bin_lifts_its_band),
        cmocka_unit_test(mel_shapes_that_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

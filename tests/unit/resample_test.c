/* SPDX-License-Identifier: MIT */
/* Resampling measured: gain in the band, what folds back, time, and independence of the cutting. */

#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include <undertone/call.h>

#include "audio/resample.h"

enum { RATE_TOP = 96000, IN_MAX = RATE_TOP, OUT_MAX = UT_RATE_HZ + 16 };

static const uint32_t rates[] = {8001,  9000,  11025, 12000, 16000, 22050, 24000,
                                 32000, 44100, 47999, 48000, 88200, 96000};
enum { RATES = sizeof rates / sizeof rates[0] };

static float in[IN_MAX], out[OUT_MAX], other[OUT_MAX];

static void tone(uint32_t rate_hz, double hz, size_t n)
{
    for (size_t i = 0; i < n; i++)
        in[i] = (float)sin(6.283185307179586 * hz * (double)i / rate_hz);
}

/* Pushes in pieces of at most `piece` samples. */
static size_t resample(float *to, uint32_t rate_hz, size_t n, size_t piece)
{
    struct ut__resample *rs;
    assert_int_equal(ut__resample_create(&rs, rate_hz), 0);
    assert_true(piece <= UT__RESAMPLE_CHUNK);
    size_t written = 0, step = 1;
    for (size_t at = 0; at < n; at += step) {
        step = n - at < piece ? n - at : piece;
        size_t got = ut__resample_push(rs, to + written, in + at, step);
        assert_true(got <= ut__resample_out_max(rs));
        written += got;
        assert_true(written <= OUT_MAX);
    }
    ut__resample_destroy(rs);
    return written;
}

static double gain_db(uint32_t rate_hz, double hz)
{
    size_t n = rate_hz / 4;
    tone(rate_hz, hz, n);
    size_t got = resample(out, rate_hz, n, UT__RESAMPLE_CHUNK);
    double power = 0;
    for (size_t i = 200; i < got - 200; i++)
        power += (double)out[i] * (double)out[i];
    return 10 * log10(2 * power / (double)(got - 400) + 1e-12);
}

static void band_is_flat(void **state)
{
    (void)state;
    for (size_t r = 0; r < RATES; r++)
        for (double hz = 100; hz <= 3500; hz += 170) {
            double gain = gain_db(rates[r], hz);
            if (fabs(gain) > 0.05)
                fail_msg("%u Hz: %.3f dB at %.0f Hz", (unsigned)rates[r], gain, hz);
        }
}

static void nothing_folds_back(void **state)
{
    (void)state;
    for (size_t r = 0; r < RATES; r++)
        for (double hz = 4510; hz < rates[r] / 2.0; hz += rates[r] / 90.0) {
            double gain = gain_db(rates[r], hz);
            if (gain > -65)
                fail_msg("%u Hz: %.1f dB at %.0f Hz", (unsigned)rates[r], gain, hz);
        }
}

/* Output sample m is the input at m / 8000 s. */
static void time_is_kept(void **state)
{
    (void)state;
    for (size_t r = 0; r < RATES; r++) {
        tone(rates[r], 1000, rates[r] / 2);
        size_t got = resample(out, rates[r], rates[r] / 2, UT__RESAMPLE_CHUNK);
        assert_in_range(got, UT_RATE_HZ / 2 - 24, UT_RATE_HZ / 2);
        for (size_t m = 100; m < got; m++)
            assert_float_equal(out[m], sin(6.283185307179586 * 1000 * (double)m / UT_RATE_HZ),
                               2e-3);
    }
}

static void cutting_changes_no_bit(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 7, 80, 441, 479};
    for (size_t r = 0; r < RATES; r++) {
        size_t n = rates[r] / 8;
        uint32_t seed = 1;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            in[i] = (float)(seed >> 8) / 8388608.0f - 1;
        }
        size_t got = resample(out, rates[r], n, UT__RESAMPLE_CHUNK);
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            assert_int_equal(resample(other, rates[r], n, pieces[p]), got);
            assert_memory_equal(other, out, got * sizeof out[0]);
        }
    }
}

static void hostile_samples_leave_no_trace(void **state)
{
    (void)state;
    for (size_t r = 0; r < RATES; r++) {
        memset(in, 0, sizeof in);
        in[100] = NAN;
        in[200] = INFINITY;
        in[300] = -INFINITY;
        size_t got = resample(out, rates[r], rates[r] / 8, UT__RESAMPLE_CHUNK);
        for (size_t i = 0; i < got; i++)
            assert_true(out[i] == 0);
        in[100] = 3e38f;
        got = resample(out, rates[r], rates[r] / 8, UT__RESAMPLE_CHUNK);
        for (size_t i = 0; i < got; i++)
            assert_true(fabsf(out[i]) <= 32);
    }
}

static void analysis_rate_passes(void **state)
{
    (void)state;
    tone(UT_RATE_HZ, 1000, UT_RATE_HZ);
    assert_int_equal(resample(out, UT_RATE_HZ, UT_RATE_HZ, UT__RESAMPLE_CHUNK), UT_RATE_HZ);
    assert_memory_equal(out, in, UT_RATE_HZ * sizeof in[0]);
}

static void impossible_rates_are_refused(void **state)
{
    (void)state;
    static const uint32_t bad[] = {0, 1, UT_RATE_MIN_HZ - 1, UT_RATE_MAX_HZ + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ut__resample *rs = NULL;
        assert_int_equal(ut__resample_create(&rs, bad[i]), UT_EINVAL);
        assert_null(rs);
    }
    ut__resample_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(band_is_flat),
        cmocka_unit_test(nothing_folds_back),
        cmocka_unit_test(time_is_kept),
        cmocka_unit_test(cutting_changes_no_bit),
        cmocka_unit_test(hostile_samples_leave_no_trace),
        cmocka_unit_test(analysis_rate_passes),
        cmocka_unit_test(impossible_rates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Mel bands and tilt of tones and filtered noise whose answer can be worked out. */

#include "unit/unit.h"

#include "unit/signal.h"

enum { N = 2 * UT_RATE_HZ, FRAMES = N / UT_HOP_SAMPLES, EDGE = 6 };

static float x[N];
static struct ut_frame frame[FRAMES];

static void tone(float hz, float amplitude)
{
    for (size_t i = 0; i < N; i++)
        x[i] = amplitude * (float)sin(6.283185307179586 * (double)hz * (double)i / UT_RATE_HZ);
}

/* Mean of the field at an offset over the frames away from the edges. */
static double mean_at(size_t offset)
{
    double sum = 0;
    for (size_t i = EDGE; i < FRAMES - EDGE; i++) {
        float value;
        memcpy(&value, (const char *)&frame[i] + offset, sizeof value);
        sum += (double)value;
    }
    return sum / (FRAMES - 2 * EDGE);
}
#define MEAN(field) mean_at(offsetof(struct ut_frame, field))

static void level_of_a_tone(void **state)
{
    (void)state;
    for (int db = -60; db <= 0; db += 10) {
        tone(1000, powf(10, (float)db / 20));
        assert_int_equal(signal_frames(frame, x, N), FRAMES);
        for (size_t i = 5; i < FRAMES; i++) /* The high-pass rings for 50 ms. */
            assert_float_equal(frame[i].level_dbfs, (float)db - 3.01f, 0.05);
    }
}

/* The band around the tone is the loudest; two bands away it is 20 dB down at least. */
static void mel_of_a_tone(void **state)
{
    (void)state;
    double low = 2595 * log10(1 + 200 / 700.0), high = 2595 * log10(1 + 3600 / 700.0);
    for (float hz = 600; hz < 3400; hz *= 1.15f) {
        tone(hz, 0.5f);
        signal_frames(frame, x, N);
        double at = (2595 * log10(1 + (double)hz / 700) - low) / (high - low) * 33 - 1;
        const float *mel = frame[FRAMES / 2].mel_db;
        size_t best = 0;
        for (size_t b = 1; b < UT_MEL_BANDS; b++)
            best = mel[b] > mel[best] ? b : best;
        assert_true(fabs((double)best - at) <= 1);
        for (size_t b = 0; b < UT_MEL_BANDS; b++)
            if (fabs((double)b - at) > 4)
                assert_true(mel[b] < mel[best] - 20);
        assert_float_equal(MEAN(centroid_hz), hz, 10);
        assert_true(MEAN(flux) < 0.5);
    }
}

/* 500 Hz and 2500 Hz: the ratios are those of the two tones. */
static void tilt_of_two_tones(void **state)
{
    (void)state;
    for (int db = -30; db <= 10; db += 10) {
        float gain = powf(10, (float)db / 20);
        for (size_t i = 0; i < N; i++) {
            float t = 6.2831853f * (float)(i % 16) / 16; /* 500 Hz has a period of 16 samples. */
            x[i] = 0.2f * (sinf(t) + gain * sinf(5 * t + 1));
        }
        signal_frames(frame, x, N);
        assert_float_equal(MEAN(alpha_ratio_db), db, 0.3);
        assert_float_equal(MEAN(hammarberg_db), -db, 0.3);
    }
}

/* White noise: flat. Through 1 / (1 - 0.9 / z): the slope of that filter's response. */
static void tilt_of_filtered_noise(void **state)
{
    (void)state;
    const float pole[] = {0, 0.5f, 0.9f, -0.5f};
    for (size_t p = 0; p < sizeof pole / sizeof pole[0]; p++) {
        uint32_t seed = 7;
        float y = 0;
        for (size_t i = 0; i < N; i++) {
            y = pole[p] * y + 0.02f * signal_normal(&seed);
            x[i] = y;
        }
        signal_frames(frame, x, N);
        double low = 0, high = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, n = 0;
        for (double hz = 312.5; hz < 3400; hz += 31.25) {
            double w = 6.283185307 * hz / UT_RATE_HZ, r = (double)pole[p];
            double power = 1 / (1 - 2 * r * cos(w) + r * r), db = 10 * log10(power);
            if (hz < 1000)
                low += power;
            else
                high += power;
            n++;
            sx += hz / 1000;
            sy += db;
            sxx += hz * hz / 1e6;
            sxy += hz / 1000 * db;
        }
        /* The mean of decibels over noise is not the decibels of the mean: 1 dB of room. */
        assert_float_equal(MEAN(alpha_ratio_db), (10 * log10(high / low)), 1.0);
        double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
        assert_float_equal(MEAN(slope_db_per_khz), slope, 0.6);
    }
}

/* An onset raises the flux once, an offset does not. */
static void flux_marks_onsets(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (size_t i = 0; i < N; i++)
        x[i] = (i / 4000 % 2 ? 0.1f : 0.001f) * signal_normal(&seed);
    signal_frames(frame, x, N);
    for (size_t i = 1; i < FRAMES; i++) {
        size_t in_block = i % 50;
        if (i / 50 % 2 == 0 && in_block > 3 && in_block < 47)
            assert_true(frame[i].flux < 6);
    }
    double onset = 0;
    for (size_t i = 48; i < 53; i++)
        onset += (double)frame[i].flux;
    assert_true(onset > 30);
}

static void silence_is_flat_and_finite(void **state)
{
    (void)state;
    memset(x, 0, sizeof x);
    signal_frames(frame, x, N);
    for (size_t i = 0; i < FRAMES; i++) {
        assert_true(frame[i].flags & UT_FRAME_SILENT);
        assert_float_equal(frame[i].level_dbfs, -120, 0.01);
        assert_float_equal(frame[i].alpha_ratio_db, 0, 0.01);
        assert_float_equal(frame[i].hammarberg_db, 0, 0.01);
        assert_float_equal(frame[i].slope_db_per_khz, 0, 0.01);
        assert_float_equal(frame[i].flux, 0, 0.01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_of_a_tone),   cmocka_unit_test(mel_of_a_tone),
        cmocka_unit_test(tilt_of_two_tones), cmocka_unit_test(tilt_of_filtered_noise),
        cmocka_unit_test(flux_marks_onsets), cmocka_unit_test(silence_is_flat_and_finite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The inner loops against the same sums in double precision, at every length that could differ. */

#include "unit/unit.h"

#include <math.h>

#include "dsp/lanes.h"
#include "dsp/vector.h"

enum { N = 67 };
static float a[N], b[N], out[N];

static void fill(void)
{
    for (size_t i = 0; i < N; i++) {
        a[i] = sinf((float)i * 1.7f);
        b[i] = cosf((float)i * 0.9f) + 0.3f;
    }
}

static void sums_at_every_length(void **state)
{
    (void)state;
    fill();
    double dot = 0, sum = 0;
    float top = a[0];
    for (size_t n = 0; n < N; n++) {
        assert_float_equal(ut__vec_dot(a, b, n), dot, 1e-5);
        assert_float_equal(ut__vec_sum(a, n), sum, 1e-5);
        dot += (double)a[n] * (double)b[n];
        sum += (double)a[n];
        top = fmaxf(top, a[n]);
        assert_true(ut__vec_max(a, n + 1) == top);
    }
}

static void element_by_element(void **state)
{
    (void)state;
    fill();
    ut__vec_multiply(out, a, b, N);
    for (size_t i = 0; i < N; i++)
        assert_true(out[i] == a[i] * b[i]);
}

/* From the floor to a million, one value for each half decibel: within 1e-4 dB of the library. */
static void decibels(void **state)
{
    (void)state;
    for (double db = -140; db < 60; db += 0.5) {
        float power = (float)pow(10, db / 10), got;
        ut__vec_db(&got, &power, 1);
        double want = 10 * log10((double)power + 1e-12);
        assert_float_equal(got, want, (1e-4 + 1e-6 * fabs(want)));
        assert_true(got == ut__db(power));
    }
    assert_float_equal(ut__db(0), -120, 1e-4);
}

static void powers_of_two(void **state)
{
    (void)state;
    for (double x = -115; x <= 0; x += 0.37)
        assert_float_equal(ut__exp2((float)x) / exp2f((float)x), 1, 1e-6);
    assert_true(ut__exp2(-1400) >= 0 && ut__exp2(-1400) < 1e-20f);
    assert_true(ut__exp2(0) == 1);
}

static void logarithms(void **state)
{
    (void)state;
    for (double x = 1e-30; x < 1e30; x *= 1.37)
        assert_float_equal(ut__log2((float)x), log2((double)(float)x), 1e-5);
    for (double x = 0.7; x < 1.4; x *= 1.01)
        assert_float_equal(ut__log2((float)x), log2((double)(float)x), 1e-6);
}

static void eight_at_a_time(void **state)
{
    (void)state;
    fill();
    double sum = 0, dot = 0;
    for (size_t i = 0; i < 8; i++) {
        sum += (double)a[i + 1];
        dot += (double)a[i + 1] * (double)b[i + 2];
    }
    assert_float_equal(ut__lane_sum(a + 1), sum, 1e-5);
    assert_float_equal(ut__dot8(a + 1, b + 2), dot, 1e-5);
    for (size_t n = 8; n < N; n++)
        for (size_t at = 0; at < n; at++) { /* The largest is found wherever it is. */
            float kept = a[at];
            a[at] = 3;
            assert_true(ut__max(a, n) == 3);
            a[at] = kept;
        }
    assert_true(ut__lane_max(a) == ut__max(a, 8));
}

static void bits_of_marks(void **state)
{
    (void)state;
    uint8_t mark[64];
    uint64_t want = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < 64; i++)
        mark[i] = (uint8_t)(want >> i & 1);
    assert_true(ut__bits64(mark) == want);
    memset(mark, 1, sizeof mark);
    assert_true(ut__bits64(mark) == UINT64_MAX);
    assert_true(ut__choose(1, 2, 3) == 2);
    assert_true(ut__choose(0, 2, 3) == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_at_every_length),
                                       cmocka_unit_test(element_by_element),
                                       cmocka_unit_test(decibels),
                                       cmocka_unit_test(powers_of_two),
                                       cmocka_unit_test(logarithms),
                                       cmocka_unit_test(eight_at_a_time),
                                       cmocka_unit_test(bits_of_marks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

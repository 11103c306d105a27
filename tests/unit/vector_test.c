/* SPDX-License-Identifier: MIT */
/* The inner loops against the same sums in double precision, at every length that could differ. */

#include "unit/unit.h"

#include <math.h>

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
    ut__vec_multiply(out, a, a, N);
    ut__vec_sqrt(b, out, N);
    for (size_t i = 0; i < N; i++)
        assert_float_equal(b[i], fabsf(a[i]), 1e-6);
    ut__vec_compress(out, b, N);
    for (size_t i = 0; i < N; i++)
        assert_float_equal(out[i], powf(b[i], 1.5f), 1e-5);
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

static void exponentials(void **state)
{
    (void)state;
    for (double x = -80; x <= 0; x += 0.37) {
        float in = (float)x, got;
        ut__vec_exp(&got, &in, 1);
        assert_float_equal(got / expf(in), 1, 1e-5);
    }
    float far[2] = {-1000, 0}, got[2];
    ut__vec_exp(got, far, 2);
    assert_true(got[0] >= 0 && got[0] < 1e-20f);
    assert_true(got[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_at_every_length),
                                       cmocka_unit_test(element_by_element),
                                       cmocka_unit_test(decibels), cmocka_unit_test(exponentials)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

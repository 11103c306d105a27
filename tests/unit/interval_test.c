/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "base/interval.h"

static void knows_wilsons_interval(void **state)
{
    (void)state;
    static const struct {
        double k, n, low, high;
    } cases[] = {{34, 41, 0.6874, 0.9147}, /* By hand, from Wilson's formula with z = 1.96. */
                 {0, 10, 0.0, 0.2775},
                 {10, 10, 0.7225, 1.0},
                 {0, 0, 0.0, 1.0},
                 {500, 1000, 0.4691, 0.5309}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__interval x = ut__wilson(cases[i].k, cases[i].n);
        assert_float_equal(x.low, cases[i].low, 5e-5);
        assert_float_equal(x.high, cases[i].high, 5e-5);
    }
}

static void knows_students_interval(void **state)
{
    (void)state;
    struct ut__interval x = ut__mean_interval(5, 4, 4); /* t(3) = 3.182, 2 / sqrt 4 = 1 */
    assert_float_equal(x.low, 1.818F, 1e-6);
    assert_float_equal(x.high, 8.182F, 1e-6);
    x = ut__mean_interval(0, 1, 101); /* t(100) = 1.984 */
    assert_float_equal(x.high, 0.19741F, 1e-4);
    x = ut__mean_interval(0.5, 0, 1);
    assert_float_equal(x.low, 0.5, 0);
    assert_float_equal(x.high, 0.5, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_wilsons_interval),
                                       cmocka_unit_test(knows_students_interval)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Whether a share has changed: intervals that are in the literature, and claims among many tries. */

#include "export/report/change.h"

#include <math.h>

#include "unit/unit.h"

/* Newcombe, 1998, table II, method 10. */
static void test_differences(void **state)
{
    static const struct {
        double a, m, b, n, low, high;
    } cases[] = {
        {56, 70, 48, 80, .0524, .3339},
        {9, 10, 3, 10, .1705, .8090},
        {10, 10, 0, 10, .6075, 1.0},
        {0, 10, 0, 20, -.1611, .2775},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__interval x = ut__change(cases[i].a, cases[i].m, cases[i].b, cases[i].n);
        assert_true(fabs(x.low - cases[i].low) < .00006);
        assert_true(fabs(x.high - cases[i].high) < .00006);
    }
    struct ut__interval none = ut__change(0, 0, 5, 10);
    assert_true(none.low <= -1 && none.high >= 1);
}

static void test_claims(void **state)
{
    (void)state;
    assert_int_equal(ut__change_claim(56, 70, 48, 80, 1), 1);
    assert_int_equal(ut__change_claim(48, 80, 56, 70, 1), -1);
    assert_int_equal(ut__change_claim(56, 70, 48, 80, 64), 0); /* One of 64 by chance. */
    assert_int_equal(ut__change_claim(560, 700, 480, 800, 64), 1);
    assert_int_equal(ut__change_claim(9, 10, 1, 10, 1), 0); /* Too few. */
    assert_int_equal(ut__change_claim(0, 100, 0, 100, 1), 0);
    assert_int_equal(ut__change_claim(100, 100, 100, 100, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_differences),
                                       cmocka_unit_test(test_claims)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

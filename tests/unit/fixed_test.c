/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <math.h>

#include "base/fixed.h"

static void writes_known_texts(void **state)
{
    (void)state;
    static const struct {
        double value;
        int decimals;
        const char *text;
    } cases[] = {
        {0, 0, "0"},
        {0, 3, "0.000"},
        {1.5, 1, "1.5"},
        {-1.25, 1, "-1.3"},
        {0.0004, 3, "0.000"},
        {-0.0004, 3, "0.000"},
        {0.05, 2, "0.05"},
        {12345.678, 2, "12345.68"},
        {(double)NAN, 2, "0.00"},
        {(double)INFINITY, 1, "0.0"},
        {9.999, 2, "10.00"},
        {-7, 0, "-7"},
        {1e300, 0, "1000000000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buf[UT__FIXED_MAX];
        size_t n = ut__fixed(buf, cases[i].value, cases[i].decimals);
        assert_string_equal(buf, cases[i].text);
        assert_int_equal(n, strlen(cases[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writes_known_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

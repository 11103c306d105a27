/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "base/crc32.h"

/* The check value of CRC-32/ISO-HDLC: the digits 1 to 9. */
static void gives_the_check_value(void **state)
{
    (void)state;
    assert_int_equal(ut__crc32(0, "123456789", 9), 0xcbf43926u);
    assert_int_equal(ut__crc32(ut__crc32(0, "1234", 4), "56789", 5), 0xcbf43926u);
    assert_int_equal(ut__crc32(0, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gives_the_check_value)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

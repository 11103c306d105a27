/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/portaudio/devices.h"

static const struct ut__capture_device devices[] = {
    {.number = 0, .name = "HDA Intel PCH: ALC257 Analog (hw:0,0)", .channels = 2},
    {.number = 4, .name = "USB Headset: Audio (hw:1,0)", .channels = 1},
    {.number = 7, .name = "USB Headset Pro: Audio (hw:2,0)", .channels = 1},
    {.number = 9, .name = "caller", .channels = 2},
    {.number = 10, .name = "caller two", .channels = 2},
};

static int choose(const char *wanted, char *why)
{
    why[0] = 0;
    return ut__portaudio_choose(devices, sizeof devices / sizeof devices[0], wanted, why);
}

static void chooses_by_number_and_name(void **state)
{
    (void)state;
    char why[UT__CAPTURE_WHY_MAX];
    assert_int_equal(choose("4", why), 1);
    assert_int_equal(choose("10", why), 4);
    assert_int_equal(choose("alc257", why), 0);
    assert_int_equal(choose("headset pro", why), 2);
    assert_int_equal(choose("Caller", why), 3); /* The whole name wins over a part. */
    assert_int_equal(choose("two", why), 4);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    char why[UT__CAPTURE_WHY_MAX];
    assert_int_equal(choose("headset", why), UT_EINVAL);
    assert_non_null(strstr(why, "4 (USB Headset: Audio (hw:1,0)), 7 (USB Headset Pro"));
    assert_non_null(strstr(why, "give the number"));
    assert_int_equal(choose("3", why), UT_EINVAL); /* No such number, and no name with it. */
    assert_non_null(strstr(why, "undertone devices"));
    assert_int_equal(choose("", why), UT_EINVAL);
    assert_int_equal(choose("99999999999999999999", why), UT_EINVAL);
    assert_int_equal(ut__portaudio_choose(devices, 0, "caller", why), UT_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chooses_by_number_and_name),
                                       cmocka_unit_test(says_what_is_wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "base/log.h"

static const int64_t WALL_US = 1795294741123456; /* 2026-11-21T20:59:01.123456Z */

static void expect(enum ut__log_format format, const struct ut__log_field *fields, size_t n,
                   const char *want)
{
    char line[UT__LOG_LINE_MAX];
    size_t len =
        ut__log_line(line, sizeof line, format, WALL_US, UT__LOG_WARN, "a call", fields, n);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(line, want, len);
}

static void test_formats(void **state)
{
    (void)state;
    const struct ut__log_field fields[] = {ut__log_str("id", "ab-1"),
                                           ut__log_str("why", "no \"way\"\n"), ut__log_int("n", -3),
                                           ut__log_str("none", NULL)};
    expect(UT__LOG_LOGFMT, fields, 4,
           "time=2026-11-21T20:59:01.123Z level=warn msg=\"a call\" id=ab-1 "
           "why=\"no \\\"way\\\"\\u000a\" n=-3 none=\"\"\n");
    expect(UT__LOG_JSON, fields, 4,
           "{\"time\":\"2026-11-21T20:59:01.123Z\",\"level\":\"warn\",\"msg\":\"a call\","
           "\"id\":\"ab-1\",\"why\":\"no \\\"way\\\"\\u000a\",\"n\":-3,\"none\":\"\"}\n");
}

/* A value that does not fit is left out whole; the line stays one that parses. */
static void test_long(void **state)
{
    (void)state;
    char big[2000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    const struct ut__log_field fields[] = {ut__log_int("n", 1), ut__log_str("big", big)};
    expect(
        UT__LOG_JSON, fields, 2,
        "{\"time\":\"2026-11-21T20:59:01.123Z\",\"level\":\"warn\",\"msg\":\"a call\",\"n\":1}\n");
}

static void test_levels(void **state)
{
    (void)state;
    assert_int_equal(ut__log_level_of("debug"), UT__LOG_DEBUG);
    assert_int_equal(ut__log_level_of("error"), UT__LOG_ERROR);
    assert_int_equal(ut__log_level_of("loud"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

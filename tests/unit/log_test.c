/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <unistd.h>

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

/* A name from outside may be anything; the line parses all the same. */
static void test_no_utf8(void **state)
{
    (void)state;
    const struct ut__log_field fields[] = {ut__log_str("file", "a\xff\xc3\xb1")};
    expect(UT__LOG_JSON, fields, 1,
           "{\"time\":\"2026-11-21T20:59:01.123Z\",\"level\":\"warn\",\"msg\":\"a call\","
           "\"file\":\"a\xef\xbf\xbd\xc3\xb1\"}\n");
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

/* What the calls write to standard error, as text. */
static void caught(void (*speak)(void), char *out, size_t cap)
{
    FILE *f = tmpfile();
    int kept = dup(STDERR_FILENO);
    assert_non_null(f);
    dup2(fileno(f), STDERR_FILENO);
    speak();
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(f);
    out[fread(out, 1, cap - 1, f)] = '\0';
    fclose(f);
}

static void speak(void)
{
    static const char *const calls[] = {"ab-12", "ab-12-2", "cd-7", "xab-12", "AB@h"};
    for (size_t i = 0; i < 5; i++)
        ut__log_write_each(UT__LOG_DEBUG, "decided",
                           (const struct ut__log_field[]){ut__log_str("why", calls[i]),
                                                          ut__log_str("call", calls[i])},
                           2);
    UT__LOG0(UT__LOG_DEBUG, "of no call");
    UT__LOG0(UT__LOG_INFO, "told to all");
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

/* A call is followed by how its id begins, or by a pattern of all of it; the others stay still. */
static void test_follow(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        int lines;
    } cases[] = {{"ab-12", 2}, {"ab/12", 2}, {"*ab-12", 2}, {"cd", 1},
                 {"c?-7", 1},  {"ab@", 1},   {"zz", 0},     {"*", 5}};
    char out[4096];
    ut__log_setup(UT__LOG_INFO, UT__LOG_LOGFMT);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ut__log_follow(&cases[i].id, 1), 0);
        caught(speak, out, sizeof out);
        assert_int_equal(count(out, "msg=decided"), cases[i].lines);
        assert_int_equal(count(out, "of no call"), 0);
        assert_int_equal(count(out, "told to all"), 1);
    }
    static const char *const two[] = {"cd-7", "ab-12-*"};
    assert_int_equal(ut__log_follow(two, 2), 0);
    assert_true(ut__log_wants(UT__LOG_DEBUG, "ab-12-2"));
    assert_false(ut__log_wants(UT__LOG_DEBUG, "ab-12"));
    assert_false(ut__log_wants(UT__LOG_DEBUG, NULL));
    static const char *const many[UT__LOG_FOLLOW_MAX + 1] = {"a", "b", "c", "d", "e",
                                                             "f", "g", "h", "i"};
    static const char *const empty[] = {""};
    assert_int_equal(ut__log_follow(many, UT__LOG_FOLLOW_MAX + 1), -1);
    assert_int_equal(ut__log_follow(empty, 1), -1);
    assert_true(ut__log_wants(UT__LOG_DEBUG, "cd-7")); /* Nothing has changed. */
    assert_int_equal(ut__log_follow(NULL, 0), 0);
    assert_false(ut__log_wants(UT__LOG_DEBUG, "cd-7"));
}

static void speak_often(void)
{
    for (int i = 0; i < 1000; i++) {
        UT__LOG(UT__LOG_DEBUG, "often", ut__log_str("call", "noisy"));
        if (i % 100 == 0)
            UT__LOG(UT__LOG_DEBUG, "often", ut__log_str("call", "followed"));
    }
}

/* A noisy call does not use up what is left to one that is followed; each has its bound. */
static void test_burst(void **state)
{
    (void)state;
    static char out[1 << 18];
    const char *id = "followed";
    ut__log_set_level(UT__LOG_DEBUG);
    assert_int_equal(ut__log_follow(&id, 1), 0);
    caught(speak_often, out, sizeof out);
    assert_int_equal(count(out, "call=followed"), 10);
    assert_in_range(count(out, "call=noisy"), 1, 3 * UT__LOG_BURST); /* Seconds may have turned. */
    assert_int_equal(ut__log_follow(NULL, 0), 0);
    ut__log_set_level(UT__LOG_INFO);
}

static void test_hash(void **state)
{
    (void)state;
    char a[UT__LOG_HASH_MAX], b[UT__LOG_HASH_MAX], c[UT__LOG_HASH_MAX];
    assert_string_equal(ut__log_hash(a, "+34600000001"), ut__log_hash(b, "+34600000001"));
    assert_int_equal(strlen(a), 16);
    assert_string_not_equal(a, ut__log_hash(c, "+34600000002"));
    assert_string_not_equal(ut__log_hash(b, "12345678"), ut__log_hash(c, "123456789"));
    assert_string_equal(ut__log_hash(a, ""), "");
    assert_string_equal(ut__log_hash(a, NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats), cmocka_unit_test(test_no_utf8),
        cmocka_unit_test(test_long),    cmocka_unit_test(test_levels),
        cmocka_unit_test(test_follow),  cmocka_unit_test(test_burst),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

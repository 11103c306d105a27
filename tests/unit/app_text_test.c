/* SPDX-License-Identifier: MIT */
/* Names, JSON strings, CSV, files and the progress line: any bytes in, well-formed text out. */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/json_string.h"
#include "base/put_file.h"
#include "commands/call_ids.h"
#include "terminal/message.h"
#include "terminal/progress.h"

static void json_strings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "\"\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\n\x01\x7f", "\"\\u000a\\u0001\\u007f\""},
        {"\xc3\xb1", "\"\xc3\xb1\""},                                 /* n with tilde */
        {"\xff", "\"\xef\xbf\xbd\""},                                 /* no UTF-8 at all */
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* overlong */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* a surrogate */
        {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
        {"a\xe2\x82", "\"a\xef\xbf\xbd\xef\xbf\xbd\""}, /* cut off */
    };
    char buf[UT__JSON_STRING_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(ut__json_string(buf, sizeof buf, cases[i].text), cases[i].want);
}

/* What is no character is marked, and none is cut in two. */
static void utf8_is_copied_by_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
        size_t cap;
    } cases[] = {
        {"abc", "abc", 4},   {"abcd", "abc", 4},          {"a\xff\xfe z", "a?? z", 16},
        {"\xc3\xa9", "", 2}, {"\xc3\xa9", "\xc3\xa9", 3}, {"\xc3", "?", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char to[16];
        ut__utf8_copy(to, cases[i].cap, cases[i].text);
        assert_string_equal(to, cases[i].want);
    }
}

static void long_json_strings_are_cut_at_a_character(void **state)
{
    (void)state;
    char buf[16];
    assert_string_equal(ut__json_string(buf, sizeof buf, "0123456789abcdefgh"),
                        "\"0123456789abc\"");
    assert_string_equal(ut__json_string(buf, sizeof buf, "0123456789ab\xc3\xb1"),
                        "\"0123456789ab\"");
}

static void safe_names(void **state)
{
    (void)state;
    char buf[16];
    assert_string_equal(ut__safe_name(buf, sizeof buf, "a\x1b[31m\n"), "a?[31m?");
    assert_string_equal(ut__safe_name(buf, sizeof buf, "/a/very/long/path/call.wav"),
                        "...ath/call.wav");
}

static void ids_are_unique_and_plain(void **state)
{
    (void)state;
    char *paths[] = {(char *)"a/call 1.wav",
                     (char *)"b/call 1.flac",
                     (char *)"call_1-2.wav",
                     (char *)"c/call 1.wav",
                     (char *)"-",
                     (char *)".hidden",
                     (char *)"dir/",
                     (char *)"\xff.wav"};
    static const char *const want[] = {"call_1-", "call_1-", "call_1-2", "call_1-",
                                       "stdin",   ".hidden", "_-",       "_-"};
    enum { N = sizeof paths / sizeof paths[0] };
    const char *ids[N], *other[N];
    char *memory, *more;
    assert_int_equal(ut__call_ids(ids, &memory, paths, N), 0);
    for (size_t i = 0; i < N; i++) {
        size_t n = strlen(want[i]);
        assert_memory_equal(ids[i], want[i], n);
        assert_int_equal(strlen(ids[i]), want[i][n - 1] == '-' ? n + 8 : n);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(ids[i], ids[k]);
    }
    char *turned[N];
    for (size_t i = 0; i < N; i++)
        turned[i] = paths[N - 1 - i];
    assert_int_equal(ut__call_ids(other, &more, turned, N), 0);
    for (size_t i = 0; i < N; i++)
        assert_string_equal(ids[i], other[N - 1 - i]);
    free(memory);
    free(more);
    char *again[] = {(char *)"x/a.wav", (char *)"./x/a.wav", (char *)"x/a.wav"};
    assert_int_equal(ut__call_ids(ids, &memory, again, 3), 0);
    assert_string_equal(ids[0], "a");
    assert_string_equal(ids[1], "a-2");
    assert_string_equal(ids[2], "a-3");
    free(memory);
}

/* Reads all records of a text; returns them as "a|b;c|d;" or the error. */
static int read_csv(const char *text, char *out, size_t cap)
{
    char copy[256], *at = copy, *fields[UT__CSV_COLUMNS_MAX];
    size_t len = strlen(text);
    memcpy(copy, text, len + 1);
    out[0] = '\0';
    for (;;) {
        int n = ut__csv_next(&at, copy + len, fields);
        if (n <= 0)
            return n;
        for (int i = 0; i < n; i++) {
            size_t used = strlen(out);
            snprintf(out + used, cap - used, "%s%s", i ? "|" : "", fields[i]);
        }
        size_t used = strlen(out);
        snprintf(out + used, cap - used, ";");
    }
}

static void csv_records(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
        int result;
    } cases[] = {
        {"a,b\nc,d\n", "a|b;c|d;", 0},
        {"a,b\r\n\r\nc,d", "a|b;c|d;", 0},
        {"\"x,y\",\"say \"\"no\"\"\"\n", "x,y|say \"no\";", 0},
        {"\"two\nlines\",b", "two\nlines|b;", 0},
        {",\n,,", "|;||;", 0},
        {"", "", 0},
        {"a,\"b", "", UT_EMALFORMED},
        {"\"a\"b,c", "", UT_EMALFORMED},
        {"a\rb,c", "a\rb|c;", 0},
    };
    char out[256];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_csv(cases[i].text, out, sizeof out), cases[i].result);
        assert_string_equal(out, cases[i].want);
    }
    char many[2 * UT__CSV_COLUMNS_MAX + 1];
    memset(many, ',', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    assert_int_equal(read_csv(many, out, sizeof out), UT_ETOOBIG);
}

static void csv_fields(void **state)
{
    (void)state;
    char buf[32];
    assert_int_equal(ut__csv_field(buf, sizeof buf, "plain"), 5);
    assert_string_equal(buf, "plain");
    assert_int_equal(ut__csv_field(buf, sizeof buf, "a,\"b\""), 9);
    assert_string_equal(buf, "\"a,\"\"b\"\"\"");
    assert_int_equal(ut__csv_field(buf, 5, "plain"), 5);
    assert_int_equal(ut__csv_field(NULL, 0, "plain"), 5);
}

/* What a spreadsheet would run as a formula stays a text, and one field (CWE-1236). */
static void csv_texts(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"plain", "plain"},
                                           {"", ""},
                                           {"=1+2", "'=1+2"},
                                           {"-5", "'-5"},
                                           {"+49", "'+49"},
                                           {"@SUM(A1)", "'@SUM(A1)"},
                                           {"\t=1", "'\t=1"},
                                           {"\r=1", "\"'\r=1\""},
                                           {"=a,\"b\"", "\"'=a,\"\"b\"\"\""},
                                           {"a=1", "a=1"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buf[32];
        assert_int_equal(ut__csv_text(buf, sizeof buf, cases[i][0]), strlen(cases[i][1]));
        assert_string_equal(buf, cases[i][1]);
        assert_int_equal(ut__csv_text(NULL, 0, cases[i][0]), strlen(cases[i][1]));
    }
}

/* What lies where a file is written first is neither written through nor kept with its mode. */
static void a_file_is_put_anew(void **state)
{
    (void)state;
    char dir[] = "/tmp/undertone-put-XXXXXX", path[64], part[64], other[64], text[8];
    struct stat st;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(part, sizeof part, "%s/file.part", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    assert_int_equal(ut__put_file(other, "other", 5), 0);
    assert_int_equal(symlink(other, part), 0);
    assert_int_equal(ut__put_file_private(path, "secret", 6), 0);
    assert_true(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == 6);
    assert_int_equal(ut__put_file(part, "open to all", 11), 0);
    assert_int_equal(ut__put_file_private(path, "new", 3), 0);
    assert_true(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == 3);
    assert_int_equal(lstat(part, &st), -1);
    FILE *f = fopen(other, "rb");
    assert_non_null(f);
    assert_int_equal(fread(text, 1, sizeof text, f), 5);
    fclose(f);
    assert_true(unlink(path) == 0 && unlink(other) == 0 && rmdir(dir) == 0);
}

static off_t bytes_at(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : -1;
}

/* Nothing but a file is replaced: not a pipe, nor a link, which goes on leading to its file. */
static void a_link_stays_and_a_pipe(void **state)
{
    (void)state;
    char dir[] = "/tmp/undertone-put-XXXXXX", at[3][64];
    static const char *const name[] = {"file", "link", "pipe"};
    struct stat st;
    assert_non_null(mkdtemp(dir));
    for (int i = 0; i < 3; i++)
        (void)snprintf(at[i], sizeof at[i], "%s/%s", dir, name[i]);
    assert_int_equal(ut__put_file(at[0], "old", 3), 0);
    assert_int_equal(symlink(at[0], at[1]), 0);
    assert_int_equal(ut__put_file_check(at[1]), 0);
    assert_int_equal(ut__put_file(at[1], "newer", 5), 0);
    assert_int_equal(bytes_at(at[0]), 5);
    assert_true(lstat(at[1], &st) == 0 && S_ISLNK(st.st_mode));
    assert_int_equal(mkfifo(at[2], 0600), 0);
    assert_int_equal(ut__put_file_check(at[2]), EEXIST);
    assert_int_equal(ut__put_file(at[2], "new", 3), EEXIST);
    assert_true(lstat(at[2], &st) == 0 && S_ISFIFO(st.st_mode));
    assert_true(unlink(at[1]) == 0 && symlink(at[1], at[1]) == 0);
    assert_int_equal(ut__put_file(at[1], "new", 3), ELOOP);
    assert_true(lstat(at[1], &st) == 0 && S_ISLNK(st.st_mode));
    for (int i = 0; i < 3; i++)
        assert_int_equal(unlink(at[i]), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void progress_line(void **state)
{
    (void)state;
    char buf[200];
    struct ut__progress p = {.files = 1000,
                             .files_done = 250,
                             .files_failed = 3,
                             .bytes = 4000,
                             .bytes_done = 1000,
                             .media_s = 36000,
                             .elapsed_s = 40};
    ut__progress_text(buf, sizeof buf, &p);
    assert_string_equal(
        buf,
        "[######------------------]  25 %  250/1000 files, 3 failed  900x real time  2:00 left");
    p = (struct ut__progress){.files = 2};
    ut__progress_text(buf, sizeof buf, &p);
    assert_string_equal(buf, "[------------------------]   0 %  0/2 files  0x real time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_strings),
        cmocka_unit_test(long_json_strings_are_cut_at_a_character),
        cmocka_unit_test(utf8_is_copied_by_characters),
        cmocka_unit_test(safe_names),
        cmocka_unit_test(ids_are_unique_and_plain),
        cmocka_unit_test(csv_records),
        cmocka_unit_test(csv_fields),
        cmocka_unit_test(csv_texts),
        cmocka_unit_test(a_file_is_put_anew),
        cmocka_unit_test(a_link_stays_and_a_pipe),
        cmocka_unit_test(progress_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

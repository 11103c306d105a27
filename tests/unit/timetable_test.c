/* SPDX-License-Identifier: MIT */
/* When reports are due: weeks, days, zones, clocks that are set. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contract/option.h"
#include "supervise/channels/mail/timetable.h"

static void zone(const char *tz)
{
    setenv("TZ", tz, 1);
    tzset();
}

static int64_t at(const char *text)
{
    struct tm tm = {.tm_isdst = -1};
    assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
    return (int64_t)mktime(&tm) * 1000;
}

static struct ut__report_row row_of(const char *text)
{
    char why[UT__CONFIG_WHY_MAX];
    struct ut__report_row row;
    assert_int_equal(ut__report_row_read(&row, text, why, sizeof why), 0);
    return row;
}

static void reads(void **state)
{
    (void)state;
    struct ut__report_row r = row_of(" mon  07:00 agent vi to a@b.example,c@d.example ");
    assert_int_equal(r.weekday, 1);
    assert_int_equal(r.hour * 60 + r.minute, 420);
    assert_int_equal(r.by, UT__REPORT_BY_AGENT);
    assert_string_equal(r.language, "vi");
    assert_int_equal(r.to_count, 2);
    assert_string_equal(r.to[1], "c@d.example");
    ut__report_row_clear(&r);
    r = row_of("daily 23:59 hour to /srv/reports");
    assert_int_equal(r.weekday, UT__DAILY);
    assert_string_equal(r.language, "en");
    assert_string_equal(r.folder, "/srv/reports");
    ut__report_row_clear(&r);
}

static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "monday 07:00 queue to a@b",
                                      "mon 7:00 queue to a@b",
                                      "mon 24:00 queue to a@b",
                                      "mon 07:60 queue to a@b",
                                      "mon 07:00 team to a@b",
                                      "mon 07:00 queue de to a@b",
                                      "mon 07:00 queue a@b",
                                      "mon 07:00 queue to",
                                      "mon 07:00 queue to a@b c@d",
                                      "mon 07:00 queue to a@b,",
                                      "mon 07:00 queue to srv/reports",
                                      "mon 07:00 queue to <a@b>\nBcc: x@y"};
    char why[UT__CONFIG_WHY_MAX];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_not_equal(ut__report_row_check(bad[i], why, sizeof why), 0);
        assert_memory_equal(why, "report: ", 8);
    }
    char many[600] = "mon 07:00 queue to a@b";
    for (int i = 0; i < UT__MAIL_TO_MAX; i++)
        memcpy(many + strlen(many), ",a@b", 5);
    assert_int_not_equal(ut__report_row_check(many, why, sizeof why), 0);
    assert_non_null(strstr(why, "32 addresses"));
}

static const struct {
    const char *zone, *row, *now, *due, *from, *to;
} cases[] = {
    {"UTC0", "mon 07:00", "2026-11-30 07:00", "2026-11-30 07:00", "2026-11-23 00:00",
     "2026-11-30 00:00"},
    {"UTC0", "mon 07:00", "2026-11-30 06:59", "2026-11-23 07:00", "2026-11-16 00:00",
     "2026-11-23 00:00"},
    {"UTC0", "sun 00:00", "2026-12-05 23:59", "2026-11-29 00:00", "2026-11-22 00:00",
     "2026-11-29 00:00"},
    {"UTC0", "daily 06:30", "2027-01-01 06:29", "2026-12-31 06:30", "2026-12-30 00:00",
     "2026-12-31 00:00"},
    {"XYZ-5:30", "mon 07:00", "2026-12-01 01:00", "2026-11-30 07:00", "2026-11-23 00:00",
     "2026-11-30 00:00"},
    /* Summer time begins on 8 March and ends on 1 November: weeks of 167 and 169 hours. */
    {"EST5EDT,M3.2.0,M11.1.0", "mon 07:00", "2026-03-09 08:00", "2026-03-09 07:00",
     "2026-03-02 00:00", "2026-03-09 00:00"},
    {"EST5EDT,M3.2.0,M11.1.0", "mon 07:00", "2026-11-02 08:00", "2026-11-02 07:00",
     "2026-10-26 00:00", "2026-11-02 00:00"},
    {"EST5EDT,M3.2.0,M11.1.0", "daily 02:30", "2026-03-08 12:00", "2026-03-08 02:30",
     "2026-03-07 00:00", "2026-03-08 00:00"},
};

static void is_due(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        int64_t from, to;
        zone(cases[i].zone);
        snprintf(text, sizeof text, "%s queue to a@b", cases[i].row);
        struct ut__report_row r = row_of(text);
        int64_t due = ut__report_row_due(&r, at(cases[i].now));
        assert_int_equal(due, at(cases[i].due));
        ut__report_row_span(&r, due, &from, &to);
        assert_int_equal(from, at(cases[i].from));
        assert_int_equal(to, at(cases[i].to));
        ut__report_row_clear(&r);
    }
}

/* Over a year of quarters of an hour, each day and week is due once, and never comes undone. */
static void is_due_once(void **state)
{
    (void)state;
    zone("EST5EDT,M3.2.0,M11.1.0");
    static const char *const rows[] = {"sun 02:30 queue to a@b", "daily 01:30 queue to a@b"};
    for (int k = 0; k < 2; k++) {
        struct ut__report_row r = row_of(rows[k]);
        int64_t last = ut__report_row_due(&r, at("2026-01-01 00:00"));
        int times = 0;
        for (int64_t t = at("2026-01-01 00:00"); t < at("2027-01-01 00:00"); t += 900000) {
            int64_t due = ut__report_row_due(&r, t);
            if (due > last + INT64_C(7200000)) {
                times++;
                last = due;
            }
            assert_true(due <= t && due >= last - INT64_C(7200000));
        }
        assert_int_equal(times, k ? 365 : 52);
        ut__report_row_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
        cmocka_unit_test(is_due),
        cmocka_unit_test(is_due_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* When a report is due, and what about. */

#include "supervise/channels/mail/timetable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/crc32.h"
#include "contract/option.h"

enum { WEEK_DAYS = 7, NOON = 12 };

static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", "daily", NULL};
static const char *const bys[] = {"queue", "agent", "hour", NULL}; /* As enum ut__report_by. */
static const char *const languages[] = {"en", "es", "vi", NULL};

void ut__report_row_clear(struct ut__report_row *row)
{
    for (size_t i = 0; i < row->to_count; i++)
        free(row->to[i]);
    free(row->folder);
    *row = (struct ut__report_row){.to_count = 0};
}

/* The place in a list; -1: it is not there. */
static int place(const char *const *list, const char *word)
{
    for (int i = 0; list[i]; i++)
        if (strcmp(list[i], word) == 0)
            return i;
    return -1;
}

static int read_time(struct ut__report_row *row, const char *word)
{
    int end = 0;
    return sscanf(word, "%2d:%2d%n", &row->hour, &row->minute, &end) == 2 && !word[end] &&
           end == 5 && row->hour >= 0 && row->hour < 24 && row->minute >= 0 && row->minute < 60;
}

static int read_receivers(struct ut__report_row *row, char *list, char *why, size_t cap)
{
    if (list[0] == '/') {
        row->folder = strdup(list);
        return row->folder ? 0 : UT_ENOMEM;
    }
    for (char *one; (one = strsep(&list, ",")) != NULL;) {
        if (!ut__mail_is_address(one)) {
            snprintf(why, cap,
                     "report: '%.60s' is no address such as qa@example.org, and no folder such as "
                     "/srv/reports",
                     one);
            return UT_EINVAL;
        }
        if (row->to_count == UT__MAIL_TO_MAX) {
            snprintf(why, cap,
                     "report: takes %d addresses at most: name a list of your mail server",
                     (int)UT__MAIL_TO_MAX);
            return UT_ETOOBIG;
        }
        row->to[row->to_count] = strdup(one);
        if (!row->to[row->to_count++])
            return UT_ENOMEM;
    }
    return 0;
}

/* The next word, blanks before it left out; "" at the end. */
static char *next(char **at)
{
    *at += strspn(*at, " \t");
    char *word = *at;
    *at += strcspn(word, " \t");
    if (**at)
        *(*at)++ = '\0';
    return word;
}

static int read_words(struct ut__report_row *row, char *text, char *why, size_t cap)
{
    snprintf(why, cap,
             "report: write DAY HH:MM queue|agent|hour [en|es|vi] to ADDRESS[,ADDRESS...] or to "
             "/FOLDER, such as mon 07:00 queue to qa@example.org; DAY is mon to sun, or daily");
    row->weekday = place(days, next(&text));
    if (row->weekday < 0 || !read_time(row, next(&text)))
        return UT_EINVAL;
    if (row->weekday == WEEK_DAYS)
        row->weekday = UT__DAILY;
    int by = place(bys, next(&text));
    char *word = next(&text);
    int language = place(languages, word);
    if (language >= 0)
        word = next(&text);
    if (by < 0 || strcmp(word, "to") != 0)
        return UT_EINVAL;
    row->by = (enum ut__report_by)by;
    snprintf(row->language, sizeof row->language, "%s", languages[language < 0 ? 0 : language]);
    word = next(&text);
    if (!word[0] || next(&text)[0])
        return UT_EINVAL;
    return read_receivers(row, word, why, cap);
}

int ut__report_row_read(struct ut__report_row *out, const char *text, char *why, size_t cap)
{
    *out = (struct ut__report_row){.to_count = 0};
    char *copy = strdup(text);
    int err = copy ? read_words(out, copy, why, cap) : UT_ENOMEM;
    free(copy);
    snprintf(out->id, sizeof out->id, "%08x", (unsigned)ut__crc32(0, text, strlen(text)));
    if (err)
        ut__report_row_clear(out);
    return err;
}

int ut__report_row_check(const char *text, char *why, size_t cap)
{
    struct ut__report_row row;
    int err = ut__report_row_read(&row, text, why, cap);
    if (!err)
        ut__report_row_clear(&row);
    return err;
}

/* A time of the day that is some days before that of tm. */
static int64_t moment(const struct tm *tm, int days_back, int hour, int minute)
{
    struct tm at = {.tm_year = tm->tm_year,
                    .tm_mon = tm->tm_mon,
                    .tm_mday = tm->tm_mday - days_back,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_isdst = -1};
    return (int64_t)mktime(&at) * 1000;
}

static struct tm local(int64_t ms)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm = {.tm_hour = NOON};
    (void)localtime_r(&s, &tm);
    return tm;
}

int64_t ut__report_row_due(const struct ut__report_row *row, int64_t now_ms)
{
    const struct tm now = local(now_ms);
    int64_t ms = 0;
    for (int back = 0; back <= WEEK_DAYS; back++) {
        int weekday = (now.tm_wday - back + 2 * WEEK_DAYS) % WEEK_DAYS;
        if (row->weekday != UT__DAILY && row->weekday != weekday)
            continue;
        ms = moment(&now, back, row->hour, row->minute);
        if (ms <= now_ms)
            break;
    }
    return ms;
}

void ut__report_row_span(const struct ut__report_row *row, int64_t due_ms, int64_t *from_ms,
                         int64_t *to_ms)
{
    const struct tm due = local(due_ms);
    *from_ms = moment(&due, row->weekday == UT__DAILY ? 1 : WEEK_DAYS, 0, 0);
    *to_ms = moment(&due, 0, 0, 0);
}

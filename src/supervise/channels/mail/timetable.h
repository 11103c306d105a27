/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_MAIL_TIMETABLE_H
#define UT_SUPERVISE_CHANNELS_MAIL_TIMETABLE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/report.h"
#include "mail/mail.h"

enum { UT__DAILY = -1 };

/* A report that comes by itself, as the configuration has it. Owned; _clear releases it. */
struct ut__report_row {
    int weekday; /* 0: Sunday; UT__DAILY. */
    int hour, minute;
    enum ut__report_by by;
    char language[3];
    char *to[UT__MAIL_TO_MAX]; /* [to_count] */
    size_t to_count;
    char *folder; /* In place of receivers; NULL: none. */
    char id[9];   /* Of the row, for names: another text is another one. */
};

/**
 * Reads "mon|...|sun|daily HH:MM queue|agent|hour [en|es|vi] to ADDRESS[,ADDRESS...]|/FOLDER". why: a
 * sentence with the remedy on failure. Returns 0, UT_EINVAL, UT_ETOOBIG, UT_ENOMEM.
 */
int ut__report_row_read(struct ut__report_row *out, const char *text, char *why,
                        size_t cap) UT_MUST_CHECK;
void ut__report_row_clear(struct ut__report_row *row);

/** For an option's row: reads it and lets it go. Returns 0 or an error. */
int ut__report_row_check(const char *text, char *why, size_t cap);

/**
 * The last time that it was due, at `now` or before: Unix time in ms, of the machine's zone (TZ). Where
 * the clocks skip that hour it is due at the moment that stands for it; where they repeat it, once.
 */
int64_t ut__report_row_due(const struct ut__report_row *row, int64_t now_ms);

/** What a report that was due then is about: the week or the day that ended with the midnight before. */
void ut__report_row_span(const struct ut__report_row *row, int64_t due_ms, int64_t *from_ms,
                         int64_t *to_ms);

#endif

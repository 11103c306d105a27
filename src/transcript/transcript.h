/* SPDX-License-Identifier: MIT */
#ifndef UT_TRANSCRIPT_TRANSCRIPT_H
#define UT_TRANSCRIPT_TRANSCRIPT_H

/* Files of lines: README.md of this folder lists their formats. */

#include <stddef.h>

#include <undertone/error.h>

#include "contract/line.h"

enum ut__transcript_format {
    UT__TRANSCRIPT_TEXT,
    UT__TRANSCRIPT_CUES, /* WebVTT and SRT. */
    UT__TRANSCRIPT_JSON_LINES,
    UT__TRANSCRIPT_CSV,
    UT__TRANSCRIPT_CHAT, /* WhatsApp. */
    UT__TRANSCRIPT_MAIL, /* mbox. */
    UT__TRANSCRIPT_FORMATS
};

enum { UT__TRANSCRIPT_BYTES_MAX = 1 << 30 };

/* Who is told. What a line points to lives for the call. */
struct ut__transcript_sink {
    void (*line)(void *ctx, const struct ut__line *line);
    void *line_ctx;
    /* row: of the file, from 1; 0: the file as a whole. text: with the remedy. */
    void (*fault)(void *ctx, unsigned row, const char *text);
    void *fault_ctx;
};

/* The format, by the ending of the name and the first bytes. name: may be "-". */
enum ut__transcript_format ut__transcript_guess(const char *name, const char *bytes, size_t len);

/* "text", "webvtt", ... Static. */
const char *ut__transcript_name(enum ut__transcript_format format);

/*
 * Reads all lines.
 *
 * bytes: [len + 1] with a NUL behind them; they are written to. Returns how many faults were told,
 * or UT_ENOMEM; UT_EUNSUPPORTED: this program was built without that format.
 */
int ut__transcript_read(enum ut__transcript_format format, char *bytes, size_t len,
                        const struct ut__transcript_sink *sink) UT_MUST_CHECK;

/* Shared by the readers. */
struct ut__transcript_reading {
    const struct ut__transcript_sink *sink;
    unsigned row;
    int faults;
};
void ut__reading_fault(struct ut__transcript_reading *r, const char *text);
/* Tells a line; role and text are cleaned: no NUL, no control characters but tabs. */
void ut__reading_line(struct ut__transcript_reading *r, struct ut__line *line, char *text);
/* "Ana: hello" is what Ana said: the name goes to line->name, the rest is returned. */
char *ut__reading_speaker(struct ut__line *line, char *text);
/* The next row of [*at..end), closed with NUL, without CR; NULL at the end. */
char *ut__reading_row(struct ut__transcript_reading *r, char **at, char *end);
/* Seconds of "75.5", "1:15.5", "01:15:00,250" or an ISO 8601 time; -1: none. */
double ut__reading_time(const char *text);

int ut__read_cues(struct ut__transcript_reading *r, char *bytes, size_t len);
int ut__read_json_lines(struct ut__transcript_reading *r, char *bytes, size_t len);
int ut__read_csv(struct ut__transcript_reading *r, char *bytes, size_t len);
int ut__read_chat(struct ut__transcript_reading *r, char *bytes, size_t len);
int ut__read_mail(struct ut__transcript_reading *r, char *bytes, size_t len);

#endif

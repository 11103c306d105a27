/* SPDX-License-Identifier: MIT */
/* What the readers share: rows, speakers, times, and lines that are told clean. */

#define _GNU_SOURCE /* timegm, strptime. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "transcript/transcript.h"
#include "transcript/who.h"

enum { SPEAKER_MAX = 60 /* Bytes before a colon that may be a name. */ };

void ut__reading_fault(struct ut__transcript_reading *r, const char *text)
{
    r->faults++;
    r->sink->fault(r->sink->fault_ctx, r->row, text);
}

/* Control characters become blanks: nothing that is told on may steer a terminal or a log. */
static size_t clean(char *text)
{
    size_t n = 0;
    for (unsigned char *p = (unsigned char *)text; *p; p++, n++)
        if ((*p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7f)
            *p = ' ';
    return n;
}

void ut__reading_line(struct ut__transcript_reading *r, struct ut__line *line, char *text)
{
    text += strspn(text, " \t\n");
    line->len = clean(text);
    while (line->len && strchr(" \t\n", text[line->len - 1]))
        text[--line->len] = '\0';
    if (line->len == 0)
        return;
    line->text = text;
    line->name = line->name ? line->name : "";
    line->language = line->language ? line->language : "";
    line->conversation = line->conversation ? line->conversation : "";
    if (line->who == UT__WHO_UNKNOWN)
        line->who = ut__who_of(line->name);
    r->sink->line(r->sink->line_ctx, line);
}

char *ut__reading_speaker(struct ut__line *line, char *text)
{
    char *colon = strchr(text, ':');
    if (!colon || colon == text || colon - text > SPEAKER_MAX || (colon[1] != ' ' && colon[1]))
        return text;
    /* "At 10: nothing" names nobody: a name has no digits or full stops before a blank. */
    for (char *p = text; p < colon; p++)
        if (isdigit((unsigned char)*p) || strchr(",!?;\"()", *p))
            return text;
    *colon = '\0';
    line->name = text;
    return colon + 1;
}

char *ut__reading_row(struct ut__transcript_reading *r, char **at, char *end)
{
    if (*at >= end)
        return NULL;
    char *row = *at, *stop = memchr(row, '\n', (size_t)(end - row));
    stop = stop ? stop : end;
    *at = stop + 1;
    *stop = '\0';
    r->row++;
    for (char *nul = memchr(row, '\0', (size_t)(stop - row)); nul;
         nul = memchr(nul, '\0', (size_t)(stop - nul)))
        *nul = ' ';
    if (stop > row && stop[-1] == '\r')
        stop[-1] = '\0';
    return row;
}

/* Their number, and *at behind them; 0 where two are not there. */
static int two_digits(char **at)
{
    char *p = *at;
    if (!isdigit((unsigned char)p[0]) || !isdigit((unsigned char)p[1]))
        return 0;
    *at += 2;
    return (p[0] - '0') * 10 + p[1] - '0';
}

/* 2026-05-12T10:33:21.5+07:00, with a blank or T; no zone: UTC. */
static double iso_time(const char *text)
{
    struct tm tm = {0};
    char *rest = strptime(text, "%Y-%m-%d", &tm);
    if (!rest || (*rest != 'T' && *rest != ' ' && *rest))
        return -1;
    double fraction = 0, zone = 0;
    if (*rest && (rest = strptime(rest + 1, "%H:%M:%S", &tm)) == NULL)
        return -1;
    if (*rest == '.' && (fraction = strtod(rest, &rest)) >= 1)
        return -1; /* Such as .5e9. */
    if (*rest == '+' || *rest == '-') {
        int sign = *rest++ == '-' ? -1 : 1;
        int hours = two_digits(&rest);
        rest += *rest == ':';
        zone = sign * (hours * 3600.0 + two_digits(&rest) * 60.0);
    }
    return (double)timegm(&tm) + fraction - zone;
}

double ut__reading_time(const char *text)
{
    double t = 0, part = 0, scale = 1;
    int digits = 0, colons = 0, point = 0;
    const char *p = text + strspn(text, " \t");
    if (strlen(p) >= 10 && p[4] == '-')
        return iso_time(p);
    for (; *p && *p != ' '; p++) {
        if (isdigit((unsigned char)*p) && digits < 15) {
            digits++;
            scale = point ? scale / 10 : 1;
            part = point ? part + scale * (*p - '0') : part * 10 + (*p - '0');
        } else if (*p == ':' && !point && digits && colons < 2) {
            t = (t + part) * 60;
            part = 0;
            colons++;
        } else if ((*p == '.' || *p == ',') && !point) {
            point = 1;
        } else {
            return -1;
        }
    }
    return digits ? t + part : -1;
}

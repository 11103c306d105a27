/* SPDX-License-Identifier: MIT */
/*
 * What WhatsApp exports: "12/05/2024, 10:33 - Ana: text" (Android) or
 * "[12/05/24, 10:33:21] Ana: text" (iPhone); rows without such a head go on with the line before.
 */

#define _GNU_SOURCE /* timegm. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "transcript/transcript.h"

/* Marks of direction and narrow blanks that the exports put between their parts. */
static char *skip_marks(char *p)
{
    for (;;) {
        if (strncmp(p, "\xe2\x80\x8e", 3) == 0 || strncmp(p, "\xe2\x80\xaf", 3) == 0)
            p += 3;
        else if (strncmp(p, "\xc2\xa0", 2) == 0)
            p += 2;
        else if (*p == ' ')
            p++;
        else
            return p;
    }
}

static int number(char **p)
{
    int v = 0, digits = 0;
    for (; isdigit((unsigned char)**p) && digits < 4; (*p)++, digits++)
        v = v * 10 + (**p - '0');
    return digits ? v : -1;
}

/* Day and month stand in the order of the writer's country: the one above 12 is the day. */
static double seconds_of(const int date[3], const int hms[3])
{
    struct tm tm = {.tm_hour = hms[0], .tm_min = hms[1], .tm_sec = hms[2]};
    int year = date[0] > 31 ? date[0] : date[2], day = date[0] > 31 ? date[2] : date[0];
    int month = date[1];
    if (month > 12 && day <= 12) {
        int swap = month;
        month = day;
        day = swap;
    }
    tm.tm_mday = day;
    tm.tm_mon = month - 1;
    tm.tm_year = (year < 100 ? year + 2000 : year) - 1900;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? (double)timegm(&tm) : -1;
}

static char *time_of_day(char *p, int hms[3])
{
    for (int i = 0; i < 3; i++) {
        hms[i] = number(&p);
        if (hms[i] < 0 || hms[i] > 59)
            return NULL;
        if (*p != ':' && !(i == 0 && *p == '.')) {
            for (i++; i < 3; i++)
                hms[i] = i == 1 ? -1 : 0;
            break;
        }
        p++;
    }
    p = skip_marks(p);
    int pm = strncasecmp(p, "pm", 2) == 0 || strncasecmp(p, "p. m.", 5) == 0 ||
             strncasecmp(p, "p.m.", 4) == 0;
    int am = strncasecmp(p, "am", 2) == 0 || strncasecmp(p, "a. m.", 5) == 0 ||
             strncasecmp(p, "a.m.", 4) == 0;
    if (pm || am) {
        hms[0] = hms[0] % 12 + (pm ? 12 : 0);
        p += p[1] == '.' ? (p[2] == ' ' ? 5 : 4) : 2;
    }
    return hms[1] < 0 ? NULL : skip_marks(p);
}

/* The row's text behind its head, with the time; NULL: the row has no head. */
static char *head(char *row, double *t_s)
{
    char *p = skip_marks(row);
    int bracket = *p == '[', date[3], hms[3];
    p += bracket;
    for (int i = 0; i < 3; i++) {
        date[i] = number(&p);
        if (date[i] < 0 || (i < 2 && *p != '/' && *p != '.' && *p != '-'))
            return NULL;
        p += i < 2;
    }
    p = skip_marks(p);
    p += *p == ',';
    p = time_of_day(skip_marks(p), hms);
    if (!p || *p != (bracket ? ']' : '-'))
        return NULL;
    *t_s = seconds_of(date, hms);
    return skip_marks(p + 1);
}

static void tell(struct ut__transcript_reading *r, struct ut__line *line, char *text)
{
    /* Without a name it is the program's own: somebody joined, a picture was left out. */
    char *colon = text ? strstr(text, ": ") : NULL;
    if (!colon)
        return;
    *colon = '\0';
    line->name = text;
    text = skip_marks(colon + 2);
    if (*text != '<')
        ut__reading_line(r, line, text);
}

int ut__read_chat(struct ut__transcript_reading *r, char *bytes, size_t len)
{
    char *at = bytes, *row, *text = NULL;
    struct ut__line line = {.t_s = -1, .confidence = -1};
    int headless = 0;
    while ((row = ut__reading_row(r, &at, bytes + len)) != NULL) {
        double t_s = -1;
        char *rest = head(row, &t_s);
        if (!rest && text) {
            row[-1] = '\n'; /* Where the row before was closed: it goes on. */
            if (row - bytes >= 2 && row[-2] == '\0')
                row[-2] = ' ';
            continue;
        }
        if (!rest) {
            headless += *row != '\0';
            continue;
        }
        tell(r, &line, text);
        line = (struct ut__line){.t_s = t_s, .confidence = -1};
        text = rest;
    }
    tell(r, &line, text);
    if (headless) {
        r->row = 0;
        ut__reading_fault(r, "begins with rows without date and name; they are left out");
    }
    return 0;
}

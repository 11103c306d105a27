/* SPDX-License-Identifier: MIT */
/* Cues of WebVTT (W3C 2019, "WebVTT: The Web Video Text Tracks Format") and of SRT. */

#include <stdlib.h>
#include <string.h>

#include "transcript/transcript.h"

enum { NAME_MAX_BYTES = 100 };

/* Signs that a cue writes as names: the few that the format knows. */
static size_t entity(const char *at, const char **sign)
{
    static const char *const names[][2] = {{"&amp;", "&"},   {"&lt;", "<"}, {"&gt;", ">"},
                                           {"&nbsp;", " "},  {"&lrm;", ""}, {"&rlm;", ""},
                                           {"&quot;", "\""}, {"&#39;", "'"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i][0]);
        if (strncmp(at, names[i][0], n) == 0) {
            *sign = names[i][1];
            return n;
        }
    }
    return 0;
}

/* Takes the speaker out of "<v.class Name>". */
static void voice(char *name, const char *tag, size_t len)
{
    if (len < 3 || tag[0] != 'v' || (tag[1] != ' ' && tag[1] != '.'))
        return;
    const char *blank = memchr(tag, ' ', len);
    if (!blank)
        return;
    size_t n = len - (size_t)(blank + 1 - tag);
    n = n < NAME_MAX_BYTES - 1 ? n : NAME_MAX_BYTES - 1;
    memcpy(name, blank + 1, n);
    name[n] = '\0';
}

/* Text without tags and entities, in place; the speaker of its first voice tag to name. */
static void strip(char *text, char *name)
{
    char *to = text;
    for (char *p = text; *p;) {
        const char *sign;
        size_t n;
        char *close = *p == '<' ? strchr(p, '>') : NULL;
        if (close) {
            if (!*name)
                voice(name, p + 1, (size_t)(close - p - 1));
            p = close + 1;
        } else if (*p == '&' && (n = entity(p, &sign)) > 0) {
            memcpy(to, sign, strlen(sign));
            to += strlen(sign);
            p += n;
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
}

/* The rows of a cue, joined by blanks in place, until an empty one. */
static char *payload(struct ut__transcript_reading *r, char **at, char *end)
{
    char *text = *at, *to = *at, *row;
    while ((row = ut__reading_row(r, at, end)) != NULL && *row) {
        size_t n = strlen(row);
        if (to != text)
            *to++ = ' ';
        memmove(to, row, n);
        to += n;
    }
    if (to < end)
        *to = '\0';
    return text;
}

static int is_block(const char *row)
{
    return strncmp(row, "NOTE", 4) == 0 || strncmp(row, "STYLE", 5) == 0 ||
           strncmp(row, "REGION", 6) == 0 || strncmp(row, "WEBVTT", 6) == 0;
}

int ut__read_cues(struct ut__transcript_reading *r, char *bytes, size_t len)
{
    char *at = bytes, *end = bytes + len, *row;
    while ((row = ut__reading_row(r, &at, end)) != NULL) {
        if (is_block(row)) {
            while (*row && (row = ut__reading_row(r, &at, end)) != NULL)
                ;
            if (!row)
                break;
            continue;
        }
        char *arrow = strstr(row, " --> ");
        if (!arrow)
            continue; /* A number or a name of the cue. */
        *arrow = '\0';
        struct ut__line line = {.t_s = ut__reading_time(row), .confidence = -1};
        if (line.t_s < 0)
            ut__reading_fault(r, "the time is not of the form 00:01:02.500; its cue has none");
        char name[NAME_MAX_BYTES] = "";
        char *text = at < end ? payload(r, &at, end) : end;
        strip(text, name);
        line.name = name;
        ut__reading_line(r, &line, *name ? text : ut__reading_speaker(&line, text));
    }
    return 0;
}

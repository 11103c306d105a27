/* SPDX-License-Identifier: MIT */
/* Finds a file's format and has it read. */

#define _GNU_SOURCE /* memmem. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "transcript/transcript.h"

static int read_text(struct ut__transcript_reading *r, char *bytes, size_t len)
{
    char *at = bytes, *row;
    while ((row = ut__reading_row(r, &at, bytes + len)) != NULL) {
        struct ut__line line = {.t_s = -1, .confidence = -1};
        ut__reading_line(r, &line, ut__reading_speaker(&line, row));
    }
    return 0;
}

static const struct {
    const char *name;
    const char *endings; /* Each with a blank behind it. */
    int (*read)(struct ut__transcript_reading *r, char *bytes, size_t len);
} formats[UT__TRANSCRIPT_FORMATS] = {
    [UT__TRANSCRIPT_TEXT] = {"text", ".txt .text ", read_text},
    [UT__TRANSCRIPT_CUES] = {"webvtt", ".vtt .srt ", ut__read_cues},
    [UT__TRANSCRIPT_JSON_LINES] = {"jsonl", ".jsonl .ndjson .json ", ut__read_json_lines},
    [UT__TRANSCRIPT_CSV] = {"csv", ".csv ", ut__read_csv},
    [UT__TRANSCRIPT_CHAT] = {"whatsapp", "", ut__read_chat},
    [UT__TRANSCRIPT_MAIL] = {"mbox", ".mbox .mbx .eml ", ut__read_mail},
};

const char *ut__transcript_name(enum ut__transcript_format format)
{
    return formats[format].name;
}

static int begins(const char *bytes, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(bytes, with, strlen(with)) == 0;
}

/* "[12/05/24, 10:33:21] Ana: " or "12/05/2024, 10:33 - Ana: " */
static int is_chat(const char *bytes, size_t len)
{
    while (begins(bytes, len, "\xe2\x80\x8e")) {
        bytes += 3;
        len -= 3;
    }
    int bracket = begins(bytes, len, "[");
    int digits = 0, slashes = 0;
    for (size_t i = (size_t)bracket; i < len && i < 24 && bytes[i] != '\n'; i++) {
        digits += isdigit((unsigned char)bytes[i]) != 0;
        slashes += bytes[i] == '/' || bytes[i] == '.' || bytes[i] == '-';
        if (bytes[i] == ',' || bytes[i] == ' ')
            return digits >= 4 && slashes >= 2 && len - i > 5;
    }
    return 0;
}

/* 1 when the list of endings, each with a blank behind it, holds this one. */
static int has_ending(const char *endings, const char *dot)
{
    size_t n = strlen(dot);
    for (; *endings; endings = strchr(endings, ' ') + 1)
        if (strncasecmp(endings, dot, n) == 0 && endings[n] == ' ')
            return 1;
    return 0;
}

enum ut__transcript_format ut__transcript_guess(const char *name, const char *bytes, size_t len)
{
    const char *dot = strrchr(name, '.');
    if (begins(bytes, len, "\xef\xbb\xbf")) {
        bytes += 3;
        len -= 3;
    }
    for (int f = UT__TRANSCRIPT_CUES; dot && f < UT__TRANSCRIPT_FORMATS; f++)
        if (has_ending(formats[f].endings, dot))
            return (enum ut__transcript_format)f;
    if (begins(bytes, len, "WEBVTT"))
        return UT__TRANSCRIPT_CUES;
    if (begins(bytes, len, "{") || begins(bytes, len, "[{"))
        return UT__TRANSCRIPT_JSON_LINES;
    if (begins(bytes, len, "From "))
        return UT__TRANSCRIPT_MAIL;
    const char *arrow = memmem(bytes, len < 100 ? len : 100, " --> ", 5);
    if (arrow && begins(bytes, len, "1"))
        return UT__TRANSCRIPT_CUES;
    return is_chat(bytes, len) ? UT__TRANSCRIPT_CHAT : UT__TRANSCRIPT_TEXT;
}

int ut__transcript_read(enum ut__transcript_format format, char *bytes, size_t len,
                        const struct ut__transcript_sink *sink)
{
    struct ut__transcript_reading r = {.sink = sink};
    if (begins(bytes, len, "\xff\xfe") || begins(bytes, len, "\xfe\xff")) {
        ut__reading_fault(&r, "is UTF-16; save it as UTF-8");
        return r.faults;
    }
    if (begins(bytes, len, "\xef\xbb\xbf")) {
        bytes += 3;
        len -= 3;
    }
    int err = formats[format].read(&r, bytes, len);
    return err ? err : r.faults;
}

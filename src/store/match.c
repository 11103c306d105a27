/* SPDX-License-Identifier: MIT */
/* Questions for FTS5, out of what people said or typed. */

#include "store/match.h"

#include <stdio.h>
#include <string.h>

enum { STEM_BYTES = 6 /* Words of other languages than English count by so much. */ };

static int is_letter(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The beginning of a word, whole characters. */
static size_t stem(const char *word, size_t len)
{
    size_t n = len < STEM_BYTES ? len : STEM_BYTES;
    while (n < len && ((unsigned char)word[n] & 0xc0) == 0x80)
        n++;
    return n;
}

void ut__match_query(char out[UT__MATCH_MAX], const char *text, enum ut__match_how how)
{
    size_t at = 0, end = strlen(text);
    int words = 0;
    while (end > 0 && words < UT__MATCH_WORDS_MAX) {
        while (end > 0 && !is_letter((unsigned char)text[end - 1]))
            end--;
        size_t begin = end;
        while (begin > 0 && is_letter((unsigned char)text[begin - 1]))
            begin--;
        size_t len = end - begin, n = len;
        const char *word = text + begin;
        end = begin;
        if (len < UT__MATCH_WORD_MIN_BYTES || len > UT__MATCH_WORD_MAX_BYTES)
            continue;
        if (how == UT__MATCH_ANY_STEMS)
            n = stem(word, len);
        int begins = how == UT__MATCH_ALL_BEGINS || n < len;
        const char *join = how == UT__MATCH_ALL_BEGINS ? " AND " : " OR ";
        at += (size_t)snprintf(out + at, UT__MATCH_MAX - at, "%s\"%.*s\"%s", words ? join : "",
                               (int)n, word, begins ? "*" : "");
        words++;
    }
    /* A word that no text can have keeps an empty question well-formed. */
    if (!words)
        snprintf(out, UT__MATCH_MAX, "\"\xef\xbf\xbf\"");
}

/* SPDX-License-Identifier: MIT */
/* Questions for FTS5, out of what people said or typed. */

#include "store/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words/fold.h"

static int is_letter(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char *ut__match_folded(const char *text)
{
    struct ut__fold f;
    struct ut__text_token t;
    size_t len = strlen(text), cap = 2 * len + UT__PLAIN_MAX + 2, at = 0;
    char *out = malloc(cap);
    ut__fold_init(&f, text, len);
    while (out && ut__fold_next(&f, &t) != UT__TOKEN_END) {
        if ((t.kind != UT__TOKEN_WORD && t.kind != UT__TOKEN_NUMBER) || at + t.plain_len + 3 > cap)
            continue;
        out[at++] = ' ';
        memcpy(out + at, t.plain, t.plain_len);
        at += t.plain_len;
    }
    if (out)
        memcpy(out + at, " ", 2);
    return out;
}

static size_t letter_bytes(const char *p)
{
    size_t n = *p ? 1 : 0;
    while (n && ((unsigned char)p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Bytes of the first letters of [p..end), at most `most` of them. *letters: how many there are. */
static size_t beginning(const char *p, const char *end, int most, int *letters)
{
    const char *at = p;
    for (*letters = 0; at < end && *letters < most; ++*letters)
        at += letter_bytes(at);
    return (size_t)(at - p);
}

static void put(char out[UT__MATCH_MAX], size_t *at, const char *before, const char *text, size_t n)
{
    *at += (size_t)snprintf(out + *at, UT__MATCH_MAX - *at, "%s\"%.*s\"", before, (int)n, text);
}

/* Each word of a folded text from its end on: its beginning, or what each three letters of it are. */
static int put_words(char out[UT__MATCH_MAX], size_t *at, const char *text, int whole)
{
    int count = 0, letters;
    const char *end = text + strlen(text);
    for (int words = 0; end > text && words < UT__MATCH_WORDS_MAX; words++) {
        const char *word = end;
        while (word > text && word[-1] != ' ')
            word--;
        size_t n = beginning(word, end, whole ? UT__MATCH_BEGINNING : 3, &letters);
        if (whole && letters >= 3) /* With the blank before it; of three letters the whole word. */
            put(out, at, count++ ? " OR " : "", word - 1, n + 1 + (letters == 3));
        for (const char *p = word; !whole && letters == 3 && count < UT__MATCH_TRIGRAMS_MAX;) {
            put(out, at, count++ ? " OR " : "", p, n);
            p += letter_bytes(p);
            n = beginning(p, end, 3, &letters);
        }
        end = word > text ? word - 1 : text;
    }
    return count;
}

static int put_trigrams(char out[UT__MATCH_MAX], const char *text)
{
    size_t at = 1;
    out[0] = '(';
    int count = put_words(out, &at, text, 1);
    at += (size_t)snprintf(out + at, UT__MATCH_MAX - at, ") AND (");
    put_words(out, &at, text, 0);
    snprintf(out + at, UT__MATCH_MAX - at, ")");
    return count;
}

static void nothing(char out[UT__MATCH_MAX])
{
    /* A word that no text can have keeps an empty question well-formed. */
    snprintf(out, UT__MATCH_MAX, "\"\xef\xbf\xbf\xef\xbf\xbf\xef\xbf\xbf\"");
}

void ut__match_query(char out[UT__MATCH_MAX], const char *text, enum ut__match_how how)
{
    size_t at = 0, end = strlen(text);
    int words = 0;
    if (how == UT__MATCH_TRIGRAMS) {
        char *folded = ut__match_folded(text);
        if (!folded || !put_trigrams(out, folded))
            nothing(out);
        free(folded);
        return;
    }
    while (end > 0 && words < UT__MATCH_WORDS_MAX) {
        while (end > 0 && !is_letter((unsigned char)text[end - 1]))
            end--;
        size_t begin = end;
        while (begin > 0 && is_letter((unsigned char)text[begin - 1]))
            begin--;
        size_t len = end - begin;
        const char *word = text + begin;
        end = begin;
        if (len < UT__MATCH_WORD_MIN_BYTES || len > UT__MATCH_WORD_MAX_BYTES)
            continue;
        int begins = how == UT__MATCH_ALL_BEGINS;
        const char *join = how == UT__MATCH_ALL_BEGINS ? " AND " : " OR ";
        at += (size_t)snprintf(out + at, UT__MATCH_MAX - at, "%s\"%.*s\"%s", words ? join : "",
                               (int)len, word, begins ? "*" : "");
        words++;
    }
    if (!words)
        nothing(out);
}

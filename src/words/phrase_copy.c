/* SPDX-License-Identifier: MIT */
/* Phrases as they may be shown. */

#include "words/phrase_copy.h"

/* Bytes of a sign that is not seen and turns how others are shown: a mark of direction, a control of C1 or DEL. */
static size_t unseen(const unsigned char *c, size_t n)
{
    if (c[0] == 0x7f)
        return 1;
    if (n >= 2 && ((c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) || (c[0] == 0xd8 && c[1] == 0x9c)))
        return 2;
    if (n < 3 || c[0] != 0xe2)
        return 0;
    int is_mark =
        (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xaa && c[2] <= 0xae))) ||
        (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
    return is_mark ? 3 : 0;
}

void ut__phrase_clean(char *dst, size_t cap, const char *text, size_t len)
{
    size_t n = len < cap - 1 ? len : cap - 1, put = 0, skip;
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--; /* Not within a character. */
    for (size_t i = 0; i < n; i += skip ? skip : 1) {
        skip = unseen((const unsigned char *)text + i, n - i);
        if (!skip)
            dst[put++] = (unsigned char)text[i] < 0x20 ? ' ' : text[i];
    }
    dst[put] = '\0';
}

void ut__phrase_copy(char dst[UT_WORDS_PHRASE_MAX], const char *text, size_t len)
{
    ut__phrase_clean(dst, UT_WORDS_PHRASE_MAX, text, len);
}

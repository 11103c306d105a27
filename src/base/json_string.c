/* SPDX-License-Identifier: MIT */
/* Any bytes as a JSON string. */

#include "base/json_string.h"

#include <string.h>

size_t ut__utf8_length(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xc2 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
               : s[0] < 0xf5 ? 4
                             : 0;
    if (n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return n;
}

void ut__utf8_copy(char *dst, size_t cap, const char *text)
{
    size_t at = 0;
    for (size_t left = strlen(text); left;) {
        size_t n = ut__utf8_length(text, left), bytes = n ? n : 1;
        if (at + bytes + 1 > cap)
            break;
        memcpy(dst + at, n ? text : "?", bytes);
        at += bytes;
        text += bytes;
        left -= bytes;
    }
    dst[at] = '\0';
}

size_t ut__json_char(char out[UT__JSON_CHAR_MAX], const char *s, size_t len, size_t *taken)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char c = (unsigned char)*s;
    size_t n = ut__utf8_length(s, len);
    *taken = n ? n : 1;
    if (n == 0) {
        memcpy(out, "\xef\xbf\xbd", 3);
        return 3;
    }
    if (c == '"' || c == '\\') {
        out[0] = '\\';
        out[1] = *s;
        return 2;
    }
    if (c < 0x20 || c == 0x7f) {
        memcpy(out, "\\u00", 4);
        out[4] = hex[c >> 4];
        out[5] = hex[c & 15];
        return 6;
    }
    memcpy(out, s, n);
    return n;
}

const char *ut__json_string(char *dst, size_t cap, const char *text)
{
    size_t at = 0;
    dst[at++] = '"';
    for (size_t left = strlen(text); left;) {
        char part[UT__JSON_CHAR_MAX];
        size_t taken, n = ut__json_char(part, text, left, &taken);
        if (at + n + 2 > cap)
            break;
        memcpy(dst + at, part, n);
        at += n;
        text += taken;
        left -= taken;
    }
    dst[at++] = '"';
    dst[at] = '\0';
    return dst;
}

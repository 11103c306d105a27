/* SPDX-License-Identifier: MIT */
/* Any bytes as a JSON string. UTF-8 after RFC 3629: no overlong forms, no surrogates. */

#include "base/json_string.h"

#include <stdint.h>
#include <string.h>

/* Length of the UTF-8 character at s, 0 when it is none. */
static size_t utf8_length(const unsigned char *s)
{
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xc2 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
               : s[0] < 0xf5 ? 4
                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return n;
}

/* One character as it stands in JSON; returns its bytes, and how many of s it took. */
static size_t escape(char out[8], const unsigned char *s, size_t *taken)
{
    static const char hex[] = "0123456789abcdef";
    size_t n = utf8_length(s);
    *taken = n ? n : 1;
    if (n == 0) {
        memcpy(out, "\xef\xbf\xbd", 3);
        return 3;
    }
    if (*s == '"' || *s == '\\') {
        out[0] = '\\';
        out[1] = (char)*s;
        return 2;
    }
    if (*s < 0x20 || *s == 0x7f) {
        memcpy(out, "\\u00", 4);
        out[4] = hex[*s >> 4];
        out[5] = hex[*s & 15];
        return 6;
    }
    memcpy(out, s, n);
    return n;
}

const char *ut__json_string(char *dst, size_t cap, const char *text)
{
    size_t at = 0;
    dst[at++] = '"';
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        char part[8];
        size_t taken, n = escape(part, s, &taken);
        if (at + n + 2 > cap)
            break;
        memcpy(dst + at, part, n);
        at += n;
        s += taken;
    }
    dst[at++] = '"';
    dst[at] = '\0';
    return dst;
}

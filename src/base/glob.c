/* SPDX-License-Identifier: MIT */
/* Patterns with stars. */

#include "base/glob.h"

#include <stddef.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

int ut__glob(const char *pattern, const char *text)
{
    const char *star = NULL, *mark = text;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            mark = text;
        } else if (*pattern == '?' || (*pattern && lower(*pattern) == lower(*text))) {
            pattern++;
            text++;
        } else if (star) {
            /* The last star takes one byte more. */
            pattern = star;
            text = ++mark;
        } else {
            return 0;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

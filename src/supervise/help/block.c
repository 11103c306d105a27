/* SPDX-License-Identifier: MIT */
/* Blocks of lines, as PBX answer by. */

#include "supervise/help/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BODY_MAX = 8192 };

/* Bytes up to the empty line, which belongs to them; 0: it is not there. */
static size_t head_length(const char *buf, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(buf + at, '\n', len - at);
        if (!end)
            return 0;
        size_t n = (size_t)(end - buf) - at;
        if (n == 0 || (n == 1 && buf[at] == '\r'))
            return (size_t)(end - buf) + 1;
        at += n + 1;
    }
    return 0;
}

int ut__block_get(const struct ut__block *b, const char *name, char *out, size_t cap)
{
    size_t want = strlen(name);
    out[0] = '\0';
    for (size_t at = 0; at < b->head_len;) {
        const char *line = b->text + at, *end = memchr(line, '\n', b->head_len - at);
        size_t n = end ? (size_t)(end - line) : b->head_len - at;
        at += n + 1;
        if (n <= want || line[want] != ':' || strncasecmp(line, name, want) != 0)
            continue;
        line += want + 1;
        n -= want + 1;
        while (n && (*line == ' ' || *line == '\t'))
            line++, n--;
        while (n && (line[n - 1] == '\r' || line[n - 1] == ' '))
            n--;
        snprintf(out, cap, "%.*s", (int)n, line);
        return 1;
    }
    return 0;
}

int ut__block_read(struct ut__block *out, const char *buf, size_t len)
{
    char number[16];
    struct ut__block b = {.text = buf, .head_len = head_length(buf, len)};
    if (!b.head_len)
        return 0;
    if (ut__block_get(&b, "Content-Length", number, sizeof number)) {
        unsigned long n = strtoul(number, NULL, 10);
        if (strspn(number, "0123456789") != strlen(number) || n > BODY_MAX)
            return UT_ETOOBIG;
        b.body_len = n;
    }
    if (b.body_len > len - b.head_len)
        return 0;
    *out = b;
    return (int)(b.head_len + b.body_len);
}

/* SPDX-License-Identifier: MIT */
/* Multipart bodies. */

#include "ingress/sip/multipart.h"

#include <string.h>
#include <strings.h>

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The value of the boundary parameter as a view. */
static int find_boundary(const char *s, size_t len, const char **out, size_t *out_len)
{
    static const char key[] = "boundary";
    enum { KEY = sizeof key - 1 };
    for (size_t i = 0; i + KEY < len; i++) {
        if (strncasecmp(s + i, key, KEY) != 0 || (i > 0 && s[i - 1] != ';' && !is_blank(s[i - 1])))
            continue;
        size_t at = i + KEY;
        while (at < len && is_blank(s[at]))
            at++;
        if (at == len || s[at] != '=')
            continue;
        do
            at++;
        while (at < len && is_blank(s[at]));
        int quoted = at < len && s[at] == '"';
        at += (size_t)quoted;
        size_t end = at;
        while (end < len &&
               (quoted ? s[end] != '"'
                       : s[end] != ';' && !is_blank(s[end]) && s[end] != '\r' && s[end] != '\n'))
            end++;
        if (end == at || end - at > UT__MULTIPART_BOUNDARY_MAX || (quoted && end == len))
            return 0;
        *out = s + at;
        *out_len = end - at;
        return 1;
    }
    return 0;
}

/* The next "--boundary" at the start of a line, from `at` on; len when there is none. */
static size_t find_delimiter(const char *body, size_t len, size_t at, const char *b, size_t b_len)
{
    for (; at + 2 + b_len <= len; at++) {
        if ((at == 0 || body[at - 1] == '\n') && body[at] == '-' && body[at + 1] == '-' &&
            memcmp(body + at + 2, b, b_len) == 0)
            return at;
    }
    return len;
}

/* Behind the line that begins at `at`. */
static size_t next_line(const char *s, size_t len, size_t at)
{
    const char *nl = at < len ? memchr(s + at, '\n', len - at) : NULL;
    return nl ? (size_t)(nl - s) + 1 : len;
}

static void read_type(struct ut__part *part, const char *line, size_t len)
{
    static const char key[] = "content-type";
    enum { KEY = sizeof key - 1 };
    if (len < KEY || strncasecmp(line, key, KEY) != 0)
        return;
    size_t at = KEY;
    while (at < len && is_blank(line[at]))
        at++;
    if (at == len || line[at] != ':')
        return;
    do
        at++;
    while (at < len && is_blank(line[at]));
    size_t end = at;
    while (end < len && line[end] != ';' && !is_blank(line[end]) && line[end] != '\r' &&
           line[end] != '\n')
        end++;
    part->type = line + at;
    part->type_len = end - at;
    part->params = line + end;
    part->params_len = len - end;
}

/* Headers up to an empty line, then the body up to the line end before the next delimiter. */
static void read_part(struct ut__part *part, const char *s, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t next = next_line(s, len, at);
        size_t n = next - at;
        int empty = s[at] == '\n' || (n >= 2 && s[at] == '\r' && s[at + 1] == '\n');
        if (!empty)
            read_type(part, s + at, n);
        at = next;
        if (empty)
            break;
    }
    size_t end = len;
    if (end > at && s[end - 1] == '\n')
        end--;
    if (end > at && s[end - 1] == '\r')
        end--;
    part->body = s + at;
    part->body_len = end - at;
}

int ut__multipart_parse(struct ut__multipart *out, const char *content_type, size_t type_len,
                        const char *body, size_t len)
{
    const char *b;
    size_t b_len;
    out->count = 0;
    if (!find_boundary(content_type, type_len, &b, &b_len))
        return UT_EMALFORMED;
    size_t at = find_delimiter(body, len, 0, b, b_len);
    while (at < len && out->count < UT__MULTIPART_MAX) {
        size_t after = at + 2 + b_len;
        if (after + 1 < len && body[after] == '-' && body[after + 1] == '-')
            break;
        size_t begin = next_line(body, len, after);
        size_t end = find_delimiter(body, len, begin, b, b_len);
        struct ut__part *part = &out->parts[out->count++];
        *part = (struct ut__part){0};
        read_part(part, body + begin, end - begin);
        at = end;
    }
    return out->count ? 0 : UT_EMALFORMED;
}

int ut__part_nests(const struct ut__part *part)
{
    static const char head[] = "multipart/";
    return part->type && part->type_len > sizeof head - 1 &&
           strncasecmp(part->type, head, sizeof head - 1) == 0;
}

int ut__part_is(const struct ut__part *part, const char *type)
{
    return part->type && strlen(type) == part->type_len &&
           strncasecmp(part->type, type, part->type_len) == 0;
}

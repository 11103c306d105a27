/* SPDX-License-Identifier: MIT */
/* Comma-separated values after RFC 4180. */

#include "base/csv.h"

#include <string.h>

static int ends_line(const char *p, const char *end)
{
    return p == end || *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] == '\n'));
}

/* Unquotes a field that begins at the quote *p; NULL when it is malformed. *p moves behind it. */
static char *quoted(char **p, const char *end)
{
    char *field = *p, *to = *p;
    char *from = *p + 1;
    for (;; from++) {
        if (from == end)
            return NULL;
        if (*from == '"') {
            if (from + 1 == end || from[1] != '"')
                break;
            from++;
        }
        *to++ = *from;
    }
    from++;
    if (!ends_line(from, end) && *from != ',')
        return NULL;
    /* The closing quote leaves room for the NUL before the separator that is still to be read. */
    *to = '\0';
    *p = from;
    return field;
}

int ut__csv_next(char **at, char *end, char **fields)
{
    char *p = *at;
    while (p < end && (*p == '\n' || *p == '\r'))
        p++;
    if (p == end) {
        *at = p;
        return 0;
    }
    for (int n = 0; n < UT__CSV_COLUMNS_MAX; n++) {
        if (p < end && *p == '"') {
            fields[n] = quoted(&p, end);
            if (!fields[n])
                return UT_EMALFORMED;
        } else {
            fields[n] = p;
            while (!ends_line(p, end) && *p != ',')
                p++;
        }
        int more = p < end && *p == ',';
        int crlf = p + 1 < end && *p == '\r';
        *p = '\0';
        if (!more) {
            *at = p == end ? p : p + 1 + crlf;
            return n + 1;
        }
        p++;
    }
    return UT_ETOOBIG;
}

/* mark: 1 for an apostrophe before the text. */
static size_t put(char *dst, size_t cap, const char *field, size_t mark)
{
    size_t len = strlen(field), need = len + mark;
    int quote = strpbrk(field, ",\"\r\n") != NULL;
    if (quote) {
        need += 2;
        for (const char *p = field; *p; p++)
            need += *p == '"';
    }
    if (need >= cap)
        return need;
    if (quote)
        *dst++ = '"';
    if (mark)
        *dst++ = '\'';
    for (const char *p = field; *p; p++) {
        if (*p == '"')
            *dst++ = '"';
        *dst++ = *p;
    }
    if (quote)
        *dst++ = '"';
    *dst = '\0';
    return need;
}

size_t ut__csv_field(char *dst, size_t cap, const char *field)
{
    return put(dst, cap, field, 0);
}

size_t ut__csv_text(char *dst, size_t cap, const char *text)
{
    return put(dst, cap, text, *text && strchr("=+-@\t\r", *text));
}

/* SPDX-License-Identifier: MIT */
/* A text that grows. */

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fixed.h"
#include "base/json_string.h"

enum { FIRST_BYTES = 256, MAX_BYTES = 64 << 20 };

static int grow(struct ut__text *t, size_t more)
{
    size_t need = t->len + more + 1, cap = t->cap ? t->cap : FIRST_BYTES;
    if (t->failed)
        return 0;
    if (need <= t->cap)
        return 1;
    while (cap < need)
        cap *= 2;
    char *buf = cap <= MAX_BYTES ? realloc(t->buf, cap) : NULL;
    if (!buf) {
        t->failed = 1;
        return 0;
    }
    t->buf = buf;
    t->cap = cap;
    return 1;
}

void ut__text_bytes(struct ut__text *t, const char *s, size_t n)
{
    if (!grow(t, n))
        return;
    memcpy(t->buf + t->len, s, n);
    t->len += n;
    t->buf[t->len] = '\0';
}

void ut__text_raw(struct ut__text *t, const char *s)
{
    ut__text_bytes(t, s, strlen(s));
}

void ut__text_str(struct ut__text *t, const char *s)
{
    if (!s) {
        ut__text_raw(t, "null");
        return;
    }
    ut__text_bytes(t, "\"", 1);
    for (size_t left = strlen(s); left;) {
        char part[UT__JSON_CHAR_MAX];
        size_t taken, n = ut__json_char(part, s, left, &taken);
        ut__text_bytes(t, part, n);
        s += taken;
        left -= taken;
    }
    ut__text_bytes(t, "\"", 1);
}

void ut__text_xml(struct ut__text *t, const char *s)
{
    for (size_t n, left = strlen(s); left; left -= n ? n : 1, s += n ? n : 1) {
        unsigned char c = (unsigned char)*s;
        n = ut__utf8_length(s, left);
        int end_of_plane =
            n == 3 && c == 0xef && (unsigned char)s[1] == 0xbf && (unsigned char)s[2] > 0xbd;
        if (n == 0 || end_of_plane || c == 0x7f || (c < 0x20 && !strchr("\t\n\r", c)))
            ut__text_raw(t, "\xef\xbf\xbd");
        else if (c == '&')
            ut__text_raw(t, "&amp;");
        else if (c == '<')
            ut__text_raw(t, "&lt;");
        else if (c == '>')
            ut__text_raw(t, "&gt;");
        else if (c == '"')
            ut__text_raw(t, "&quot;");
        else
            ut__text_bytes(t, s, n);
    }
}

void ut__text_base64(struct ut__text *t, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)b[i] << 16 | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0) |
                     (i + 2 < n ? b[i + 2] : 0);
        const char four[] = {digits[v >> 18], digits[v >> 12 & 63],
                             i + 1 < n ? digits[v >> 6 & 63] : '=',
                             i + 2 < n ? digits[v & 63] : '='};
        ut__text_bytes(t, four, sizeof four);
    }
}

void ut__text_int(struct ut__text *t, int64_t v)
{
    char buf[24];
    ut__text_bytes(t, buf, (size_t)snprintf(buf, sizeof buf, "%lld", (long long)v));
}

void ut__text_num(struct ut__text *t, double v, int decimals)
{
    char buf[UT__FIXED_MAX];
    ut__text_bytes(t, buf, ut__fixed(buf, v, decimals));
}

void ut__text_key(struct ut__text *t, const char *key)
{
    if (t->len && t->buf[t->len - 1] != '{')
        ut__text_bytes(t, ",", 1);
    ut__text_bytes(t, "\"", 1);
    ut__text_raw(t, key);
    ut__text_bytes(t, "\":", 2);
}

void ut__text_kstr(struct ut__text *t, const char *key, const char *s)
{
    ut__text_key(t, key);
    ut__text_str(t, s);
}

void ut__text_kint(struct ut__text *t, const char *key, int64_t v)
{
    ut__text_key(t, key);
    ut__text_int(t, v);
}

void ut__text_knum(struct ut__text *t, const char *key, double v, int decimals)
{
    ut__text_key(t, key);
    ut__text_num(t, v, decimals);
}

void ut__text_kbool(struct ut__text *t, const char *key, int v)
{
    ut__text_key(t, key);
    ut__text_raw(t, v ? "true" : "false");
}

void ut__text_knull(struct ut__text *t, const char *key)
{
    ut__text_key(t, key);
    ut__text_raw(t, "null");
}

void ut__text_printf(struct ut__text *t, const char *fmt, ...)
{
    char buf[512];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    if (n > 0)
        ut__text_bytes(t, buf, (size_t)n < sizeof buf ? (size_t)n : sizeof buf - 1);
}

void ut__text_free(struct ut__text *t)
{
    free(t->buf);
    *t = (struct ut__text){0};
}

/* SPDX-License-Identifier: MIT */
/* Bencode. */

#include "ingress/rtpengine/bencode.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 18 };

/* Digits up to `end`; moves *at behind it. */
static int read_number(const char *s, size_t len, size_t *at, char end, int64_t *out)
{
    int64_t n = 0;
    size_t i = *at, digits = 0;
    int negative = end == 'e' && i < len && s[i] == '-';
    for (i += (size_t)negative; i < len && s[i] >= '0' && s[i] <= '9'; i++) {
        if (++digits > DIGITS_MAX)
            return UT_EMALFORMED;
        n = n * 10 + (s[i] - '0');
    }
    if (i == len)
        return UT_ETRUNCATED;
    if (digits == 0 || s[i] != end)
        return UT_EMALFORMED;
    *out = negative ? -n : n;
    *at = i + 1;
    return 0;
}

/* One value that is no container, or the head of one. */
static int read_head(struct ut__bencode *b, const char *s, size_t len, size_t *at)
{
    int64_t n;
    if (*at >= len)
        return UT_ETRUNCATED;
    char c = s[*at];
    if (c == 'l' || c == 'd') {
        *b = (struct ut__bencode){.type = c == 'l' ? UT__BENCODE_LIST : UT__BENCODE_DICT};
        ++*at;
        return 0;
    }
    if (c == 'i') {
        ++*at;
        int err = read_number(s, len, at, 'e', &n);
        if (!err)
            *b = (struct ut__bencode){.type = UT__BENCODE_INT, .number = n};
        return err;
    }
    int err = read_number(s, len, at, ':', &n);
    if (err)
        return err;
    if ((uint64_t)n > len - *at)
        return UT_ETRUNCATED;
    *b = (struct ut__bencode){.type = UT__BENCODE_TEXT, .text = s + *at, .len = (size_t)n};
    *at += (size_t)n;
    return 0;
}

/* One value with all that it contains; no recursion. Keys of dictionaries must be texts. */
static int read_value(struct ut__bencode *out, const char *s, size_t len, size_t *at)
{
    struct {
        uint8_t is_dict, wants_key;
    } open[UT__BENCODE_DEPTH_MAX];
    size_t depth = 0, begin = *at;
    struct ut__bencode first = {.type = UT__BENCODE_INT}, b;
    int is_first = 1;
    do {
        if (depth && *at < len && s[*at] == 'e') {
            if (open[depth - 1].is_dict && !open[depth - 1].wants_key)
                return UT_EMALFORMED; /* A key without its value. */
            ++*at;
            depth--;
        } else {
            int err = read_head(&b, s, len, at);
            if (err)
                return err;
            if (is_first)
                first = b;
            is_first = 0;
            if (depth && open[depth - 1].is_dict) {
                if (open[depth - 1].wants_key && b.type != UT__BENCODE_TEXT)
                    return UT_EMALFORMED;
                open[depth - 1].wants_key ^= 1;
            }
            if (b.type == UT__BENCODE_LIST || b.type == UT__BENCODE_DICT) {
                if (depth == UT__BENCODE_DEPTH_MAX)
                    return UT_ETOOBIG;
                open[depth].is_dict = b.type == UT__BENCODE_DICT;
                open[depth++].wants_key = 1;
            }
        }
    } while (depth);
    if (first.type == UT__BENCODE_LIST || first.type == UT__BENCODE_DICT) {
        first.text = s + begin;
        first.len = *at - begin;
    }
    *out = first;
    return 0;
}

int ut__bencode_parse(struct ut__bencode *out, const char *text, size_t len)
{
    struct ut__bencode b;
    size_t at = 0;
    int err = read_value(&b, text, len, &at);
    if (!err && at != len)
        err = UT_EMALFORMED;
    if (!err)
        *out = b;
    return err;
}

int ut__bencode_next(const struct ut__bencode *list, size_t *at, struct ut__bencode *out)
{
    if (list->type != UT__BENCODE_LIST && list->type != UT__BENCODE_DICT)
        return 0;
    if (*at == 0)
        *at = 1;
    if (*at + 1 >= list->len)
        return 0;
    return read_value(out, list->text, list->len - 1, at) == 0;
}

int ut__bencode_get(const struct ut__bencode *dict, const char *key, struct ut__bencode *out)
{
    struct ut__bencode k, v;
    size_t at = 0;
    if (dict->type != UT__BENCODE_DICT)
        return 0;
    while (ut__bencode_next(dict, &at, &k) && ut__bencode_next(dict, &at, &v)) {
        if (ut__bencode_is(&k, key)) {
            *out = v;
            return 1;
        }
    }
    return 0;
}

int ut__bencode_is(const struct ut__bencode *b, const char *text)
{
    return b->type == UT__BENCODE_TEXT && strlen(text) == b->len &&
           memcmp(b->text, text, b->len) == 0;
}

static void put(struct ut__bencode_out *o, const char *s, size_t n)
{
    if (o->full || n > o->cap - o->len) {
        o->full = 1;
        return;
    }
    memcpy(o->buf + o->len, s, n);
    o->len += n;
}

void ut__bencode_put(struct ut__bencode_out *o, const char *raw)
{
    put(o, raw, strlen(raw));
}

void ut__bencode_put_text(struct ut__bencode_out *o, const char *text, size_t len)
{
    char head[24];
    int n = snprintf(head, sizeof head, "%zu:", len);
    put(o, head, (size_t)n);
    put(o, text, len);
}

void ut__bencode_put_pair(struct ut__bencode_out *o, const char *key, const char *value)
{
    ut__bencode_put_text(o, key, strlen(key));
    ut__bencode_put_text(o, value, strlen(value));
}

void ut__bencode_put_int(struct ut__bencode_out *o, int64_t number)
{
    char text[32];
    int n = snprintf(text, sizeof text, "i%llde", (long long)number);
    put(o, text, (size_t)n);
}

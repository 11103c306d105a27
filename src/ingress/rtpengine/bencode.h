/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RTPENGINE_BENCODE_H
#define UT_INGRESS_RTPENGINE_BENCODE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Bencode, the encoding of rtpengine's NG protocol: i42e, 3:abc, l...e, d...e. Read by walking
 * views over the text: nothing is kept or allocated.
 */

enum { UT__BENCODE_DEPTH_MAX = 32 };

enum ut__bencode_type { UT__BENCODE_INT = 1, UT__BENCODE_TEXT, UT__BENCODE_LIST, UT__BENCODE_DICT };

/* One value. text: its bytes, or the whole of a list or dictionary. */
struct ut__bencode {
    enum ut__bencode_type type;
    int64_t number;
    const char *text;
    size_t len;
};

/**
 * Checks one value, all that it contains, and that nothing follows it. Returns 0; UT_ETRUNCATED;
 * UT_EMALFORMED; UT_ETOOBIG for nesting beyond UT__BENCODE_DEPTH_MAX. Pure.
 */
int ut__bencode_parse(struct ut__bencode *out, const char *text, size_t len) UT_MUST_CHECK;

/** The value of a key in a dictionary that was parsed; 1 or 0. */
int ut__bencode_get(const struct ut__bencode *dict, const char *key, struct ut__bencode *out);

/**
 * Walks over a list that was parsed. at: 0 to begin, moved on by each call. Returns 1 with the next
 * item, 0 at the end.
 */
int ut__bencode_next(const struct ut__bencode *list, size_t *at, struct ut__bencode *out);

/** 1 when the value is this text. */
int ut__bencode_is(const struct ut__bencode *b, const char *text);

/* Writing: each appends to a buffer; `full` is set once something did not fit. */
struct ut__bencode_out {
    char *buf;
    size_t cap, len;
    int full;
};

void ut__bencode_put(struct ut__bencode_out *o, const char *raw);
void ut__bencode_put_text(struct ut__bencode_out *o, const char *text, size_t len);
void ut__bencode_put_pair(struct ut__bencode_out *o, const char *key, const char *value);
void ut__bencode_put_int(struct ut__bencode_out *o, int64_t number);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_JSON_STRING_H
#define UT_BASE_JSON_STRING_H

#include <stddef.h>

enum {
    UT__JSON_STRING_MAX = 1000, /* Longer text is cut at a character. */
    UT__JSON_CHAR_MAX = 6       /* Bytes that a character takes in JSON. */
};

/*
 * Length of the UTF-8 character at text: [len] bytes, len >= 1; 0 when it is none. After RFC 3629: no
 * overlong forms, no surrogates.
 */
size_t ut__utf8_length(const char *text, size_t len);

/* Copies text to dst: [cap], cap >= 1, cut at a character; a byte that is no UTF-8 becomes a question mark. */
void ut__utf8_copy(char *dst, size_t cap, const char *text);

/*
 * The character at s: [len] bytes, len >= 1, as it stands in a JSON string. Quotes, backslashes and
 * control characters are escaped; a byte that is no UTF-8, as in an old file name, becomes U+FFFD,
 * so that what comes of it stays readable for every parser. taken: how many of s it was. Returns
 * the bytes in out.
 */
size_t ut__json_char(char out[UT__JSON_CHAR_MAX], const char *s, size_t len, size_t *taken);

/* Writes any text as a JSON string with its quotes into dst: [cap], cap >= 16. Returns dst. */
const char *ut__json_string(char *dst, size_t cap, const char *text);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_JSON_STRING_H
#define UT_BASE_JSON_STRING_H

#include <stddef.h>

enum { UT__JSON_STRING_MAX = 1000 /* Longer text is cut at a character. */ };

/*
 * Writes any bytes as a JSON string with its quotes.
 *
 * dst: [cap], cap >= 16. What is not UTF-8, such as an old file name, becomes U+FFFD, so that the
 * line stays readable for every parser; control characters are escaped. Returns dst.
 */
const char *ut__json_string(char *dst, size_t cap, const char *text);

#endif

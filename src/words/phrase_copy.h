/* SPDX-License-Identifier: MIT */
#ifndef UT_WORDS_PHRASE_COPY_H
#define UT_WORDS_PHRASE_COPY_H

#include <undertone/words.h>

/* Text from outside, to be shown: cut at a character's end, without controls or marks of direction. dst: [cap]. */
void ut__phrase_clean(char *dst, size_t cap, const char *text, size_t len);

/* What was said, to be shown: cut at a character's end, without controls or marks of direction. */
void ut__phrase_copy(char dst[UT_WORDS_PHRASE_MAX], const char *text, size_t len);

#endif

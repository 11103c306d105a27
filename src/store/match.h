/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_MATCH_H
#define UT_STORE_MATCH_H

#include <stddef.h>

enum {
    UT__MATCH_WORDS_MAX = 24,
    UT__MATCH_WORD_MIN_BYTES = 3,
    UT__MATCH_WORD_MAX_BYTES = 40,
    UT__MATCH_TRIGRAMS_MAX = 150,
    UT__MATCH_BEGINNING = 5, /* Letters. */
    UT__MATCH_MAX = UT__MATCH_TRIGRAMS_MAX * (3 * 4 + 6) +
                    UT__MATCH_WORDS_MAX * (UT__MATCH_BEGINNING * 4 + 8) + 16
};

enum ut__match_how {
    UT__MATCH_ANY, /* One of the words is enough. */
    UT__MATCH_TRIGRAMS, /* The beginning of one, and the more of each three letters the better; accents apart. */
    UT__MATCH_ALL_BEGINS /* Every word, or one that begins so. */
};

/**
 * A question for FTS5 of the last words of a text, such as `"refund" OR "parcel"`. Letters and digits
 * alone are taken, so that nothing of the text can be FTS5's syntax. A text without a word of three
 * bytes gives a question that nothing answers.
 */
void ut__match_query(char out[UT__MATCH_MAX], const char *text, enum ut__match_how how);

/**
 * A text as words without case and accents, a blank before each and at the end: what trigrams are taken of. To be freed;
 * NULL: no memory.
 */
char *ut__match_folded(const char *text);

#endif

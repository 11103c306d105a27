/* SPDX-License-Identifier: MIT */
#ifndef UT_WORDS_FOLD_TABLE_H
#define UT_WORDS_FOLD_TABLE_H

/* What each character is: tables that tools/make-folding writes, and what their numbers mean. */

#include <stdint.h>

enum ut__char {
    UT__CHAR_SEPARATOR,
    UT__CHAR_LETTER, /* Stands for itself. */
    UT__CHAR_DIGIT,
    UT__CHAR_IGNORE, /* Joiners, marks of direction, selectors of emoji. */
    UT__CHAR_MARK,   /* A combining accent, U+0300 to U+036F. */
    UT__CHAR_SYMBOL, /* An emoji: a word by itself. */
    UT__CHAR_APOSTROPHE,
    UT__CHAR_STOP,   /* Ends a sentence. */
    UT__CHAR_CLAUSE, /* Ends a clause. */
    UT__CHAR_QUOTE,
    UT__CHAR_STAR,
    UT__CHAR_POOL = 16 /* From here on: an offset into the pool. */
};

enum {
    UT__FOLD_LAST = 0x20000 /* Characters from here on are letters that stand for themselves. */
};

/* A pool entry: bases | marks << 4 | upper case << 8 | digit << 9, the bases, the marks. */
extern const uint8_t ut__fold_page[];
extern const uint16_t ut__fold_value[][256];
extern const uint16_t ut__fold_pool[];

#endif

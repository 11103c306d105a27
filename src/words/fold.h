/* SPDX-License-Identifier: MIT */
#ifndef UT_WORDS_FOLD_H
#define UT_WORDS_FOLD_H

/*
 * Text as a run of tokens, folded so that spellings of one word are equal: case, width, both
 * compositions of Unicode, both places of a Vietnamese tone mark (hòa, hoà), letters stretched for
 * emphasis, joiners and marks of direction left out.
 *
 * Streams: a line of a megabyte needs no more memory than a short one. Pure.
 */

#include <stddef.h>
#include <stdint.h>

enum {
    UT__PLAIN_MAX = 48, /* Bytes of a word without its accents; longer ones match nothing. */
    UT__MARKS_MAX = 16  /* Bytes that tell its accents; further ones are not told apart. */
};

enum ut__token_kind {
    UT__TOKEN_END,
    UT__TOKEN_WORD,
    UT__TOKEN_NUMBER, /* Digits alone. */
    UT__TOKEN_SYMBOL, /* An emoji. */
    UT__TOKEN_STOP,   /* . ! ? or a line end */
    UT__TOKEN_CLAUSE, /* , ; : or a bracket */
    UT__TOKEN_QUOTE   /* A double quote of any kind. */
};

struct ut__text_token {
    enum ut__token_kind kind;
    size_t from, to; /* Bytes of the text. */
    char plain[UT__PLAIN_MAX];
    uint8_t marks[UT__MARKS_MAX]; /* Where which accents stand; tones without a place. */
    uint8_t plain_len, marks_len;
    uint8_t letters, capitals; /* Counts, at most 255. */
    uint8_t stretched;         /* 1: a letter stood three times or more; two of them are left. */
    uint8_t shout;             /* UT__TOKEN_STOP: 1 is '!', 0 any other. */
};

struct ut__fold {
    const uint8_t *text;
    size_t len, at;
};

void ut__fold_init(struct ut__fold *f, const char *text, size_t len);

/* The next token; at the end, and from then on, UT__TOKEN_END. */
enum ut__token_kind ut__fold_next(struct ut__fold *f, struct ut__text_token *t);

/* One character of UTF-8 at *at, moved on; a byte that is none gives U+FFFD. Needs *at < len. */
uint32_t ut__utf8_next(const uint8_t *text, size_t len, size_t *at);

/* Writes a character below 0x110000 as UTF-8; returns its bytes, 1 to 4. */
size_t ut__utf8_put(char out[4], uint32_t c);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_WORDS_MATCH_H
#define UT_WORDS_MATCH_H

/* Phrases in a stretch of text: an automaton that walks the trie from every word at once. */

#include "words/list.h"

enum {
    UT__STRETCH_WORDS = 128, /* Of one sentence that are looked at together. */
    UT__STRETCH_KEPT = 32,   /* Of them that stay when a sentence is longer. */
    UT__MATCHES_MAX = 64,    /* In one stretch; further ones are not seen. */
    UT__STATES_MAX = 96,
    UT__TOKEN_SYMBOLS = 16
};

/* What is remembered of a word. */
struct ut__seen {
    size_t from, to; /* Bytes. */
    uint8_t clause;  /* Counts on at each comma. */
    uint8_t quoted, capitals, stretched;
};

struct ut__match {
    int16_t from, to; /* Words of the stretch, both included; below 0: before it. */
    uint8_t fuzzy;    /* Words in which a mistake was forgiven. */
    uint32_t row;
};

struct ut__state {
    uint32_t node;
    int16_t from;
    uint8_t skips, fuzzy;
};

struct ut__matcher {
    const struct ut_words *words;
    int bare; /* 1: words without accents may stand for accented ones. */
    size_t count;
    struct ut__seen seen[UT__STRETCH_WORDS];
    size_t match_count;
    struct ut__match match[UT__MATCHES_MAX];
    size_t state_count;
    struct ut__state state[UT__STATES_MAX];
};

/* Takes one more word, number or symbol; m->count < UT__STRETCH_WORDS. */
void ut__match_push(struct ut__matcher *m, const struct ut__text_token *t, struct ut__seen seen);

/* Starts a new sentence. */
void ut__match_clear(struct ut__matcher *m);

/* Makes room in a long sentence: forgets all but the last words and what is still open in them. */
void ut__match_slide(struct ut__matcher *m);

#endif

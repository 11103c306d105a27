/* SPDX-License-Identifier: MIT */
#ifndef UT_WORDS_SAID_H
#define UT_WORDS_SAID_H

/* The charged phrases that a caller said of late, for rules that ask for one. */

#include <undertone/words.h>

enum {
    UT__SAID_MAX = 8,   /* The newest are kept. */
    UT__SAID_FOR_S = 60 /* So long a phrase was said of late. */
};

struct ut__said_phrase {
    double t_s;
    uint8_t kind;                   /* enum ut_words_kind. */
    char text[UT_WORDS_PHRASE_MAX]; /* As it was said, cut. */
};

/* Starts as zeros. */
struct ut__said {
    unsigned count; /* Ever; of them the last UT__SAID_MAX are in `phrase`. */
    struct ut__said_phrase phrase[UT__SAID_MAX];
};

/* Adds what was found in a line. text: that was judged. */
void ut__said_add(struct ut__said *said, double t_s, const char *text,
                  const struct ut_words_score *score);

/* What a rule asks for. */
struct ut__said_wish {
    int kind;         /* enum ut_words_kind; below 0: of any. */
    const char *text; /* Words that the phrase holds, one behind the other; "": any. */
};

/* The newest such phrase that was said in the minute before t_s; NULL: none was. said may be NULL. */
const struct ut__said_phrase *ut__said_find(const struct ut__said *said, double t_s,
                                            const struct ut__said_wish *wish);

/* 1: some list finds a charged phrase in these words. */
int ut__said_is_known(const struct ut_words *const *lists, size_t n, const char *text);

/* The kind of that name, or -1. name: [len]. */
int ut__said_kind(const char *name, size_t len);

#endif

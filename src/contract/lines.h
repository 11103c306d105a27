/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_LINES_H
#define UT_CONTRACT_LINES_H

/* How lines that were posted to the API reach who judges them. Hub thread. */

#include <stddef.h>

struct ut__said;

enum ut__lines_end {
    UT__LINES_TAKEN,
    UT__LINES_BAD,     /* No JSON of a kind that is known, or a value out of its range. */
    UT__LINES_UNKNOWN, /* There is no such live call. */
    UT__LINES_ENDED,   /* The call or conversation is over. */
    UT__LINES_FULL     /* As many conversations as may be are there. */
};

enum { UT__LINES_TEXT_MAX = 512, UT__LINES_SAID_MAX = 2048, UT__LINES_LANGUAGE_MAX = 12 };

struct ut__lines_door {
    void *arg;
    /**
     * Takes the lines of a body: [len] JSON. is_call: 1: id must be a live call; 0: the first line
     * begins a conversation. text: [UT__LINES_TEXT_MAX] the answer as a JSON object, or else one
     * sentence of what is wrong.
     */
    enum ut__lines_end (*take)(void *arg, const char *id, int is_call, const char *body, size_t len,
                               char *text);
    /**
     * What the caller of a live call or conversation said in the last half minute, masked.
     * out: [cap]; "" when nothing was. language: [UT__LINES_LANGUAGE_MAX], "" when it is not known.
     */
    void (*said)(void *arg, const char *id, char *out, size_t cap, char *language);
    /* The charged phrases of it, of late; NULL: no line of it was judged. Borrowed until the next line. */
    const struct ut__said *(*phrases)(void *arg, const char *id);
    /* 1: some list finds a charged phrase in these words. */
    int (*knows)(void *arg, const char *text);
};

#endif

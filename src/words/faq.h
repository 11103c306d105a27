/* SPDX-License-Identifier: MIT */
#ifndef UT_WORDS_FAQ_H
#define UT_WORDS_FAQ_H

/*
 * What everybody asks: questions that mean the same become one group, by the words that they share
 * (TF-IDF over words and pairs of words), and groups are ranked.
 *
 *     ut__faq_add, question by question -> ut__faq_rank -> ut__faq_group(0), (1), ...
 *
 * The same questions give the same groups in whatever order they come. Pure; one thread.
 */

#include <undertone/words.h>

enum { UT__FAQ_EXAMPLES = 3, UT__FAQ_TEXT_MAX = 400 };

struct ut__faq;

/* One question as it was asked. */
struct ut__faq_asked {
    const char *text; /* [len], masked; borrowed. */
    size_t len;
    uint64_t conversation;
    double t_s;    /* -1: not known. */
    double left_s; /* Seconds that the conversation went on; -1: not known. */
    float stress;  /* 0..1: how stressed the caller was then. */
};

struct ut__faq_group {
    const char *text; /* The wording that came most often; lives as long as the faq. */
    const char *language;
    const char *example[UT__FAQ_EXAMPLES]; /* Other wordings; NULL: none. */
    unsigned asked, conversations;
    unsigned again; /* Conversations in which it was asked more than once. */
    float stress;   /* Mean. */
    double left_s;  /* Mean of those known; -1: none is. */
    float trend;    /* Asked in the last quarter of the time, against an even spread: 1 is even. */
    float rank;
};

int ut__faq_create(struct ut__faq **out) UT_MUST_CHECK;
void ut__faq_destroy(struct ut__faq *faq);

/* words: the list of the question's language; outlives the faq. 0 or UT_ENOMEM. */
int ut__faq_add(struct ut__faq *faq, const struct ut_words *words,
                const struct ut__faq_asked *asked) UT_MUST_CHECK;

/* Groups and ranks all that was added; returns the count of groups, or UT_ENOMEM. */
int ut__faq_rank(struct ut__faq *faq) UT_MUST_CHECK;

/* Group i of the ranking, from 0. */
void ut__faq_group(const struct ut__faq *faq, size_t i, struct ut__faq_group *out);

#endif

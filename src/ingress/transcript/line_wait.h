/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_TRANSCRIPT_LINE_WAIT_H
#define UT_INGRESS_TRANSCRIPT_LINE_WAIT_H

/*
 * Lines of a call with a voice wait for it: a line counts at the first score that ends no sooner than
 * the line was said and heard, so that the same lines beside the same sound always give the same.
 */

#include <stdint.h>

#include <undertone/words.h>

#include "contract/line.h"

enum { UT__LINES_WAIT_MAX = 1000 /* Of one call. */ };

struct ut__waiting {
    struct ut__waiting *next;
    double said_s; /* Of the call. */
    int64_t came_ms;
    enum ut__speaker who;
    const struct ut_words *words; /* NULL: no list is of its language. */
    struct ut_words_score score;
    char text[]; /* Masked. */
};

struct ut__line_wait {
    struct ut__waiting *first; /* By said_s; of equals the first that came. */
    unsigned count;
};

/* Puts a copy of the line in; what is not in `one` of a waiting one is set. Returns 0, or UT_ETOOBIG, UT_ENOMEM. */
int ut__line_wait_put(struct ut__line_wait *w, const struct ut__waiting *one,
                      const char *text) UT_MUST_CHECK;

/* Takes the first line that was said by t_s out, to be freed; NULL: there is none. */
struct ut__waiting *ut__line_wait_take(struct ut__line_wait *w, double t_s);

void ut__line_wait_clear(struct ut__line_wait *w);

#endif

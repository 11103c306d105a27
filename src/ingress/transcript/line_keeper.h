/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_TRANSCRIPT_LINE_KEEPER_H
#define UT_INGRESS_TRANSCRIPT_LINE_KEEPER_H

/* Lines on their way to the record, some at a time, where the operator asked to keep them. Hub thread. */

#include <stdint.h>

#include <undertone/words.h>

#include "contract/edge.h"
#include "contract/line.h"

struct ut__line_keeper;

/** host: outlives it. */
int ut__line_keeper_create(struct ut__line_keeper **out,
                           const struct ut__edge_host *host) UT_MUST_CHECK;
/** Hands on what waits. NULL is fine. */
void ut__line_keeper_destroy(struct ut__line_keeper *k);

struct ut__kept_line {
    double said_s;    /* Into its call. */
    double counted_s; /* From when on it spoke for an alert; below 0: it never did. */
    enum ut__speaker who;
    const char *language;
    const char *text;                   /* Masked. */
    const struct ut_words_score *score; /* Of the text; NULL: it was not judged. */
};

/** Keeps a line. Of one longer than 4,096 bytes the beginning is kept. k: NULL: nothing is. */
void ut__line_keeper_add(struct ut__line_keeper *k, const char *call,
                         const struct ut__kept_line *line);

/** Hands on what waits; at the end of a call, and once a second. NULL is fine. */
void ut__line_keeper_flush(struct ut__line_keeper *k);

uint64_t ut__line_keeper_count(const struct ut__line_keeper *k);

#endif

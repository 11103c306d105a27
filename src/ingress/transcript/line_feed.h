/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_TRANSCRIPT_LINE_FEED_H
#define UT_INGRESS_TRANSCRIPT_LINE_FEED_H

/* Messages that carry lines: our own form and that of recognisers, FEEDS.md tells of each. Pure. */

#include <undertone/error.h>

#include "contract/line.h"

struct ut__feed_line {
    struct ut__line line;      /* Its conversation: the call that the message names, or "". */
    const char *id;            /* Of the line; "": none. */
    const char *queue, *agent; /* ""; not said. */
    int ends;                  /* 1: no line, the conversation is over. */
};

struct ut__transcript_feed {
    const char *who, *language; /* Where the message does not say them; "": not said. */
    /* Called for each line, in order; what it points to lives for the call. */
    void (*line)(void *arg, const struct ut__feed_line *line);
    void *arg;
};

/**
 * Reads one message: JSON, or the form fields that Twilio posts.
 *
 * Returns the lines told, 0 for one that carries none (a partial result, a beginning), or
 * UT_EMALFORMED with *why as a sentence with the remedy. Any thread.
 */
int ut__feed_read(const struct ut__transcript_feed *feed, const char *body, size_t len,
                  const char **why) UT_MUST_CHECK;

#endif

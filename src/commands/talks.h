/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_TALKS_H
#define UT_COMMANDS_TALKS_H

/* Conversations of files, by their names. */

#include <stddef.h>

#include <undertone/words.h>

/* Seconds that a line without a time counts as later than the one before it. */
#define UT__TALK_STEP_S 10.0

struct ut__talk {
    uint64_t id; /* Of its name; 0: an empty slot. */
    struct ut_words_talk state;
    double last_s; /* Of its last line. */
};

struct ut__talks {
    struct ut__talk *slots; /* Open addressing. */
    size_t count, cap;
};

/* file: what a conversation without a name is called. */
uint64_t ut__talk_id(const char *file, const char *conversation);

/* The conversation, new where it is; NULL: out of memory. Valid until the next call. */
struct ut__talk *ut__talk_of(struct ut__talks *talks, uint64_t id) UT_MUST_CHECK;

void ut__talks_free(struct ut__talks *talks);

#endif

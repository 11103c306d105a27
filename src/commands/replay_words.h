/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_REPLAY_WORDS_H
#define UT_COMMANDS_REPLAY_WORDS_H

/* The transcript beside a recording: what its caller said, judged, by time. */

#include <stddef.h>

#include <undertone/words.h>

#include "commands/options.h"

struct ut__replay_line {
    double t_s;
    char *text; /* Masked. */
    struct ut_words_score score;
};

struct ut__replay_words;

#ifdef UT_HAVE_TRANSCRIPT

/* Reads opt->transcript_path. Returns 0, or an exit status after a message. */
int ut__replay_words_read(struct ut__replay_words **out,
                          const struct ut__options *opt) UT_MUST_CHECK;
/* NULL is fine. */
void ut__replay_words_free(struct ut__replay_words *words);

/* Line `index`, in the order of their times; NULL: there are no more. Any thread. */
const struct ut__replay_line *ut__replay_words_line(const struct ut__replay_words *words,
                                                    size_t index);

#else /* A program without transcripts has no option for them. */

static inline int ut__replay_words_read(struct ut__replay_words **out,
                                        const struct ut__options *opt)
{
    (void)opt;
    *out = NULL;
    return 0;
}

static inline void ut__replay_words_free(struct ut__replay_words *words)
{
    (void)words;
}

static inline const struct ut__replay_line *
ut__replay_words_line(const struct ut__replay_words *words, size_t index)
{
    (void)words;
    (void)index;
    return NULL;
}
#endif

#endif

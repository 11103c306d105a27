/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_TEXT_OPTIONS_H
#define UT_COMMANDS_TEXT_OPTIONS_H

/* The options of the commands that read words, and the lists of phrases that they name. */

#include <undertone/words.h>

#include "contract/line.h"
#include "transcript/transcript.h"

/* Commands, as bits: an option says which take it. */
enum { UT__TEXT_WORDS = 1, UT__TEXT_FAQ = 2, UT__TEXT_KNOWLEDGE = 4 };

enum { UT__TEXT_LISTS_MAX = 8 };

struct ut__text_options {
    const char *language;       /* NULL: each line's own, or guessed. */
    const char *caller, *agent; /* Part of a name; NULL: not said. */
    enum ut__speaker unknown_is;
    const char *format; /* NULL: found by itself. */
    const char *lists[UT__TEXT_LISTS_MAX];
    unsigned list_count;
    float threshold;
    const char *data, *out;
    unsigned top;
    int json, check, text, keep;
    char **arguments; /* What is no option. */
    int argument_count;
};

struct ut__text_usage {
    const char *command, *synopsis, *about;
    int bit; /* UT__TEXT_... */
};

/* Returns -1 to go on, else the exit status to end with, after help or a message. */
int ut__text_options_read(struct ut__text_options *opt, const struct ut__text_usage *usage,
                          int argc, char **argv) UT_MUST_CHECK;

/* The lists: those named, and the built-in ones of the languages that none was named for. */
struct ut__text_lists {
    struct ut_words *list[UT__TEXT_LISTS_MAX + 3];
    unsigned count;
};
/* Returns 0, or an exit status after a message for each fault. */
int ut__text_lists_read(struct ut__text_lists *lists,
                        const struct ut__text_options *opt) UT_MUST_CHECK;
void ut__text_lists_free(struct ut__text_lists *lists);

/* The list for a line: by --language, its own language or a guess; NULL: none knows it. */
const struct ut_words *ut__text_list_of(const struct ut__text_lists *lists,
                                        const struct ut__text_options *opt,
                                        const struct ut__line *line);

/* Who speaks, by the options and by what the line says of itself. */
enum ut__speaker ut__text_who(const struct ut__text_options *opt, const struct ut__line *line);

/*
 * Reads a file's lines. Faults become messages. Returns 0, or UT__EXIT_FAILED when the file cannot
 * be read or has faults; what was read before them was told.
 */
int ut__text_file(const char *path, const struct ut__text_options *opt,
                  void (*line)(void *ctx, const struct ut__line *line), void *ctx) UT_MUST_CHECK;

#endif

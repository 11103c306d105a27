/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_FAQ_H
#define UT_COMMANDS_FAQ_H

/* undertone faq, with the record where this build has one. */

#include <stddef.h>

#include "commands/faq_out.h"
#include "contract/line.h"

/* What the record gives; each returns an exit status, after a message where it fails. */
struct ut__faq_record {
    /** Tells the lines that are kept in a data folder, in the order in which they came. */
    int (*lines)(const char *dir, void (*line)(void *ctx, const struct ut__line *line), void *ctx);
    /** Keeps a ranking of `lines` lines: json: [len] JSON Lines. */
    int (*keep)(const char *dir, const char *json, size_t len, size_t lines);
    /** See struct ut__faq_articles. */
    int (*answers)(void *dir, const struct ut__faq_group *group, char *title, size_t cap);
};

#define UT__FAQ_SUMMARY "rank what callers ask in chats, mails and transcripts"

/* record: NULL: there is none. Returns the exit status. */
int ut__faq_main(const struct ut__faq_record *record, int argc, char **argv);

#endif

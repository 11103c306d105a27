/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_FILE_LIST_H
#define UT_COMMANDS_FILE_LIST_H

#include <stddef.h>

#include <undertone/error.h>

/* Names of files from the command line and from a list. */
struct ut__file_list {
    char **paths; /* [count] */
    size_t count;
    char *memory; /* What a list held. */
};

/*
 * arguments: [n], borrowed as long as the list lives. from: a file with one name a line, "-" for
 * standard input; NULL: none. Empty lines are skipped.
 * Returns 0, or an exit status after a message.
 */
int ut__file_list_read(struct ut__file_list *list, char **arguments, int n,
                       const char *from) UT_MUST_CHECK;

void ut__file_list_free(struct ut__file_list *list);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_FILE_LIST_H
#define UT_COMMANDS_FILE_LIST_H

#include <stddef.h>

#include <undertone/error.h>

#include "commands/options.h"
#include "commands/recordings.h"

/* What a line of a list says of who is on which channel; 0: nothing. */
struct ut__file_roles {
    unsigned caller_channel, agent_channel;
    int no_agent;
    int mono_is_caller, mono_is_mixed;
};

/* Recordings from the command line and from a list, those below folders in the folder's place. */
struct ut__file_list {
    struct ut__recordings files;
    struct ut__file_roles *roles; /* [files.count] */
};

/*
 * arguments: [n] files and folders. from: a file with one name a line, or with a NUL behind each name,
 * "-" for standard input; NULL: none. Empty lines are skipped, and a byte order mark. Behind a tab a
 * line may say who is where: "caller=2 agent=1", "agent=none", "mono-is=caller".
 * Returns 0, or an exit status after a message. Release it either way.
 */
int ut__file_list_read(struct ut__file_list *list, char **arguments, int n,
                       const char *from) UT_MUST_CHECK;

void ut__file_list_free(struct ut__file_list *list);

/* The options as they are for one file. */
void ut__file_roles_apply(struct ut__options *opt, const struct ut__file_roles *roles);

/*
 * Reads what stands behind the tab. Returns 1; 0 when it does not look like roles at all and so is
 * part of the name; UT_EINVAL when it does, and is none.
 */
int ut__file_roles_read(struct ut__file_roles *roles, const char *text);

#endif

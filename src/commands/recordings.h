/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_RECORDINGS_H
#define UT_COMMANDS_RECORDINGS_H

/* The recordings of an archive, for the commands that take folders. */

#include <stddef.h>

#include "commands/options.h"

struct ut__recordings {
    char **path; /* [count], each its own memory. */
    size_t count, room;
};

/* Fills it from the arguments, by name. Returns 0, or an exit status after a message. */
int ut__recordings_list(struct ut__recordings *p, const struct ut__options *opt) UT_MUST_CHECK;

/* Adds what lies below a folder, by name. Returns 0 or UT_ENOMEM. */
int ut__recordings_add_folder(struct ut__recordings *p, const char *path) UT_MUST_CHECK;

/* Adds a copy of a path. Returns 0 or UT_ENOMEM. */
int ut__recordings_add(struct ut__recordings *p, const char *path) UT_MUST_CHECK;

void ut__recordings_free(struct ut__recordings *p);

#endif

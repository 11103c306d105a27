/* SPDX-License-Identifier: MIT */
#ifndef UT_ARCHIVE_META_H
#define UT_ARCHIVE_META_H

/*
 * What is known of recorded calls besides their sound: a CSV with the column `file`, a row a
 * recording. `call`, `queue`, `agent`, `caller` and `start` go where live calls have theirs, and every
 * other column is a tag of the call.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

struct ut__meta_row {
    const char *file; /* The end of its path: names, with folders where names are not enough. */
    const char *call, *queue, *agent, *caller; /* "" where nothing is said. */
    int64_t start_ms;                          /* Unix time; -1: not said. */
    char **fields;                             /* [columns] */
    size_t line;                               /* Of the file, from 1. */
    int used;                                  /* A recording was found for it. */
};

struct ut__meta {
    char **header; /* [columns] */
    int *is_tag;   /* [columns] */
    size_t columns;
    struct ut__meta_row *row; /* [count], by the last part of `file`. */
    size_t count;
    char *text;
    char **fields;
};

/**
 * Reads and checks all of it. Returns 0, or an exit status after a message that names the line, what
 * is wrong and what will do. Release it either way.
 */
int ut__meta_read(struct ut__meta *meta, const char *path) UT_MUST_CHECK;
void ut__meta_free(struct ut__meta *meta);

/** The row of a recording; NULL: there is none. Where several fit, the one that says the most. */
struct ut__meta_row *ut__meta_find(const struct ut__meta *meta, const char *path);

/**
 * "2026-11-30T09:15:00+01:00", "2026-11-30 09:15:00" (this machine's zone), or seconds or
 * milliseconds since 1970. Returns 0 or UT_EINVAL.
 */
int ut__meta_time(int64_t *ms, const char *text);

#endif

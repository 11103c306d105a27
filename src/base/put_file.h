/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_PUT_FILE_H
#define UT_BASE_PUT_FILE_H

#include <stddef.h>

#include <undertone/error.h>

/* A small file, written whole or not at all: beside it first, then in its place. */

/** Whether a file can be written there, before the work that fills it. Returns 0 or an errno. */
int ut__put_file_check(const char *path) UT_MUST_CHECK;

/**
 * bytes: [len]. A link at path stays, and the file that it leads to is replaced; what is no file, a pipe or
 * a device, never. Returns 0 or an errno; then what was at path is untouched.
 */
int ut__put_file(const char *path, const void *bytes, size_t len) UT_MUST_CHECK;
/** The same, for its owner alone, and a link is replaced: it may be another's. */
int ut__put_file_private(const char *path, const void *bytes, size_t len) UT_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_SLURP_H
#define UT_BASE_SLURP_H

#include <stddef.h>

#include <undertone/error.h>

/*
 * Reads a whole file into memory of its own, with a NUL behind it.
 *
 * path: "-" is standard input. max: a larger file is refused.
 * Returns 0 with *out (to be freed) and *len, else an errno: EFBIG, EISDIR, ENOENT, ENOMEM, ...
 */
int ut__slurp(char **out, size_t *len, const char *path, size_t max) UT_MUST_CHECK;

#endif

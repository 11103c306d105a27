/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_CALL_IDS_H
#define UT_COMMANDS_CALL_IDS_H

#include <stddef.h>

#include <undertone/error.h>

/*
 * Names the calls of a list of files: the file's name without folder and ending, in the letters of
 * call ids. Files in several folders that would get one name get eight digits of their path's hash
 * as well, in whatever order they come; a path that is given again gets "-2", "-3", ...
 *
 * paths: [n]. ids: [n], receives strings that live in *memory. The names depend on the paths alone.
 * *memory: to be freed. Returns 0 or UT_ENOMEM.
 */
int ut__call_ids(const char **ids, char **memory, char *const *paths, size_t n) UT_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_RULES_FILE_H
#define UT_TERMINAL_RULES_FILE_H

#include "alert/rules.h"

/*
 * Operators' rules from a file. told: gets what stands in it, to be freed; NULL: it is not wanted. Returns 0 with *out, to be freed; or UT_E... with place, what is wrong and
 * the remedy in why.
 */
int ut__rules_file_read(struct ut__rules **out, char **told, const char *path, char *why,
                        size_t cap) UT_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_SITE_FILE_H
#define UT_TERMINAL_SITE_FILE_H

#include <undertone/site.h>

/*
 * Gives the model the profile in a file. Returns 0, or UT_E... with what is wrong and the remedy,
 * without the path; then the model is as it was.
 */
int ut__site_file_use(struct ut_model *model, const char *path, char *why,
                      size_t cap) UT_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_RETAIN_H
#define UT_DAEMON_RETAIN_H

#include <stddef.h>

/** Reads "90d", "12w", "2y" or "0": days, or a negative error. */
int ut__serve_days(const char *text);

/** The same for an option's row: why gets what is wrong and what would do. */
int ut__serve_check_days(const char *text, char *why, size_t why_cap);

#endif

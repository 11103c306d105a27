/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_ALONE_H
#define UT_TERMINAL_ALONE_H

#include <stdio.h>

/**
 * From now on standard error holds messages of ours alone: a library that writes there as it likes
 * (libmpg123 of each odd frame) writes to nowhere. Before any thread; where the C library allows it.
 */
void ut__message_alone(void);

/* Where messages go: standard error. */
FILE *ut__message_file(void);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_TERMINAL_MESSAGE_H
#define UT_TERMINAL_MESSAGE_H

#include <stddef.h>

enum { UT__SAFE_MAX = 512 };

/*
 * Prints "undertone: SUBJECT: TEXT" to standard error, past a progress bar that may stand there.
 *
 * subject: a file, option or peer; NULL: none. It may hold anything: control characters are made
 * visible. Any thread.
 */
void ut__message(const char *subject, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Copies a name for people's eyes: control characters become '?', a long one loses its beginning,
 * an empty one is shown as ''.
 * dst: [cap], cap >= 8. Returns dst.
 */
const char *ut__safe_name(char *dst, size_t cap, const char *name);

#endif

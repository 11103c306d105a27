/* SPDX-License-Identifier: MIT */
#ifndef UT_MAIL_KEPT_H
#define UT_MAIL_KEPT_H

/* Messages that wait for the mail server, in a folder: a file NAME.eml each, for its owner alone. */

#include <stddef.h>

#include <undertone/error.h>

#include "base/text.h"
#include "mail/mail.h"

enum { UT__KEPT_NAME_MAX = 57 /* Bytes of a name, with NUL. */ };

/** Keeps a message, in place of one of the same name. The folder is made. Returns 0 or an errno. */
int ut__kept_put(const char *dir, const char *name, const struct ut__text *message) UT_MUST_CHECK;

/* Who hears of a message that did not go: is_dropped 1 where the server refuses it for good. */
typedef void(ut__kept_told)(void *arg, const char *path, const char *why, int is_dropped);

/**
 * Sends what is kept but for names that begin with `except` (NULL: all), until the server is away. One
 * process at a time: while another does, nothing is. Blocks. Returns how many are left.
 */
size_t ut__kept_send(const struct ut__smtp *smtp, const char *dir, const char *except,
                     ut__kept_told *told, void *arg);

#endif

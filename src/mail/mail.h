/* SPDX-License-Identifier: MIT */
#ifndef UT_MAIL_MAIL_H
#define UT_MAIL_MAIL_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "base/text.h"

enum { UT__MAIL_TO_MAX = 32, UT__MAIL_ADDRESS_MAX = 255, UT__MAIL_WHY_MAX = 400 };

/* A message. Texts are UTF-8 and borrowed. */
struct ut__mail {
    const char *from;
    const char *const *to; /* [to_count] */
    size_t to_count;
    const char *subject;
    const char *text;
    const char *html;     /* NULL: none. */
    const char *csv;      /* NULL: none; else attached under csv_name. */
    const char *csv_name; /* Letters of file names alone. */
    const char *id; /* Of the message, letters and digits: the same one is the same message. */
    const char
        *about; /* The id of the one that it follows, so that they stand together; NULL: none. */
    int64_t time_ms;
};

/** 1 for an address that a message can be sent to: "name@host", printable ASCII, no brackets. */
int ut__mail_is_address(const char *text);

/** Writes the message. A failed allocation shows in t->failed. */
void ut__mail_write(struct ut__text *t, const struct ut__mail *mail);

/* A mail server. */
struct ut__smtp {
    const char *url;             /* "smtp://mail.example:587", "smtps://...". */
    const char *user, *password; /* NULL: nobody signs in. */
    long wait_ms;                /* No longer than this for a message; 0: 30 s. */
};

/**
 * Sends a message that ut__mail_write wrote: its From and To are the envelope's. Blocks.
 * message: NUL-terminated. why: [UT__MAIL_WHY_MAX] gets what is wrong and the remedy.
 * Returns 0; UT_EINVAL when the server refuses it for good, UT_EIO when it may be tried again.
 */
int ut__mail_send(const struct ut__smtp *smtp, const char *message, char *why) UT_MUST_CHECK;

#endif

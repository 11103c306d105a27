/* SPDX-License-Identifier: MIT */
#ifndef UT_ARCHIVE_POST_H
#define UT_ARCHIVE_POST_H

/* A report by mail: what a server does not take now is kept in the record's folder, and goes first the next time. */

#include "contract/option.h"
#include "export/report/archive.h"

struct ut__post {
    struct ut__option_list to;
    char *from, *smtp, *user, *password_file;
};

/** Checks addresses and files before the work. Returns 0, or an exit status after a message. */
int ut__post_check(const struct ut__post *post);

/**
 * Sends what is kept in DIR/mail, then this report. Returns an exit status after messages: 1 also
 * where it was kept.
 */
int ut__post_send(const struct ut__post *post, const char *dir, const struct ut__report *report,
                  const struct ut__archive_style *style);

#endif

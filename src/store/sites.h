/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SITES_H
#define UT_STORE_SITES_H

/*
 * What is usual in a queue, learnt from calls that end: sites.c keeps the profiles and what people chose,
 * sites_learn.c learns. Store's thread, in a transaction; SQLite codes.
 */

#include <undertone/site.h>

#include "contract/inquiry.h"

struct ut__store;

/* A row of `sites`, with the text of what is applied. */
struct ut__site_stored {
    struct ut__site_wish wish;
    char mode[UT__SITE_MODE_MAX]; /* That holds. */
    char learnt[UT_SITE_TEXT_MAX], applied[UT_SITE_TEXT_MAX];
    char checksum[UT__SITE_SUM_MAX];
    uint8_t aside;
};

/** The row of a queue. *found: 0 where there is none. */
int ut__site_load(struct ut__store *s, const char *queue, struct ut__site_stored *out, int *found);
/** Makes a queue's row, unless there are too many. */
int ut__site_add(struct ut__store *s, const char *queue);
/**
 * What a text of a profile says. Returns 1 when it is enough; 0 when it is too little, and the memory
 * alone holds; a negative error for what is no profile of the record's model, and *out is empty.
 */
int ut__site_of(const struct ut__store *s, const char *text, struct ut_site *out);
/** Puts a profile's text aside, whose error was err. */
int ut__site_set_aside(struct ut__store *s, const char *queue, const char *text, int err);
/** Has the queue's calls begin with what the choice asks for, as far as it has been learnt. */
int ut__site_hold_to_choice(struct ut__store *s, const char *queue);

/** At the start: sets aside what cannot be used with this model. */
int ut__sites_begin(struct ut__store *s);
/** Forgets what no kept call can have begun with, and who taught. */
int ut__sites_retain(struct ut__store *s, int64_t before_ms);
int ut__sites_forget_caller(struct ut__store *s, const char *caller_key);

#endif

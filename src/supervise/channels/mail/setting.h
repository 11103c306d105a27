/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_MAIL_SETTING_H
#define UT_SUPERVISE_CHANNELS_MAIL_SETTING_H

#include <stddef.h>

#include <undertone/error.h>

#include "mail/mail.h"
#include "supervise/channels/filter.h"

/* Receivers of alerts as the configuration has them, read. Owned; _clear releases it. */
struct ut__mail_setting {
    char *to[UT__MAIL_TO_MAX];
    size_t to_count;
    char *own; /* A template: its first line is the subject; NULL: the built-in one. */
    struct ut__channel_filter filter;
};

/**
 * Reads "ADDRESS[,ADDRESS...][,template=FILE][,on=raised+cleared][,queue=Q+...][,agent=A+...]
 * [,severity=high+...]". why: a sentence with the remedy on failure. Returns 0, UT_EINVAL, UT_ENOMEM.
 * Reads files.
 */
int ut__mail_setting_read(struct ut__mail_setting *out, const char *text, char *why,
                          size_t why_cap) UT_MUST_CHECK;
void ut__mail_setting_clear(struct ut__mail_setting *m);

/** For an option's row: reads it and lets it go. Returns 0 or an error. */
int ut__mail_setting_check(const char *text, char *why, size_t why_cap);

#endif

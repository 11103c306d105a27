/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_WEBHOOK_SETTING_H
#define UT_SUPERVISE_CHANNELS_WEBHOOK_SETTING_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "supervise/channels/filter.h"
#include "supervise/channels/template.h"

/* A webhook as the configuration has it, read. Owned; ut__webhook_setting_clear releases it. */
struct ut__webhook_setting {
    char *url;     /* https:// or, to loopback alone, http://. */
    char *secret;  /* Signs each body; NULL: not signed. */
    char *ca_file; /* NULL: the system's certificates. */
    char *own;     /* The template's text, for UT__WEBHOOK_OWN. */
    char *headers; /* Lines "Name: value", checked; NULL: none. */
    char *routing; /* A key for the body, {{routing}}; NULL: none. */
    struct ut__channel_filter filter;
    enum ut__webhook_template template;
};

/**
 * Reads "URL[,template=NAME|FILE][,on=raised+cleared][,secret-file=F][,header-file=F][,routing-key-file=F]
 * [,queue=Q+...][,agent=A+...][,severity=high+...][,ca=F]". What is secret comes from files, so that it
 * is on no command line; their last line ends are cut off.
 * why: a sentence with the remedy on failure. Returns 0, UT_EINVAL or UT_ENOMEM. Reads files.
 */
int ut__webhook_setting_read(struct ut__webhook_setting *out, const char *text, char *why,
                             size_t why_cap) UT_MUST_CHECK;
void ut__webhook_setting_clear(struct ut__webhook_setting *w);

/** For an option's row: reads it and lets it go. Returns 0 or an error. */
int ut__webhook_setting_check(const char *text, char *why, size_t why_cap);

#endif

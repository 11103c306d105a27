/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HELP_LINK_H
#define UT_SUPERVISE_HELP_LINK_H

#include <stddef.h>

#include <undertone/error.h>

#include "base/text.h"

/*
 * Help one click away: an address by template, `NAME=URL`, that opens in the supervisor's browser: the
 * phone (tel, sip) or a page of the PBX (https). Pure; any thread.
 *
 * A call's values come from outside. They stand percent-encoded (RFC 3986) and never in scheme or host,
 * so they can neither end the part that they stand in nor lead elsewhere.
 */

enum { UT__HELP_LINKS_MAX = 12, UT__HELP_NAME_MAX = 40, UT__HELP_URL_MAX = 512 };

struct ut__help_link {
    char name[UT__HELP_NAME_MAX]; /* As the button says it, UTF-8. */
    char url[UT__HELP_URL_MAX];   /* With {names}. */
};

/* What stands for the names; never NULL. */
struct ut__help_values {
    const char *call, *agent, *queue, *node, *source, *caller_key, *by;
};

/** Reads `NAME=URL`. Returns 0, or UT_EINVAL with the fault and the remedy in why. */
int ut__help_link_read(struct ut__help_link *out, const char *text, char *why,
                       size_t why_cap) UT_MUST_CHECK;

/**
 * Writes the address for a call. Returns 0; UT_EINVAL with the name in *missing, which the call has no
 * value for; UT_EMALFORMED where a value would be a step in the path (. or ..); UT_ENOMEM.
 */
int ut__help_link_fill(const struct ut__help_link *link, const struct ut__help_values *values,
                       struct ut__text *out, const char **missing) UT_MUST_CHECK;

#endif

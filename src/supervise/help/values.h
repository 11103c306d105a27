/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HELP_VALUES_H
#define UT_SUPERVISE_HELP_VALUES_H

#include <stddef.h>

#include <undertone/error.h>

#include "base/text.h"

/*
 * What stands for the {names} of an action. The values come from outside: each is escaped for its
 * place, or refused, so that it can end neither the word nor the line that it stands in. Pure; any
 * thread.
 */

/* None is NULL; "" where there is none. */
struct ut__help_values {
    const char *call, *agent, *queue, *node, *source, *caller_key, *by, *phone, *replaces;
};

enum ut__help_place {
    UT__HELP_IN_ADDRESS, /* Percent-encoded (RFC 3986). */
    UT__HELP_IN_COMMAND, /* As it is, if it has letters, digits and . _ + - alone. */
    UT__HELP_IN_TEXT,    /* As it is, for people; control characters become spaces. */
    UT__HELP_IN_JSON     /* Escaped (RFC 8259): it stands within a string's quotes. */
};

/** The {name} at p, its length with braces in *len; NULL for none that there is. */
const char *ut__help_name_at(const char *p, size_t *len);

/** Every { begins a name that there is, and no } stands alone? Returns 0, or UT_EINVAL with why. */
int ut__help_check_names(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;

/** 1 for a value that UT__HELP_IN_COMMAND takes. */
int ut__help_is_plain(const char *value);

/** Of sip:ana@pbx the ana, into out: [cap]; of others all. */
void ut__help_user(const char *value, char *out, size_t cap);

/**
 * Fills a text. Returns 0; UT_EINVAL with the name in *name that there is no value for; UT_EMALFORMED
 * with the name of a value that may not stand in its place; UT_ENOMEM.
 */
int ut__help_fill(const char *text, enum ut__help_place place, const struct ut__help_values *values,
                  struct ut__text *out, const char **name) UT_MUST_CHECK;

#endif

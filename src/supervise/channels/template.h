/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_TEMPLATE_H
#define UT_SUPERVISE_CHANNELS_TEMPLATE_H

#include <stddef.h>

#include <undertone/error.h>

#include "base/text.h"

enum { UT__TEMPLATE_MAX = 16384 };

/* What a webhook's body looks like. */
enum ut__webhook_template {
    UT__WEBHOOK_JSON,      /* The notice as the record has it, with `time` and `links`:
                              {"key","time_ms","node","action","by","alert":{...},"time","links"} */
    UT__WEBHOOK_SLACK,     /* {"text", "blocks"} */
    UT__WEBHOOK_TEAMS,     /* An adaptive card, with Action.OpenUrl where there is a link. */
    UT__WEBHOOK_TEXT,      /* One plain sentence. */
    UT__WEBHOOK_PAGERDUTY, /* Events API v2: trigger, acknowledge, resolve. */
    UT__WEBHOOK_OPSGENIE,  /* Alert API: create, acknowledge, close, by their addresses. */
    UT__WEBHOOK_OWN,       /* A text with {{names}}. */
    UT__WEBHOOK_TEMPLATES
};

/* What a template is filled with, beside the notice. */
struct ut__template_with {
    const char *base_url; /* For links; NULL: none. */
    const char *routing;  /* {{routing}}: a key that the receiver wants in the body; NULL: "". */
};

/** The built-in one of a name: json, slack, teams, text, pagerduty, opsgenie; -1 for none such. */
int ut__template_named(const char *name);

/**
 * The text of a built-in template; NULL for UT__WEBHOOK_JSON and UT__WEBHOOK_OWN. linked: there are links.
 * Static.
 *
 * A template is text with names in double braces, each once or often; ut__template_names lists them. In
 * one that begins with { or [ the values are escaped as JSON asks, without their quotes. {{name|slack}}
 * and {{name|markdown}} take from a value what would be markup there, such as a mention or a link.
 */
const char *ut__template_text(enum ut__webhook_template which, int linked);

/** The names, in one text with spaces between. Static. */
const char *ut__template_names(void);

/**
 * Checks a template: every name known, no brace left open, and JSON where it begins like JSON.
 * why: a sentence that names the fault. Returns 0 or UT_EMALFORMED.
 */
int ut__template_check(const char *text, char *why, size_t cap);

/**
 * Fills a template. notice: the outbox's body. Returns 0, UT_EMALFORMED (notice or template),
 * UT_ENOMEM.
 */
int ut__template_fill(const char *text, const char *notice, const struct ut__template_with *with,
                      struct ut__text *out);

/** The body of UT__WEBHOOK_JSON. Returns as ut__template_fill. */
int ut__template_json(const char *notice, const struct ut__template_with *with,
                      struct ut__text *out);

/** "application/json" or "text/plain; charset=utf-8", by how it begins. */
const char *ut__template_type(const char *text);

#endif

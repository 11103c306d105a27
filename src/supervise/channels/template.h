/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_TEMPLATE_H
#define UT_SUPERVISE_CHANNELS_TEMPLATE_H

#include <stddef.h>

#include <undertone/error.h>

#include "base/text.h"

enum { UT__TEMPLATE_MAX = 16384 };

/* What a webhook's body looks like. */
enum ut__webhook_template {
    UT__WEBHOOK_JSON,  /* The notice as the record has it: {"key","time_ms","node","action","by",
                          "alert":{...}}, the Alert as the OpenAPI file describes it. */
    UT__WEBHOOK_SLACK, /* {"text", "blocks"} */
    UT__WEBHOOK_TEAMS, /* An adaptive card. */
    UT__WEBHOOK_TEXT,  /* One plain sentence. */
    UT__WEBHOOK_OWN    /* A text with {{names}}. */
};

/** The built-in one of a name: json, slack, teams, text; -1 when there is none such. */
int ut__template_named(const char *name);

/**
 * The text of a built-in template; NULL for UT__WEBHOOK_JSON and UT__WEBHOOK_OWN. Static.
 *
 * A template is text with names in double braces, each once or often: key, action, title, sentence,
 * text, alert, call, node, queue, agent, state, by, stress, t, link. In one that begins with { or [
 * the values are escaped as JSON asks, without their quotes.
 */
const char *ut__template_text(enum ut__webhook_template which);

/**
 * Checks a template: every name known, no brace left open, and JSON where it begins like JSON.
 * why: a sentence that names the fault. Returns 0 or UT_EMALFORMED.
 */
int ut__template_check(const char *text, char *why, size_t cap);

/**
 * Fills a template. notice: the outbox's body. base_url: for {{link}}; NULL: no links.
 * Returns 0, UT_EMALFORMED (notice or template), UT_ENOMEM.
 */
int ut__template_fill(const char *text, const char *notice, const char *base_url,
                      struct ut__text *out);

/** "application/json" or "text/plain; charset=utf-8", by how it begins. */
const char *ut__template_type(const char *text);

#endif

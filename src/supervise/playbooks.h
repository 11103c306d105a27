/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_PLAYBOOKS_H
#define UT_SUPERVISE_PLAYBOOKS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <undertone/error.h>

#include "supervise/feed/wall.h"

/*
 * Which articles come up on a call by what it is, before a word is known:
 *
 *     when queue=Cancellations and alert: cancel.md
 *     when queue=VIP* and state=elevated: VIP callers
 *
 * A line each; `#` begins a comment. What may be asked: queue=, agent=, source= with `*` and `?`,
 * state=calm|elevated|alert, severity=low|medium|high of the open alert, and alert: one is open.
 * The article is named by its path, the end of it, or its title.
 */

enum {
    UT__PLAYBOOKS_MAX = 64,
    UT__PLAYBOOKS_TEXT_MAX = 65536,
    UT__PLAYBOOK_ARTICLE_MAX = 256, /* Bytes with NUL. */
    UT__PLAYBOOKS_SHOWN = 3         /* At once. */
};

struct ut__playbook {
    char queue[UT__CALL_LABEL_MAX], agent[UT__CALL_LABEL_MAX], source[UT__CALL_LABEL_MAX];
    char state[16], severity[16]; /* "": any, as above. */
    uint8_t alert;                /* 1: one is open. */
    char article[UT__PLAYBOOK_ARTICLE_MAX];
};

struct ut__playbooks {
    struct ut__playbook book[UT__PLAYBOOKS_MAX];
    uint32_t count;
};

/**
 * Reads the text of a file. why: "LINE: what: remedy". Returns 0; UT_EMALFORMED, UT_ETOOBIG. Pure.
 */
int ut__playbooks_read(struct ut__playbooks *out, const char *text, size_t len, char *why,
                       size_t cap) UT_MUST_CHECK;

/**
 * The articles for a call, the first that fit. severity: of its open alert; NULL: none is open.
 * sees_state: 0: for who is not to learn how the caller sounds; what asks for that does not fit.
 * Returns a new array of texts.
 */
json_t *ut__playbooks_find(const struct ut__playbooks *p, const struct ut__card *card,
                           const char *severity, int sees_state);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_SCOPE_H
#define UT_SUPERVISE_SCOPE_H

#include "contract/inquiry.h"

struct json_t; /* jansson.h and re.h do not go together. */

/*
 * The queues that somebody sees, as one text: "" for all, else the names in alphabetical order, each
 * ended by a line feed. Two people of one team so have equal texts. Pure; any thread.
 */

enum { UT__SCOPE_QUEUES = 32 };

/** 1 when a call of this queue is seen: always where scope is "". */
int ut__scope_has(const char *scope, const char *queue);

/**
 * Adds a queue. Returns 1; 0 for a name that is empty, too long or holds a control character, or
 * where there is no room: scope is as before.
 */
int ut__scope_add(char scope[UT__SCOPE_BYTES], const char *queue);

/** From an array of names; NULL, null and [] give all. Returns 0 when a name will not do. */
int ut__scope_from_json(char scope[UT__SCOPE_BYTES], const struct json_t *names);

/** As an array of names, [] for all; to decref, NULL for want of memory. */
struct json_t *ut__scope_to_json(const char *scope);

#endif

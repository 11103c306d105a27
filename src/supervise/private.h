/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_PRIVATE_H
#define UT_SUPERVISE_PRIVATE_H

/* Between nodes of one house, sealed under their key: requests, their answers, and orders. Hub thread. */

#include "base/json.h"

struct ut__supervise;

/* Sealed requests that were heard within the time that they are good for. */
struct ut__heard {
    char nonce[16];
    int64_t until_ms; /* Steady clock. */
};

/** How long a request is good for, and how far apart clocks may be. */
enum { UT__PRIVATE_GOOD_MS = 60000 };

/** Tells one node alone. */
void ut__private_tell(struct ut__supervise *sv, const char *node, const char *kind,
                      const char *json);
/** What another node has told this one so; NULL: it is not of this house. */
json_t *ut__private_told(struct ut__supervise *sv, const char *node, const char *kind,
                         const json_t *event);
/** An order to act on an alert of that node, as all nodes may keep it: {"node","sealed"}. NULL: it could not be. */
char *ut__private_order(struct ut__supervise *sv, const char *node, const json_t *order);
json_t *ut__private_ordered(struct ut__supervise *sv, const char *node, const json_t *event);
/** Has this been heard before, so that somebody repeats it? Notes it. More than there is room for are as good as heard. */
int ut__private_heard(struct ut__supervise *sv, const json_t *event);
#endif

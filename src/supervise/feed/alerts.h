/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_ALERTS_H
#define UT_SUPERVISE_FEED_ALERTS_H

#include <jansson.h>

#include "supervise/text.h"

/*
 * The alerts that the page shows: the open ones of all nodes, and those of live calls. The store
 * keeps all of this node's; these are copies, as told by the store and by the bus. They are kept as
 * the texts that clients get: as trees of jansson's each would take four times as much. Hub thread.
 */

/* An alert as its text, with what it is looked for by. */
struct ut__alert {
    struct ut__alert *prev, *next;                        /* In the order in which they came. */
    struct ut__alert *bucket;                             /* The next with the same hash. */
    const char *id, *node, *call, *queue, *agent, *state; /* In `texts`, as the next. */
    const char *json;
    char texts[];
};

struct ut__alerts {
    struct ut__alert *first, *last;
    struct ut__alert *buckets[1024];
    unsigned count;
};

/** All zero to start; forgets all. */
void ut__alerts_release(struct ut__alerts *a);

/** Takes the newest state of an alert; borrowed. Returns 1 when it is news, 0 when it is as before.
 */
int ut__alerts_put(struct ut__alerts *a, const json_t *alert);
/** Borrowed, until the next change, or NULL. */
const struct ut__alert *ut__alerts_find(const struct ut__alerts *a, const char *id);
/** 1 while somebody has to see to it. */
int ut__alert_is_open(const json_t *alert);
/** Forgets the closed alerts of a call that has ended. */
void ut__alerts_call_ended(struct ut__alerts *a, const char *node, const char *call);
/** Forgets every alert of a call. */
void ut__alerts_erase_call(struct ut__alerts *a, const char *call);
/** Writes an array of Alerts: all, or the open ones of a queue and agent (NULL: any). */
void ut__alerts_json(const struct ut__alerts *a, int open_only, const char *queue,
                     const char *agent, struct ut__text *out);
/** How many are in a state. */
unsigned ut__alerts_count(const struct ut__alerts *a, const char *state);

#endif

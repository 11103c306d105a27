/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_ALERTS_H
#define UT_SUPERVISE_ALERTS_H

#include <jansson.h>

#include "supervise/text.h"

/*
 * The alerts that the page shows: the open ones of all nodes, and those of live calls. The store
 * keeps all of this node's; these are copies, as told by the store and by the bus. Hub thread.
 */
struct ut__alerts {
    json_t *by_id; /* Object: alert id -> Alert. */
};

/** Returns 0 or UT_ENOMEM. */
int ut__alerts_init(struct ut__alerts *a);
void ut__alerts_release(struct ut__alerts *a);

/** Takes the newest state of an alert; borrowed. Returns 1 when it is news, 0 when it is as before.
 */
int ut__alerts_put(struct ut__alerts *a, json_t *alert);
/** Borrowed, or NULL. */
json_t *ut__alerts_find(const struct ut__alerts *a, const char *id);
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

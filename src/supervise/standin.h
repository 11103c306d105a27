/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_STANDIN_H
#define UT_SUPERVISE_STANDIN_H

/* Who sees to the alerts of a node that died. Hub thread. */

#include "base/json.h"
#include "contract/news.h"

struct ut__supervise;

/* An order to act on an alert of a node that may be dead; the bus keeps it for that node. */
struct ut__order {
    struct ut__order *next;
    char node[UT__NODE_BYTES];
    char *key;
    json_t *order;
};

/** Somebody acts on an alert of another node. order: borrowed. */
void ut__standin_order(struct ut__supervise *sv, const char *node, const char *key, json_t *order);
/** This node stands in for that one, or not any more. */
void ut__standin_held(struct ut__supervise *sv, const char *node, int held);
/** Once a second: asks to stand in for the dead, escalates and lets expire. */
void ut__standin_tick(struct ut__supervise *sv);
void ut__standin_release(struct ut__supervise *sv);

#endif

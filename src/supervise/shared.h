/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_SHARED_H
#define UT_SUPERVISE_SHARED_H

/* What people set, one on all nodes: between the record and the bus. Hub thread. */

#include <stdint.h>

#include "base/json.h"

#define UT__SEALED_KEY "join."

enum { UT__SEALED_MAX = 8 };

/* The nodes' key, sealed for a new one: under which name the bus keeps it. */
struct ut__sealed {
    char key[40], text[160];
    int64_t revision;
};

struct ut__supervise;

/** Gives the bus what it has not got; nothing while it is away. */
void ut__shared_send(struct ut__supervise *sv);
/** Once a second: sealed keys that hold no more go. */
void ut__shared_tick(struct ut__supervise *sv);
/** What the bus keeps: see `kept` in contract/edge.h. json: borrowed; root: the same, read. */
void ut__shared_take(struct ut__supervise *sv, const char *json, const json_t *root);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_NODES_H
#define UT_SUPERVISE_NODES_H

/* The nodes of the bus. Hub thread. */

#include <stdint.h>

#include "supervise/feed/wall.h"

struct ut__supervise;

enum { UT__NODES_MAX = 64 };

/* Another node of the bus, or this one. */
struct ut__node {
    char name[UT__NODE_BYTES];
    int64_t seen_ms;  /* Unix time, to be shown. */
    int64_t heard_ms; /* The same on the steady clock, to be waited by. */
    uint32_t calls;
    uint8_t alive, draining;
};

/* Once a second: nodes that are silent lose their calls. */
void ut__nodes_tick(struct ut__supervise *sv);
/* Once a second: how many calls are left of a node that drains is a problem, so that all see it. */
void ut__draining_tick(struct ut__supervise *sv);
void ut__node_seen(struct ut__supervise *sv, const char *name, uint32_t calls, int draining);

#endif

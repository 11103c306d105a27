/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_NODES_H
#define UT_SUPERVISE_NODES_H

/* The nodes of the bus. Hub thread. */

#include <stdint.h>

#include "base/json.h"
#include "supervise/feed/wall.h"

struct ut__supervise;

enum { UT__NODES_MAX = 64 };

/* Another node of the bus, or this one. */
struct ut__node {
    char name[UT__NODE_BYTES], instance[24]; /* instance: of the process that has the name. */
    int64_t seen_ms;                         /* Unix time, to be shown. */
    int64_t heard_ms;                        /* The same on the steady clock, to be waited by. */
    char version[16];                        /* "": 0.1 or older. */
    uint32_t calls, speaks;                  /* speaks: UT__BUS_SPEAKS of its version. */
    uint8_t alive, draining, lost;           /* lost: its calls have left the wall. */
    uint8_t held;                            /* This node stands in for it. */
    uint8_t is_ours;                         /* Its lease was signed (signed.c). */
    int64_t lease_n, said_n,
        at_ms; /* The newest of its lease and of what it said; its clock then. */
};

/* Once a second: nodes that are silent are a problem with their names, and lose their calls at last. */
void ut__nodes_tick(struct ut__supervise *sv);
/* It has said that it leaves. */
void ut__node_left(struct ut__supervise *sv, const char *name);
/* Once a second: how many calls are left of a node that drains is a problem, so that all see it. */
void ut__draining_tick(struct ut__supervise *sv);
/* NULL: nobody of that name; of `add`: there is no room. */
struct ut__node *ut__node_find(struct ut__supervise *sv, const char *name);
struct ut__node *ut__node_add(struct ut__supervise *sv, const char *name);
/* What its lease says. Another process under its name: the calls of the former are lost. */
void ut__node_seen(struct ut__supervise *sv, const char *name, const json_t *lease);
/* 1 when it is of another version, so that it takes no orders of this node; or when nobody knows it: 0. */
int ut__node_is_other(struct ut__supervise *sv, const char *name);

#endif

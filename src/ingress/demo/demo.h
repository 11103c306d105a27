/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_DEMO_DEMO_H
#define UT_INGRESS_DEMO_DEMO_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/port.h"

/*
 * Recordings played as if they were live calls, over and over, so that a newcomer sees the wall
 * move. Queues and agents are invented; the source of each call says "demo".
 *
 * Hub thread only. The recordings are decoded into memory at start: nothing reads a disk later.
 */

enum {
    UT__DEMO_CALLS_MAX = 2000,  /* At once. */
    UT__DEMO_FILES_MAX = 256,   /* More are refused. */
    UT__DEMO_FILE_MAX_S = 1200, /* Of each recording so much is played. */
    UT__DEMO_CALLS_FEWEST = 6   /* At once, when nothing else is asked for. */
};

struct ut__demo_config {
    const char *const *files; /* [file_count], borrowed for ut__demo_start. */
    size_t file_count;
    uint32_t calls;          /* At once; 0: as many as there are files, 6 at least. */
    uint32_t caller_channel; /* From 1; 0: what the file says, else 1. */
    uint32_t agent_channel;  /* From 1; 0: what the file says, else 2. */
    int mono_is_caller;      /* 1: recordings of one channel hold the caller alone. */
};

struct ut__demo;

/**
 * Decodes the recordings and begins the first calls; the rest follow within 20 s.
 *
 * port: borrowed, outlives the demo. why: [why_cap] gets the place and the remedy. A recording that
 * cannot be used is logged and left out; it is an error when none is left.
 * Returns 0, UT_EINVAL or UT_ENOMEM; *out is untouched on failure.
 */
int ut__demo_start(struct ut__demo **out, const struct ut__demo_config *cfg,
                   const struct ut__port *port, char *why, size_t why_cap) UT_MUST_CHECK;

/** Ends the calls that play and releases all. NULL is fine. */
void ut__demo_stop(struct ut__demo *demo);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_RETIRE_H
#define UT_SUPERVISE_RETIRE_H

/* A node that leaves for good hands the timelines of its calls to the bus. Hub thread. */

#include <stdint.h>

#include "base/json.h"

struct ut__supervise;

struct ut__retire {
    uint8_t on, done, empty; /* empty: the record had no more at the last look. */
    uint32_t kept, alerts,
        waiting; /* Calls that are handed; alerts that are open, and what the bus or channels want. */
    int64_t after;   /* Row of the call that is on its way, or was the last. */
    int64_t sent_ms; /* Steady clock; 0: none is on its way. */
    char why[160];   /* The bus did not take the last one. */
};

/** What the bus tells: "handed". Returns 0: another kind. */
int ut__retire_take(struct ut__supervise *sv, const char *kind, const json_t *root);
/** Once a second. */
void ut__retire_tick(struct ut__supervise *sv);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_EXPOSURE_H
#define UT_SUPERVISE_FEED_EXPOSURE_H

#include <stdint.h>

#include "contract/stream.h"

enum { UT__EXPOSURE_AGENTS = 1024, UT__EXPOSURE_MINUTES = 60 };

/*
 * How many seconds of the last hour each agent has spent with a caller in state alert. Computed
 * from callers' stress alone. Hub thread.
 */
struct ut__exposure {
    struct {
        char agent[UT__CALL_LABEL_MAX];
        uint16_t seconds[UT__EXPOSURE_MINUTES];
        int64_t minute; /* The newest one counted. */
        int told;       /* A break was called for and is not over yet. */
    } agents[UT__EXPOSURE_AGENTS];
    uint32_t count;
};

/**
 * Counts a second. minute: of a steady or Unix clock. limit_min: minutes at which a break is due.
 * Returns the alert minutes of the last hour when a break becomes due with this second, else 0.
 */
double ut__exposure_add(struct ut__exposure *e, const char *agent, int64_t minute,
                        uint32_t limit_min);

/** Alert seconds in the hour that ends with this minute, of the agent at index i. */
uint32_t ut__exposure_seconds(const struct ut__exposure *e, uint32_t i, int64_t minute);

#endif

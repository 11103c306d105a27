/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_LIVE_METRICS_H
#define UT_DAEMON_LIVE_METRICS_H

#include <stddef.h>

#include "contract/edge.h"
#include "contract/live_stats.h"

/* One row of an edge. */
struct ut__edge_count {
    const char *edge;
    struct ut__edge_stat stat;
};

/**
 * Writes what the daemon counts of its live calls, and its edges at their doors, as OpenMetrics
 * lines, without the closing # EOF.
 * counts: [count]. buf: [cap]; what does not fit is left out at a line's end. Returns the bytes
 * written.
 */
size_t ut__live_metrics(const struct ut__live_stats *s, const struct ut__edge_count *counts,
                        size_t count, char *buf, size_t cap);

#endif

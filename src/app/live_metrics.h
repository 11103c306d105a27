/* SPDX-License-Identifier: MIT */
#ifndef UT_APP_LIVE_METRICS_H
#define UT_APP_LIVE_METRICS_H

#include <stddef.h>

#include "call/live_stats.h"

/**
 * Writes what the daemon counts of its live calls as OpenMetrics lines, without the closing # EOF.
 * buf: [cap]; what does not fit is left out at a line's end. Returns the bytes written.
 */
size_t ut_live_metrics(const struct ut_live_stats *stats, char *buf, size_t cap);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_LIVE_METRICS_H
#define UT_DAEMON_LIVE_METRICS_H

#include <stddef.h>

#include "contract/live_stats.h"
#include "daemon/ingress_stats.h"

/**
 * Writes what the daemon counts of its live calls, and the ingresses at their doors, as OpenMetrics
 * lines, without the closing # EOF.
 * buf: [cap]; what does not fit is left out at a line's end. Returns the bytes written.
 */
size_t ut__live_metrics(const struct ut__live_stats *s, const struct ut__ingress_stats *doors,
                        char *buf, size_t cap);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_METRICS_H
#define UT_SUPERVISE_METRICS_H

/* OpenMetrics. Hub thread. */

#include <stdint.h>

#include "base/text.h"

struct ut__supervise;

enum { UT__LATENCY_BUCKETS = 9 };

/* How long after its event something was told, in buckets of upper bounds in seconds. */
struct ut__latency {
    uint64_t buckets[UT__LATENCY_BUCKETS], count;
    double sum_s;
};

void ut__metrics_text(struct ut__supervise *sv, struct ut__text *out);
void ut__latency_add(struct ut__latency *l, double seconds);

#endif

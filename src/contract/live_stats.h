/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_LIVE_STATS_H
#define UT_CONTRACT_LIVE_STATS_H

#include <stdint.h>

/*
 * What the daemon counts of its live calls, for metrics: plain data, taken by the hub thread.
 * Everything but `calls`, `calls_unknown`, `workers` and the loads only grows.
 */

enum {
    UT__LIVE_WORKERS_MAX = 64,
    UT__LIVE_LATENCY_BUCKETS = 10 /* Upper ends in ut__live_latency_ms, the last one is +Inf. */
};

static const uint32_t ut__live_latency_ms[UT__LIVE_LATENCY_BUCKETS - 1] = {1,  2,   5,   10, 20,
                                                                           50, 100, 200, 500};

struct ut__live_stats {
    uint32_t calls, workers;
    uint64_t calls_opened, calls_refused; /* Refused: more than --max-calls. */
    uint64_t calls_lost;                  /* Ended for want of media. */
    uint64_t calls_failed;                /* Ended by a fault. */
    uint32_t calls_unknown;               /* Of `calls`: nobody said who the caller is. */
    uint64_t packets, packets_lost, packets_late, packets_foreign, packets_malformed;
    uint64_t packets_unknown_pt, packets_srtp; /* Thrown away: no such payload type; no key fits. */
    uint64_t socket_dropped; /* Packets that the kernel dropped: a socket's buffer was full. */
    uint64_t pushed_dropped; /* Pushes that found the call's ring full. */
    uint64_t events, events_delayed;
    uint64_t commands_refused;
    uint64_t
        latency[UT__LIVE_LATENCY_BUCKETS]; /* Events by time from packet to hub, not added up. */
    uint64_t worker_cpu_us[UT__LIVE_WORKERS_MAX]; /* CPU used so far. */
    uint32_t worker_calls[UT__LIVE_WORKERS_MAX];
};

#endif

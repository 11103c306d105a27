/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_HUB_STATE_H
#define UT_LIVE_HUB_STATE_H

/* What the hub owns, for the files that are the hub: hub.c, hub_port.c, recall.c, publish.c. */

#include <stddef.h>

#include "live/carried.h"
#include "live/hub.h"
#include "live/live_call.h"
#include "live/worker.h"

struct ut__hub {
    struct ut__hub_config cfg;
    struct ut__port port;
    struct ut__worker *workers[UT__LIVE_WORKERS_MAX];
    uint32_t worker_calls[UT__LIVE_WORKERS_MAX];
    int wake_fd;
    _Atomic int awake;
    struct ut__sink sinks[UT__HUB_SINKS_MAX];
    uint32_t sink_count;
    struct ut__call_table table;
    uint64_t next_id;
    struct ut__live_stats stats;
    int draining, ending;
    void (*drained)(void *arg);
    void *drained_arg;
    ut__hub_rule *rule;
    void *rule_arg;
    ut__hub_habit *habit;
    void *habit_arg;
    struct ut__hub_memory memory;
    uint32_t recalling; /* Calls that wait for a baseline. */
    uint32_t talks;     /* Conversations without a voice, which edges publish. */
    struct {
        int64_t at_us;
        uint64_t cpu_us[UT__LIVE_WORKERS_MAX];
        float busiest;
    } load; /* When the workers' use of their cores was looked at. */
    struct ut__carried carried;
};

static inline struct ut__live_call *ut__hub_call_of(struct ut__call_entry *e)
{
    return (struct ut__live_call *)((char *)e - offsetof(struct ut__live_call, entry));
}

#endif

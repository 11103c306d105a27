/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_WORKER_H
#define UT_LIVE_WORKER_H

#include <stdatomic.h>
#include <stdint.h>

#include <undertone/event.h>

#include "contract/live_stats.h"
#include "live/live_call.h"

/*
 * A media worker: one thread that owns its calls outright, from socket or ring to score.
 *
 *     hub -- commands (ring) --> worker: epoll, recvmmsg -> RTP stream -> ut_call -> items (ring)
 * --> hub
 *
 * No lock anywhere on the way; each side wakes the other through an eventfd, written only when the
 * other one may sleep.
 */

struct ut_worker;

enum ut_worker_op {
    UT_WORKER_OPEN = 1,
    UT_WORKER_CLOSE,
    UT_WORKER_HOLD, /* `value` says whether. */
    UT_WORKER_LINE  /* `line` replaces line number `value`; the worker frees it. */
};

struct ut_worker_command {
    enum ut_worker_op op;
    uint32_t value;
    struct ut_live_call *call;
    struct ut_live_line *line;
};

enum ut_worker_item_kind {
    UT_WORKER_EVENT = 1, /* `event` holds. */
    UT_WORKER_LOST,      /* No media for the time-out. */
    UT_WORKER_ENDED      /* The last of its call: the call is the hub's again. */
};

struct ut_worker_item {
    enum ut_worker_item_kind kind;
    struct ut_live_call *call;
    int64_t arrival_us; /* Monotonic: when the packet came that led to the event. */
    struct ut_event event;
};

struct ut_worker_config {
    uint32_t index;
    uint32_t commands; /* Room for so many; a power of two. */
    uint32_t items;    /* Likewise, on their way to the hub. */
    int64_t media_timeout_us;
    int wake_hub_fd;        /* eventfd that the hub listens on. */
    _Atomic int *hub_awake; /* 1: the hub will look anyway. */
};

/* Counters that the worker writes and anybody reads. */
struct ut_worker_counters {
    _Atomic uint64_t packets, lost, late, foreign, malformed, socket_dropped;
    _Atomic uint64_t delayed; /* Times that the ring to the hub was full. */
    _Atomic uint64_t cpu_us;
    _Atomic uint32_t calls;
};

/** Starts the thread. Returns 0, UT_ENOMEM, or UT_EINVAL when the system refuses. */
int ut_worker_start(struct ut_worker **out, const struct ut_worker_config *cfg) UT_MUST_CHECK;

/** Ends the thread; all of its calls must have ended. NULL is fine. */
void ut_worker_stop(struct ut_worker *w);

/** Hub: 1 when the command was taken, 0 when the ring is full. */
int ut_worker_send(struct ut_worker *w, const struct ut_worker_command *cmd);

/** Hub: how many more commands fit. */
size_t ut_worker_room(const struct ut_worker *w);

/** Hub: something was pushed into a call's ring. */
void ut_worker_wake(struct ut_worker *w);

/** Hub: the next item; 1 or 0. */
int ut_worker_read(struct ut_worker *w, struct ut_worker_item *item);

const struct ut_worker_counters *ut_worker_get_counters(const struct ut_worker *w);

#endif

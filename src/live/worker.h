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

struct ut__worker;

enum ut__worker_op {
    UT__WORKER_OPEN = 1,
    UT__WORKER_CLOSE,
    UT__WORKER_HOLD, /* `value` says whether. */
    UT__WORKER_LINE  /* `line` replaces line number `value`; the worker frees it. */
};

struct ut__worker_command {
    enum ut__worker_op op;
    uint32_t value;
    struct ut__live_call *call;
    struct ut__live_line *line;
};

enum ut__worker_item_kind {
    UT__WORKER_EVENT = 1, /* `event` holds. */
    UT__WORKER_LOST,      /* No media for the time-out. */
    UT__WORKER_THROWN,    /* Packets of a line are thrown away: `thrown` holds. */
    UT__WORKER_DROPPED,   /* Where the log follows the call: `dropped` holds. */
    UT__WORKER_PACE,      /* Samples keep no time, or do again: `pace` holds. */
    UT__WORKER_CLOCK,     /* Timestamps run by another clock: `clock` holds. */
    UT__WORKER_ENDED      /* The last of its call: the call is the hub's again. */
};

/* Once a call for each kind. */
struct ut__worker_thrown {
    enum ut__live_thrown kind;
    uint32_t line;
    uint8_t pt;                /* UT__THROWN_PT: the payload type. */
    struct ut__live_peer peer; /* UT__THROWN_SOURCE: who sends. */
};

/* What a line counted in the last second, of packets that are not heard. */
struct ut__worker_dropped {
    uint32_t line;
    uint8_t pt;                /* The last payload type that nobody named. */
    struct ut__live_peer peer; /* The last who may not send. */
    struct ut__live_told before, now;
};

struct ut__worker_pace {
    enum ut_role role;
    enum ut__port_codec codec;
    uint8_t is_rtp;             /* Of packets: their format says the rate. */
    uint32_t rate_hz, seems_hz; /* seems: 0: all is well again. */
};

/* Once a call. */
struct ut__worker_clock {
    uint32_t line, says_hz, seems_hz; /* seems: 0: they stand still. */
};

struct ut__worker_item {
    enum ut__worker_item_kind kind;
    struct ut__live_call *call;
    int64_t arrival_us; /* Monotonic: when the packet came that led to the event. */
    union {
        struct ut_event event;
        struct ut__worker_thrown thrown;
        struct ut__worker_dropped dropped;
        struct ut__worker_pace pace;
        struct ut__worker_clock clock;
    };
};

struct ut__worker_config {
    uint32_t index;
    uint32_t commands; /* Room for so many; a power of two. */
    uint32_t items;    /* Likewise, on their way to the hub. */
    int64_t media_timeout_us;
    int wake_hub_fd;        /* eventfd that the hub listens on. */
    _Atomic int *hub_awake; /* 1: the hub will look anyway. */
};

/* Counters that the worker writes and anybody reads. */
struct ut__worker_counters {
    _Atomic uint64_t packets, lost, late, foreign, malformed, unknown_pt, srtp, socket_dropped;
    _Atomic uint64_t delayed; /* Times that the ring to the hub was full. */
    _Atomic uint64_t cpu_us;
    _Atomic uint32_t calls;
};

/** Starts the thread. Returns 0, UT_ENOMEM, or UT_EINVAL when the system refuses. */
int ut__worker_start(struct ut__worker **out, const struct ut__worker_config *cfg) UT_MUST_CHECK;

/** Ends the thread; all of its calls must have ended. NULL is fine. */
void ut__worker_stop(struct ut__worker *w);

/** Hub: 1 when the command was taken, 0 when the ring is full. */
int ut__worker_send(struct ut__worker *w, const struct ut__worker_command *cmd);

/** Hub: how many more commands fit. */
size_t ut__worker_room(const struct ut__worker *w);

/** Hub: something was pushed into a call's ring. */
void ut__worker_wake(struct ut__worker *w);

/** Hub: the next item; 1 or 0. */
int ut__worker_read(struct ut__worker *w, struct ut__worker_item *item);

const struct ut__worker_counters *ut__worker_get_counters(const struct ut__worker *w);

#endif

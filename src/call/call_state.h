/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_CALL_STATE_H
#define UT_CALL_CALL_STATE_H

/* All that one call is, for the files that work on it: call.c, joint.c. */

#include <undertone/call.h>

#include "alert/rule.h"
#include "call/channel.h"
#include "call/echo.h"
#include "call/events.h"
#include "call/held.h"
#include "call/line_watch.h"
#include "call/summary.h"
#include "call/trace.h"
#include "call/turns.h"
#include "features/presence.h"
#include "stress/model.h"
#include "stress/stress.h"

enum {
    UT__CALL_SKEW_FRAMES = UT_SKEW_MAX_MS / UT_HOP_MS,
    /* Frames that one channel may be ahead, and those at work. */
    UT__CALL_MARKS = UT__CALL_SKEW_FRAMES + 2,
    /* Windows that end within these frames, and one more; a power of two. */
    UT__CALL_READINGS = 4
};
_Static_assert((int)UT__CALL_MARKS <= (int)UT__GATE_LATE_FRAMES, "no update is yet to come");

struct ut__call_line {
    struct ut__channel channel;
    uint64_t frames; /* Marks so far. */
    uint64_t hops;   /* Given to the analysis, which is behind by its look-ahead. */
    uint32_t owed;   /* Hops that were counted as lost: those that still come are dropped. */
    uint8_t heard;   /* 1: samples are taken; 0: nobody is there, or nobody said who is. */
};

/* What the second ear read out with the caller's frame of this number. */
struct ut__call_reading {
    uint32_t frame;
    uint32_t heard; /* 0: the gate was shut, and nothing was said. */
    struct ut__reading said;
};

/* What is taken of an agent's frame. */
struct ut__agent_mark {
    int16_t level, noise; /* 1/256 dB, as in struct ut__held. */
    uint8_t speech;
};

struct ut_call {
    const struct ut_model *model;
    struct ut__stress stress;
    struct ut_features *features; /* Of the caller. */
    struct ut__presence presence; /* Of the agent, if there is one. */
    struct ut__call_line line[UT_ROLE_COUNT];
    struct ut__held
        caller[UT__CALL_MARKS]; /* What the joint frame has not reached, by frame number. */
    struct ut__agent_mark agent[UT__CALL_MARKS];
    struct ut__second second; /* Hears the caller's frames as they come, */
    struct ut__call_reading reading[UT__CALL_READINGS]; /* and what it reads out waits, too. */
    uint32_t reading_in, reading_out;
    uint32_t foreign; /* Frames since the last window that were not the caller's. */
    struct ut__echo echo;
    struct ut__stress_update now; /* The last one reached on a good line. */
    struct ut__rule rule;
    struct ut__turns turns;
    struct ut__line_watch watch;
    struct ut__summary summary;
    uint64_t joint;                    /* Joint frames so far. */
    uint32_t talked[UT_TALK_BOTH + 1]; /* Frames of the current second. */
    float power;                       /* Of the caller in the current second. */
    struct ut__trace trace;            /* Who looks on. */
    uint32_t alerts;
    struct ut__events events;
    uint64_t caller_from;    /* The hop that the caller's analysis began with. */
    int has_update;          /* The last one reached is `now`. */
    float evidence;          /* The highest that the rule saw in this second; 0: none. */
    uint8_t ended, off_rate; /* off_rate: the caller's samples are of another rate. */
    uint32_t told;           /* Kinds of notes that were told: a bit each. */
};

static inline int ut__call_hears(const struct ut_call *call, enum ut_role role)
{
    return call->line[role].heard;
}

static inline double ut__call_time_s(const struct ut_call *call)
{
    return (double)call->joint * UT_HOP_MS / 1000;
}

#endif

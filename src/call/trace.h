/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_TRACE_H
#define UT_CALL_TRACE_H

#include <undertone/call.h>

/*
 * What a call hears and its events do not tell, for those who look on: one pass over the sound serves
 * all of them.
 */

/** One push into the rule: the arguments of ut__rule_push. */
struct ut__trace_step {
    double t_s;
    float speech_s; /* That it adds. */
    float evidence;
};

/** Who looks on. Called from within ut_call_push and ut_call_end; either may be NULL. */
struct ut__trace {
    void *arg;
    /* The step is borrowed for the call. */
    void (*step)(void *arg, const struct ut__trace_step *step);
    /* Who talks, frame by frame from the call's begin, some 300 ms after it was said. */
    void (*talk)(void *arg, enum ut_talk talk);
};

/** Before the first push. trace: copied. No allocation. */
void ut__call_trace(struct ut_call *call, const struct ut__trace *trace);

#endif

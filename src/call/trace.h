/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_TRACE_H
#define UT_CALL_TRACE_H

#include <undertone/call.h>

/*
 * What the alert rule of a call is fed, for those who try other thresholds on the same call: one
 * pass over the sound serves all of them.
 */

/** One push into the rule: the arguments of ut__rule_push. */
struct ut__trace_step {
    double t_s;
    float speech_s; /* That it adds. */
    float evidence;
};

/** Called from within ut_call_push and ut_call_end; the step is borrowed for the call. */
typedef void ut__trace_fn(void *arg, const struct ut__trace_step *step);

/** fn: NULL ends the trace. No allocation. */
void ut__call_trace(struct ut_call *call, ut__trace_fn *fn, void *arg);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_LOOP_H
#define UT_NET_LOOP_H

#include <stddef.h>

#include <undertone/error.h>

/**
 * Starts libre for the calling thread, with timers on the monotonic clock; libre_close() ends it.
 * why: [why_cap] gets the reason on failure. Returns 0, UT_EINVAL, or UT_EUNSUPPORTED where libre
 * was linked so that its timers cannot be taken off the wall clock.
 */
int ut__loop_init(char *why, size_t why_cap) UT_MUST_CHECK;

#endif

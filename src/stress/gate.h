/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_GATE_H
#define UT_STRESS_GATE_H

#include <stdint.h>

/*
 * Which windows the second ear hears: the first of a call, of which it learns the caller's own, and
 * then those in which the first ear is in doubt, or sure of stress. Calm speech it is spared.
 *
 * The second ear hears the caller's frames as they come, and the first ear up to
 * UT__GATE_LATE_FRAMES later, when the agent's channel has come as far. How much later is chance on
 * a live call. So the gate looks at no update that is younger than that: live and from a recording
 * it opens for the same windows.
 */
enum {
    UT__GATE_LATE_FRAMES = 102, /* That the joint frame is behind the caller's at most. */
    UT__GATE_KEPT = 4,          /* Updates within those frames, and one before; a power of two. */
    UT__GATE_FIRST = 8          /* Windows, 4 s of speech, that are heard in any case. */
};

struct ut__gate {
    uint64_t now; /* Number of the caller's frame that the second ear has; its owner says it. */
    uint64_t frame[UT__GATE_KEPT]; /* Of the newest updates, in a ring. */
    uint8_t doubtful[UT__GATE_KEPT];
    uint32_t told, heard; /* Updates, windows. */
};

/** An update of the first ear's: log odds at this frame. */
void ut__gate_tell(struct ut__gate *gate, uint64_t frame, float first);

/** Whether the window that ends with frame `now` is heard, which then counts. 1 or 0. */
int ut__gate_open(struct ut__gate *gate);

#endif

/* SPDX-License-Identifier: MIT */
/* When the second ear is asked; see gate.h. */

#include "stress/gate.h"

/* Log odds of the first ear's from which it is in doubt. Below it the second ear seldom changes
 * what is alerted, and on real calls it is spared a third of its windows: models/README.md. */
#define DOUBT_FROM -1.0f

void ut__gate_tell(struct ut__gate *gate, uint64_t frame, float first)
{
    uint32_t at = gate->told++ % UT__GATE_KEPT;
    gate->frame[at] = frame;
    gate->doubtful[at] = first > DOUBT_FROM;
}

/* What the newest update said that is old enough; before there is one, everything is in doubt. */
static int is_doubtful(const struct ut__gate *gate)
{
    for (uint32_t back = 1; back <= UT__GATE_KEPT && back <= gate->told; back++) {
        uint32_t at = (gate->told - back) % UT__GATE_KEPT;
        if (gate->frame[at] + UT__GATE_LATE_FRAMES <= gate->now)
            return gate->doubtful[at];
    }
    return 1;
}

int ut__gate_open(struct ut__gate *gate)
{
    int open = gate->heard < UT__GATE_FIRST || is_doubtful(gate);
    gate->heard += (uint32_t)open;
    return open;
}

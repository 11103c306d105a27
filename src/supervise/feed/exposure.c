/* SPDX-License-Identifier: MIT */
/* Alert seconds by agent in a sliding hour of minutes. */

#include "supervise/feed/exposure.h"

#include <string.h>

static void slide(struct ut__exposure *e, uint32_t i, int64_t minute)
{
    int64_t gone = minute - e->agents[i].minute;
    if (gone <= 0)
        return;
    if (gone > UT__EXPOSURE_MINUTES)
        gone = UT__EXPOSURE_MINUTES;
    for (int64_t k = 0; k < gone; k++)
        e->agents[i].seconds[(minute - k) % UT__EXPOSURE_MINUTES] = 0;
    e->agents[i].minute = minute;
}

double ut__exposure_add(struct ut__exposure *e, const char *agent, int64_t minute,
                        uint32_t limit_min)
{
    uint32_t i = 0, sum = 0;
    if (!agent[0] || !limit_min)
        return 0.0;
    while (i < e->count && strcmp(e->agents[i].agent, agent) != 0)
        i++;
    if (i == UT__EXPOSURE_AGENTS)
        return 0.0;
    if (i == e->count) {
        memset(&e->agents[i], 0, sizeof e->agents[i]);
        memcpy(e->agents[i].agent, agent, strnlen(agent, UT__CALL_LABEL_MAX - 1));
        e->agents[i].minute = minute;
        e->count++;
    }
    slide(e, i, minute);
    e->agents[i].seconds[minute % UT__EXPOSURE_MINUTES]++;
    for (int k = 0; k < UT__EXPOSURE_MINUTES; k++)
        sum += e->agents[i].seconds[k];
    if (sum < limit_min * 60U) {
        /* Half of it must be past before the same person is named again. */
        if (sum < limit_min * 30U)
            e->agents[i].told = 0;
        return 0.0;
    }
    if (e->agents[i].told)
        return 0.0;
    e->agents[i].told = 1;
    return (double)sum / 60.0;
}

uint32_t ut__exposure_seconds(const struct ut__exposure *e, uint32_t i, int64_t minute)
{
    uint32_t sum = 0;
    int64_t gone = minute > e->agents[i].minute ? minute - e->agents[i].minute : 0;
    for (int64_t k = 0; k < UT__EXPOSURE_MINUTES - gone; k++)
        sum += e->agents[i].seconds[(e->agents[i].minute - k) % UT__EXPOSURE_MINUTES];
    return sum;
}

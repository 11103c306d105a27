/* SPDX-License-Identifier: MIT */
/* Items of the stream, to every sink. */

#include "live/publish.h"

#include <string.h>

#include "base/clock.h"

void ut__publish_item(struct ut__hub *hub, struct ut__stream_item *item)
{
    item->id = hub->next_id++;
    item->time_us = ut__clock_wall_us();
    for (uint32_t i = 0; i < hub->sink_count; i++)
        hub->sinks[i].push(hub->sinks[i].state, item);
}

void ut__publish_of(struct ut__hub *hub, struct ut__stream_item *item,
                    const struct ut__live_call *lc)
{
    item->on_hold = lc->on_hold;
    item->info = lc->info;
    for (uint32_t i = 0; i < hub->sink_count; i++)
        if (hub->sinks[i].amend && !hub->sinks[i].amend(hub->sinks[i].state, item))
            return;
    ut__publish_item(hub, item);
}

void ut__publish_kind(const struct ut__live_call *lc, enum ut__stream_kind kind)
{
    struct ut__stream_item item = {.kind = kind};
    if (kind == UT__STREAM_ENDED) {
        memcpy(item.reason, lc->reason, sizeof item.reason);
        for (uint32_t i = 0; i < lc->line_count; i++) {
            item.packets += lc->lines[i].told.packets;
            item.packets_lost += lc->lines[i].told.lost;
        }
    }
    ut__publish_of(lc->hub, &item, lc);
}

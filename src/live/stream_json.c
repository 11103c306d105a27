/* SPDX-License-Identifier: MIT */
/* Items of the stream as JSON. */

#include "live/stream_json.h"

#include <jansson.h>

#include <undertone/json.h>

static const char *phase_name(enum ut__stream_kind kind)
{
    switch (kind) {
    case UT__STREAM_STARTED:
        return "started";
    case UT__STREAM_UPDATED:
        return "updated";
    case UT__STREAM_ENDED:
        return "ended";
    default:
        return NULL;
    }
}

/* Text from outside that is no UTF-8 would make jansson refuse the whole object. */
static json_t *text(const char *s)
{
    json_t *j = json_string(s);
    return j ? j : json_string("?");
}

int ut__stream_to_json(char *buf, size_t cap, const struct ut__stream_item *item)
{
    if (item->kind == UT__STREAM_EVENT)
        return ut_event_to_json(buf, cap, item->info.id, &item->event);
    const char *phase = phase_name(item->kind);
    if (!phase)
        return UT_EINVAL;
    json_t *o = json_pack("{s:s, s:i, s:o, s:s}", "type", "call", "v", 1, "call",
                          text(item->info.id), "phase", phase);
    if (item->kind == UT__STREAM_ENDED) {
        json_object_set_new(o, "reason", text(item->reason));
        if (item->packets) {
            json_object_set_new(o, "packets", json_integer((json_int_t)item->packets));
            json_object_set_new(o, "packets_lost", json_integer((json_int_t)item->packets_lost));
        }
    } else {
        json_object_set_new(o, "source", text(item->info.source));
        json_object_set_new(o, "channels", json_integer(item->info.has_agent ? 2 : 1));
        json_object_set_new(o, "queue", text(item->info.queue));
        json_object_set_new(o, "agent", text(item->info.agent));
        json_object_set_new(o, "on_hold", json_boolean(item->on_hold));
        if (item->info.site[0])
            json_object_set_new(o, "site", text(item->info.site));
        if (item->info.choices[0])
            json_object_set_new(o, "choices", text(item->info.choices));
        if (item->info.problem[0])
            json_object_set_new(o, "problem", text(item->info.problem));
    }
    size_t n = json_dumpb(o, buf, cap, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(o);
    if (n == 0 || n >= cap)
        return UT_ENOSPC;
    buf[n] = '\0';
    return (int)n;
}

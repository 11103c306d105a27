/* SPDX-License-Identifier: MIT */
/*
 * What nodes that left for good have handed over, PREFIX.kept.KEY: a timeline a call, kept as long as calls are. It
 * is no object store, since a call fits a message; who erases the call takes it out by its key.
 */

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "supervise/channels/nats/nats.h"

enum { NAME_BYTES = 96 };
static const int64_t DAY_NS = INT64_C(86400) * 1000000000;

static void name_stream(const struct ut__bus *bus, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "%s_kept", bus->prefix);
}

static void name_subject(const struct ut__bus *bus, const char *key,
                         char out[2 * UT__BUS_SUBJECT_MAX])
{
    snprintf(out, 2 * (size_t)UT__BUS_SUBJECT_MAX, "%s.kept.%s", bus->prefix, key);
}

/* What is handed over is refused where there is no more room: another node's, that is no more, would go for it. */
static natsStatus make(struct ut__bus *bus)
{
    jsStreamInfo *info = NULL;
    jsStreamConfig cfg;
    jsStreamConfig_Init(&cfg);
    cfg.MaxAge = DAY_NS * bus->host->retain_days;
    cfg.MaxBytes = UT__BUS_CALLS_BYTES;
    cfg.MaxMsgsPerSubject = 1;
    cfg.Discard = js_DiscardNew;
    natsStatus st = ut__bus_stream(bus, "kept", "kept", &cfg, &info);
    jsStreamInfo_Destroy(info);
    return st;
}

static void tell(const struct ut__bus *bus, json_t *root_take)
{
    char *text = root_take ? json_dumps(root_take, JSON_COMPACT) : NULL;
    json_decref(root_take);
    if (text)
        bus->host->kept(bus->host->arg, text);
}

void ut__nats_hand(struct ut__bus *bus, const struct ut__bus_item *item)
{
    char subject[2 * UT__BUS_SUBJECT_MAX];
    jsErrCode code = 0;
    name_subject(bus, item->subject, subject);
    natsStatus st = make(bus);
    if (st == NATS_OK)
        st = js_Publish(NULL, bus->js, subject, item->text, (int)strlen(item->text), NULL, &code);
    if (st == NATS_OK)
        tell(bus, json_pack("{ss sI}", "kind", "handed", "row", (json_int_t)item->revision));
    else
        tell(bus, json_pack("{ss ss}", "kind", "not_handed", "why", ut__bus_why(st)));
}

void ut__nats_fetch(struct ut__bus *bus, const char *key)
{
    char name[NAME_BYTES], subject[2 * UT__BUS_SUBJECT_MAX];
    natsMsg *msg = NULL;
    jsErrCode code = 0;
    name_stream(bus, name);
    name_subject(bus, key, subject);
    natsStatus st = js_GetLastMsg(&msg, bus->js, name, subject, NULL, &code);
    json_t *value = st == NATS_OK ? ut__bus_text(msg) : NULL;
    if (!value)
        value = json_null();
    tell(bus, json_pack("{ss ss so}", "kind", "fetched", "key", key, "value", value));
    natsMsg_Destroy(msg);
}

/* SPDX-License-Identifier: MIT */
/*
 * Settings on the bus: a bucket with a key for each, which takes a change only where its maker knew the newest.
 *
 * It is read as the stream that it is, by a plain subscription as for the alerts: the newest of every key at
 * first, then each change. libnats' watchers renew their consumers from a thread of their own.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervise/channels/nats/nats.h"

enum { BATCH = 64, HISTORY = 16, NAME_BYTES = 96 };

natsStatus ut__bus_bucket(struct ut__bus *bus, const char *suffix, int64_t ttl_ns, int64_t history,
                          kvStore **out)
{
    char name[96];
    kvConfig cfg;
    kvConfig_Init(&cfg);
    snprintf(name, sizeof name, "%s_%s", bus->prefix, suffix);
    cfg.Bucket = name;
    cfg.History = (uint8_t)history;
    cfg.TTL = ttl_ns;
    if (bus->replicas)
        cfg.Replicas = bus->replicas;
    natsStatus st = js_KeyValue(out, bus->js, name);
    return st == NATS_OK ? st : js_CreateKeyValue(out, bus->js, &cfg);
}

/* A bucket that was made anew has none of the revisions that are known of the one before. */
static char *bucket_text(const jsStreamInfo *info)
{
    char id[32];
    snprintf(id, sizeof id, "%lld", (long long)info->Created);
    json_t *root = json_pack("{ss ss}", "kind", "bucket", "bucket", id);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

natsStatus ut__bus_settings_listen(struct ut__bus *bus)
{
    char subject[UT__BUS_SUBJECT_MAX], stream[NAME_BYTES + 16];
    jsSubOptions options;
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    snprintf(stream, sizeof stream, "KV_%s_settings", bus->prefix);
    snprintf(subject, sizeof subject, "$KV.%s_settings.>", bus->prefix);
    natsStatus st = js_GetStreamInfo(&info, bus->js, stream, NULL, &code);
    char *text = st == NATS_OK ? bucket_text(info) : NULL;
    jsStreamInfo_Destroy(info);
    if (text)
        bus->host->kept(bus->host->arg, text);
    jsSubOptions_Init(&options);
    options.Stream = stream;
    options.Config.DeliverPolicy = js_DeliverLastPerSubject;
    options.Config.AckPolicy = js_AckNone;
    if (st == NATS_OK)
        st = js_SubscribeSync(&bus->settings_news, bus->js, subject, NULL, &options, NULL);
    return st;
}

natsStatus ut__bus_settings_bucket(struct ut__bus *bus)
{
    return ut__bus_bucket(bus, "settings", 0, HISTORY, &bus->settings);
}

/* The former subscription is not touched: libnats' reader may use it until the connection ends. */
natsStatus ut__bus_settings_again(struct ut__bus *bus)
{
    if (bus->settings_past)
        return NATS_ILLEGAL_STATE;
    bus->settings_past = bus->settings_news;
    bus->settings_news = NULL;
    return ut__bus_settings_listen(bus);
}

void ut__bus_settings_put(struct ut__bus *bus, const struct ut__bus_item *item)
{
    /* Whether it was taken is seen by what comes back. */
    if (item->revision)
        (void)kvStore_UpdateString(NULL, bus->settings, item->subject, item->text,
                                   (uint64_t)item->revision);
    else
        (void)kvStore_CreateString(NULL, bus->settings, item->subject, item->text);
}

/* No mark of it stays behind, as libnats' own delete would leave one. */
void ut__bus_settings_drop(struct ut__bus *bus, const struct ut__bus_item *item)
{
    char stream[NAME_BYTES + 16], subject[2 * UT__BUS_SUBJECT_MAX];
    jsErrCode code = 0;
    jsOptions options;
    jsOptions_Init(&options);
    snprintf(stream, sizeof stream, "KV_%s_settings", bus->prefix);
    snprintf(subject, sizeof subject, "$KV.%s_settings.%s", bus->prefix, item->subject);
    options.Stream.Purge.Subject = subject;
    (void)js_PurgeStream(bus->js, stream, &options, &code);
}

static json_t *entry(const struct ut__bus *bus, natsMsg *msg)
{
    size_t before = strlen("$KV.") + strlen(bus->prefix) + strlen("_settings.");
    const char *subject = natsMsg_GetSubject(msg);
    jsMsgMetaData *meta = NULL;
    if (strlen(subject) <= before || natsMsg_GetMetaData(&meta, msg) != NATS_OK)
        return NULL;
    json_t *text = ut__bus_text(msg);
    json_t *one =
        json_pack("{ss so sI}", "key", subject + before, "value", text ? text : json_string(""),
                  "revision", (json_int_t)meta->Sequence.Stream);
    jsMsgMetaData_Destroy(meta);
    return one;
}

void ut__bus_settings_receive(struct ut__bus *bus)
{
    json_t *list = json_array();
    natsMsg *msg = NULL;
    for (int i = 0; i < BATCH && natsSubscription_NextMsg(&msg, bus->settings_news, 0) == NATS_OK;
         i++) {
        json_t *one = entry(bus, msg);
        if (one)
            json_array_append_new(list, one);
        natsMsg_Destroy(msg);
    }
    size_t n = json_array_size(list);
    json_t *root = n ? json_pack("{ss sO}", "kind", "settings", "list", list) : NULL;
    if (root)
        bus->host->kept(bus->host->arg, json_dumps(root, JSON_COMPACT));
    json_decref(root);
    json_decref(list);
}

void ut__bus_settings_tear_down(struct ut__bus *bus)
{
    natsSubscription_Destroy(bus->settings_news);
    natsSubscription_Destroy(bus->settings_past);
    kvStore_Destroy(bus->settings);
}

/* SPDX-License-Identifier: MIT */
/*
 * The stream of calls that have ended, PREFIX.past.KEY: the newest of each key for some days. Each node reads
 * it from where its record has read it to, a batch at a time: the next is taken when the record has this one.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervise/channels/nats/nats.h"

enum { BATCH = 64, KEEP_DAYS = 30, NAME_BYTES = 96, AGAIN_US = 3000000 };
static const int64_t DAY_NS = INT64_C(86400) * 1000000000;
static const size_t BATCH_BYTES = 1 << 20;

static void name_stream(const struct ut__bus *bus, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "%s_past", bus->prefix);
}

/* Kept no longer than any node keeps calls. */
static int64_t age_ns(const struct ut__bus *bus)
{
    int64_t days = bus->host->retain_days;
    return DAY_NS * (days && days < KEEP_DAYS ? days : KEEP_DAYS);
}

static natsStatus make(struct ut__bus *bus, jsStreamInfo **info)
{
    jsStreamConfig cfg;
    jsStreamConfig_Init(&cfg);
    cfg.MaxAge = age_ns(bus);
    cfg.MaxBytes = UT__BUS_CALLS_BYTES;
    cfg.MaxMsgsPerSubject = 1;
    return ut__bus_stream(bus, "past", "past", &cfg, info);
}

static void tell(const struct ut__bus *bus, json_t *root_take)
{
    char *text = root_take ? json_dumps(root_take, JSON_COMPACT) : NULL;
    json_decref(root_take);
    bus->host->kept(bus->host->arg, text);
}

void ut__bus_past_set_up(struct ut__bus *bus)
{
    jsStreamInfo *info = NULL;
    char id[32] = "";
    natsStatus st = make(bus, &info);
    const char *why = ut__bus_why(st);
    if (st == NATS_OK)
        snprintf(id, sizeof id, "%lld", (long long)info->Created);
    jsStreamInfo_Destroy(info);
    bus->has_past = st == NATS_OK;
    bus->past_again_us = 0;
    tell(bus, json_pack("{ss ss ss}", "kind", "past_stream", "stream", id, "why", why));
}

static void subscribe(struct ut__bus *bus, int64_t after)
{
    char name[NAME_BYTES], subject[NAME_BYTES];
    jsSubOptions options;
    jsSubOptions_Init(&options);
    name_stream(bus, name);
    snprintf(subject, sizeof subject, "%s.past.>", bus->prefix);
    options.Stream = name;
    options.ManualAck = true;
    options.Config.DeliverPolicy = js_DeliverByStartSequence;
    options.Config.OptStartSeq = (uint64_t)after + 1;
    options.Config.AckPolicy = js_AckAll;
    options.Config.MaxAckPending = 2 * BATCH;
    natsStatus st = js_SubscribeSync(&bus->past, bus->js, subject, NULL, &options, NULL);
    bus->past_after = after;
    bus->past_again_us = st == NATS_OK ? 0 : ut__clock_mono_us() + AGAIN_US;
    if (st != NATS_OK)
        UT__LOG(UT__LOG_WARN, "calls of other nodes cannot be read",
                ut__log_str("reason", natsStatus_GetText(st)));
}

static void let_go(struct ut__bus *bus)
{
    natsMsg_Destroy(bus->past_last);
    free(bus->past_text);
    bus->past_last = NULL;
    bus->past_text = NULL;
}

void ut__nats_past_from(struct ut__bus *bus, int64_t after)
{
    if (!bus->past && bus->has_past)
        subscribe(bus, after);
    else if (bus->past_last && after >= bus->past_after) {
        (void)natsMsg_Ack(bus->past_last, NULL);
        let_go(bus);
    } else if (bus->past_last) { /* The record could not take it: once more. */
        bus->host->kept(bus->host->arg, strdup(bus->past_text));
    }
}

/* {"key","value"}; NULL: it is to be passed over. */
static json_t *entry(struct ut__bus *bus, natsMsg *msg)
{
    size_t before = strlen(bus->prefix) + strlen(".past.");
    const char *subject = natsMsg_GetSubject(msg);
    jsMsgMetaData *meta = NULL;
    if (natsMsg_GetMetaData(&meta, msg) != NATS_OK)
        return NULL;
    bus->past_after = (int64_t)meta->Sequence.Stream;
    jsMsgMetaData_Destroy(meta);
    json_t *text = strlen(subject) > before ? ut__bus_text(msg) : NULL;
    return text ? json_pack("{ss so}", "key", subject + before, "value", text) : NULL;
}

void ut__bus_past_receive(struct ut__bus *bus)
{
    natsMsg *msg = NULL;
    size_t bytes = 0;
    if (!bus->past && bus->past_again_us && ut__clock_mono_us() >= bus->past_again_us)
        subscribe(bus, bus->past_after);
    if (!bus->past || bus->past_last)
        return;
    json_t *list = json_array();
    for (int i = 0; i < BATCH && bytes < BATCH_BYTES &&
                    natsSubscription_NextMsg(&msg, bus->past, 0) == NATS_OK;
         i++) {
        json_t *one = entry(bus, msg);
        if (one)
            json_array_append_new(list, one);
        bytes += (size_t)natsMsg_GetDataLength(msg);
        natsMsg_Destroy(bus->past_last);
        bus->past_last = msg;
    }
    if (bus->past_last) {
        json_t *root = json_pack("{ss sO sI}", "kind", "past", "list", list, "after",
                                 (json_int_t)bus->past_after);
        bus->past_text = root ? json_dumps(root, JSON_COMPACT) : NULL;
        json_decref(root);
        if (bus->past_text)
            bus->host->kept(bus->host->arg, strdup(bus->past_text));
    }
    json_decref(list);
}

void ut__nats_past_put(struct ut__bus *bus, const struct ut__bus_item *item)
{
    char subject[2 * UT__BUS_SUBJECT_MAX];
    snprintf(subject, sizeof subject, "%s.past.%s", bus->prefix, item->subject);
    /* Whether it was taken is seen by what comes back. */
    (void)natsConnection_Publish(bus->nc, subject, item->text, (int)strlen(item->text));
}

static int from_hex(const char *hex, size_t digits, char *out, size_t cap)
{
    size_t n = digits / 2;
    if (digits % 2 || n >= cap)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (char)strtoul(byte, NULL, 16);
    }
    out[n] = '\0';
    return 0;
}

/* Where the stream of alerts has it: "alert.NODE.ALERT", both as hex(). */
static int alert_subject(const struct ut__bus *bus, const char *key, char *out, size_t cap)
{
    char node[UT__SUPERVISE_NODE_MAX], alert[UT__BUS_ALERT_MAX], token[3 * UT__BUS_ALERT_MAX];
    const char *at = strchr(key, '.'), *dot = at ? strchr(at + 1, '.') : NULL;
    if (!dot || from_hex(at + 1, (size_t)(dot - at - 1), node, sizeof node) ||
        from_hex(dot + 1, strlen(dot + 1), alert, sizeof alert))
        return -1;
    ut__bus_escape(alert, token, sizeof token);
    snprintf(out, cap, "%s.alert.%s.%s", bus->prefix, node, token);
    return 0;
}

/* The newest is written over at the broker's disk, the older ones are let go. */
static natsStatus purge(struct ut__bus *bus, const char *stream, const char *subject)
{
    natsMsg *msg = NULL;
    jsErrCode code = 0;
    jsOptions options;
    jsOptions_Init(&options);
    options.Stream.Purge.Subject = subject;
    natsStatus st = js_GetLastMsg(&msg, bus->js, stream, subject, NULL, &code);
    if (st == NATS_OK)
        (void)js_EraseMsg(bus->js, stream, natsMsg_GetSequence(msg), NULL, &code);
    natsMsg_Destroy(msg);
    st = js_PurgeStream(bus->js, stream, &options, &code);
    return st == NATS_NOT_FOUND || code == JSStreamNotFoundErr ? NATS_OK : st;
}

void ut__nats_past_purge(struct ut__bus *bus, const struct ut__bus_item *item)
{
    char stream[NAME_BYTES], subject[2 * UT__BUS_SUBJECT_MAX];
    int is_alert = strncmp(item->subject, "alert.", 6) == 0, sound = 1, kept = 0;
    snprintf(stream, sizeof stream, "%s_%s", bus->prefix, is_alert ? "alerts" : "past");
    if (is_alert)
        sound = alert_subject(bus, item->subject, subject, sizeof subject) == 0;
    else
        snprintf(subject, sizeof subject, "%s.past.%s", bus->prefix, item->subject);
    if (sound && strncmp(item->subject, "call.", 5) == 0) { /* Its node may have left. */
        char other[NAME_BYTES], handed[2 * UT__BUS_SUBJECT_MAX];
        snprintf(other, sizeof other, "%s_kept", bus->prefix);
        snprintf(handed, sizeof handed, "%s.kept.%s", bus->prefix, item->subject);
        kept = purge(bus, other, handed) != NATS_OK;
    }
    if (!sound || (purge(bus, stream, subject) == NATS_OK && !kept))
        tell(bus, json_pack("{ss ss}", "kind", "purged", "key", item->subject));
}

const char *ut__bus_past_deaf(struct ut__bus *bus)
{
    char name[NAME_BYTES];
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    jsOptions options;
    if (!bus->has_past)
        return NULL;
    name_stream(bus, name);
    natsStatus st = js_GetStreamInfo(&info, bus->js, name, ut__bus_look(&options), &code);
    jsStreamInfo_Destroy(info);
    if (st == NATS_NOT_FOUND)
        return "the stream of calls that have ended is gone from the broker";
    return bus->past && ut__bus_is_gone(bus, bus->past)
               ? "this node's place among the calls that have ended is gone from the broker"
               : NULL;
}

void ut__bus_past_tear_down(struct ut__bus *bus)
{
    let_go(bus);
    natsSubscription_Destroy(bus->past);
}

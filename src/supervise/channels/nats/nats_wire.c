/* SPDX-License-Identifier: MIT */
/* The NATS side of the bus: stream, buckets, subscriptions, and what comes in by them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervise/channels/nats/nats.h"

enum {
    WAIT_MS = 10,
    BATCH = 512,
    LEASE_TTL_S = 20,
    KEEP_DAYS = 7,
    PER_ALERT = 64,
    CLOSE_US = 5000000,
    STEP_WAIT_MS = 1500,
    STEP_US = 5000000,
    STEP_REST_MS = 100
};
static const int64_t SECOND_NS = 1000000000;

static natsStatus alerts_stream(struct ut__bus *bus)
{
    jsStreamInfo *info = NULL;
    jsStreamConfig cfg;
    jsStreamConfig_Init(&cfg);
    cfg.MaxAge = KEEP_DAYS * 86400 * SECOND_NS;
    cfg.MaxMsgsPerSubject = PER_ALERT;
    /* A day: as long as a letter is tried, it is known again by its id. */
    cfg.Duplicates = 86400 * SECOND_NS;
    natsStatus st = ut__bus_stream(bus, "alerts", "alert", &cfg, &info);
    if (st == NATS_OK)
        bus->copies = info->Config->Replicas;
    jsStreamInfo_Destroy(info);
    return st;
}

static natsStatus nodes_bucket(struct ut__bus *bus)
{
    return ut__bus_bucket(bus, "nodes", LEASE_TTL_S * SECOND_NS, 1, &bus->nodes);
}

static natsStatus acts_bucket(struct ut__bus *bus)
{
    return ut__bus_bucket(bus, "acts", KEEP_DAYS * 86400 * SECOND_NS, 1, &bus->acts);
}

static natsStatus standins_bucket(struct ut__bus *bus)
{
    return ut__bus_bucket(bus, "standins", LEASE_TTL_S * SECOND_NS, 1, &bus->standins);
}

static natsStatus listen_plain(struct ut__bus *bus)
{
    char subject[UT__BUS_SUBJECT_MAX];
    snprintf(subject, sizeof subject, "%s.live.*.*", bus->prefix);
    return natsConnection_SubscribeSync(&bus->plain, bus->nc, subject);
}

static natsStatus listen_to_us(struct ut__bus *bus)
{
    char subject[UT__BUS_SUBJECT_MAX], token[3 * UT__SUPERVISE_NODE_MAX];
    ut__bus_escape(bus->node, token, sizeof token);
    snprintf(subject, sizeof subject, "%s.to.%s", bus->prefix, token);
    return natsConnection_SubscribeSync(&bus->to_us, bus->nc, subject);
}

/* The newest state of every alert of others, then what happens from now on. */
static natsStatus listen_alerts(struct ut__bus *bus)
{
    char subject[UT__BUS_SUBJECT_MAX], stream[96];
    jsSubOptions options;
    jsSubOptions_Init(&options);
    snprintf(stream, sizeof stream, "%s_alerts", bus->prefix);
    options.Stream = stream;
    options.Config.DeliverPolicy = js_DeliverLastPerSubject;
    options.Config.AckPolicy = js_AckNone;
    snprintf(subject, sizeof subject, "%s.alert.>", bus->prefix);
    return js_SubscribeSync(&bus->alerts, bus->js, subject, NULL, &options, NULL);
}

static natsStatus watch_nodes(struct ut__bus *bus)
{
    return kvStore_WatchAll(&bus->watch_nodes, bus->nodes, NULL);
}

/* Those on alerts of others, too: it may stand in for them. */
static natsStatus watch_acts(struct ut__bus *bus)
{
    return kvStore_WatchAll(&bus->watch_acts, bus->acts, NULL);
}

/* Whether a stream can be had: it has somebody who leads it, or there is none and the cluster says so. */
static int is_led(struct ut__bus *bus, const char *stream)
{
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    jsOptions options;
    natsStatus st = js_GetStreamInfo(&info, bus->js, stream, ut__bus_look(&options), &code);
    int led =
        st == NATS_NOT_FOUND ||
        (st == NATS_OK && (!info->Cluster || (info->Cluster->Leader && *info->Cluster->Leader)));
    jsStreamInfo_Destroy(info);
    return led;
}

/*
 * A server that is apart from its cluster takes connections, and what is asked of it is lost and waited for in vain; the
 * next one may have all. So it is asked first, shortly, for what costs it nothing.
 */
static natsStatus find_leaders(struct ut__bus *bus)
{
    static const char *const forms[] = {"%s_alerts",      "KV_%s_nodes",    "KV_%s_acts",
                                        "KV_%s_standins", "KV_%s_settings", "%s_past"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char stream[96];
        snprintf(stream, sizeof stream, forms[i], bus->prefix);
        int led = is_led(bus, stream);
        if (!led) /* One answer may be lost. */
            led = is_led(bus, stream);
        if (!led)
            return NATS_TIMEOUT;
    }
    return NATS_OK;
}

/*
 * Where one of several servers has died, JetStream may still give a new consumer to it, which then does not come to
 * be; and one that hears no leader answers for those that do that all is unavailable. The next try may fall on another.
 * So each step has a short wait and some tries of its own; with one try for all of them, a node was deaf for half a
 * minute and more.
 */
static natsStatus patiently(struct ut__bus *bus, natsStatus (*step)(struct ut__bus *))
{
    int64_t end = ut__clock_mono_us() + STEP_US;
    natsStatus st;
    while ((st = step(bus)) == NATS_TIMEOUT || st == NATS_ERR || st == NATS_NO_RESPONDERS) {
        if (ut__clock_mono_us() >= end || atomic_load(&bus->ending))
            break;
        nats_Sleep(STEP_REST_MS);
    }
    return st;
}

/* Where it is off nobody answers; where servers have no leader yet one is waited for. */
static int has_jetstream(struct ut__bus *bus)
{
    jsAccountInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus st = js_GetAccountInfo(&info, bus->js, NULL, &code);
    jsAccountInfo_Destroy(info);
    if (st != NATS_NO_RESPONDERS && code != JSNotEnabledErr && code != JSNotEnabledForAccountErr)
        return 1;
    ut__bus_failed(bus, "JetStream is off there, or for this account: start nats-server with -js",
                   NATS_OK);
    return 0;
}

int ut__bus_set_up(struct ut__bus *bus)
{
    static natsStatus (*const steps[])(struct ut__bus *) = {alerts_stream,
                                                            nodes_bucket,
                                                            acts_bucket,
                                                            standins_bucket,
                                                            listen_plain,
                                                            listen_to_us,
                                                            listen_alerts,
                                                            watch_nodes,
                                                            watch_acts,
                                                            ut__bus_settings_bucket,
                                                            ut__bus_settings_listen};
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = STEP_WAIT_MS;
    natsStatus st = natsConnection_JetStream(&bus->js, bus->nc, &options);
    if (st == NATS_OK && !has_jetstream(bus))
        return -1;
    if (st == NATS_OK)
        st = find_leaders(bus);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && st == NATS_OK; i++)
        st = patiently(bus, steps[i]);
    if (st == NATS_OK)
        ut__bus_past_set_up(bus);
    pthread_mutex_lock(&bus->send_lock);
    if (st == NATS_OK)
        st = natsConnection_JetStream(&bus->send_js, bus->nc, NULL);
    pthread_mutex_unlock(&bus->send_lock);
    if (st == NATS_OK)
        return 0;
    ut__bus_failed(bus, "JetStream's stream and buckets", st);
    return -1;
}

/* Returns 1 once no thread of libnats's reads for the connection any more; 0: one will not end. */
static int close_connection(struct ut__bus *bus)
{
    int64_t end = ut__clock_mono_us() + CLOSE_US;
    natsConnection_Close(bus->nc);
    while (!atomic_load(&bus->closed) && ut__clock_mono_us() < end)
        nats_Sleep(1);
    return atomic_load(&bus->closed);
}

/*
 * The connection ends first: libnats 3.4's reader looks a subscription up and uses it without holding it, so
 * that one which is destroyed meanwhile is used after it was freed. Should the reader not end, all is left to it.
 */
void ut__bus_tear_down(struct ut__bus *bus)
{
    if (!bus->nc)
        return;
    pthread_mutex_lock(&bus->send_lock); /* Nobody sends by it while it goes. */
    if (close_connection(bus)) {
        jsCtx_Destroy(bus->send_js);
        kvWatcher_Destroy(bus->watch_nodes);
        kvWatcher_Destroy(bus->watch_acts);
        natsSubscription_Destroy(bus->plain);
        natsSubscription_Destroy(bus->to_us);
        natsSubscription_Destroy(bus->alerts);
        ut__bus_settings_tear_down(bus);
        ut__bus_past_tear_down(bus);
        kvStore_Destroy(bus->nodes);
        kvStore_Destroy(bus->acts);
        kvStore_Destroy(bus->standins);
        jsCtx_Destroy(bus->js);
        natsConnection_Destroy(bus->nc);
    }
    bus->send_js = bus->js = NULL;
    bus->watch_nodes = bus->watch_acts = NULL;
    bus->plain = bus->to_us = bus->alerts = NULL;
    bus->settings_news = bus->settings_past = bus->past = NULL;
    bus->nodes = bus->acts = bus->settings = bus->standins = NULL;
    memset(bus->standin, 0, sizeof bus->standin);
    bus->nc = NULL;
    pthread_mutex_unlock(&bus->send_lock);
}

static void hand(const struct ut__bus *bus, char *text_take)
{
    bus->host->heard(bus->host->arg, text_take);
}

static void hand_kept(const struct ut__bus *bus, char *text_take)
{
    bus->host->kept(bus->host->arg, text_take);
}

/* All that has come by a subscription; the first one is waited for. */
static void drain(struct ut__bus *bus, natsSubscription *sub, int64_t wait_ms)
{
    for (int i = 0; i < BATCH; i++) {
        natsMsg *msg = NULL;
        if (natsSubscription_NextMsg(&msg, sub, i ? 0 : wait_ms) != NATS_OK)
            return;
        int len = natsMsg_GetDataLength(msg);
        if (len > 0 && len <= UT__BUS_MESSAGE_MAX)
            hand(bus, strndup(natsMsg_GetData(msg), (size_t)len));
        natsMsg_Destroy(msg);
    }
}

/* An entry as {"kind","node","key","event"}. Entries that were deleted say nothing. */
static char *entry_text(kvEntry *e, const char *kind, const char *node)
{
    const char *value = kvEntry_ValueString(e);
    json_t *event = value ? json_loads(value, JSON_REJECT_DUPLICATES, NULL) : NULL;
    json_t *root = json_is_object(event) && kvEntry_Operation(e) == kvOp_Put
                       ? json_pack("{ss ss ss sO}", "kind", kind, "node", node, "key",
                                   kvEntry_Key(e), "event", event)
                       : NULL;
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    json_decref(event);
    return text;
}

/* A lease as it was put, for who knows whether it is signed. */
static char *lease_text(kvEntry *e)
{
    const char *value = kvEntry_ValueString(e);
    json_t *root =
        value ? json_pack("{ss ss ss}", "kind", "lease", "node", kvEntry_Key(e), "text", value)
              : NULL;
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

/* A node has taken its lease back: it left, and did not die. */
static char *left_text(const char *node)
{
    json_t *root = json_pack("{ss ss}", "kind", "left", "node", node);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

/* Keys of acts begin with whom they are for. */
static int is_order_to(const char *key, const char *node)
{
    size_t n = strlen(node);
    return strncmp(key, node, n) == 0 && key[n] == '.';
}

static char *other_order(kvEntry *e, const char *key)
{
    char node[UT__SUPERVISE_NODE_MAX];
    size_t n = strcspn(key, ".");
    if (n >= sizeof node || strcmp(key + n, ".=alive") == 0 ||
        kvEntry_ValueLen(e) >= UT__BUS_MESSAGE_MAX)
        return NULL;
    memcpy(node, key, n);
    node[n] = '\0';
    return entry_text(e, "order_of", node);
}

static void watch(struct ut__bus *bus, kvWatcher *w)
{
    for (int i = 0; i < BATCH; i++) {
        kvEntry *e = NULL;
        if (kvWatcher_Next(&e, w, 1) != NATS_OK)
            return;
        const char *key = e ? kvEntry_Key(e) : "";
        int acts = w == bus->watch_acts;
        if (strcmp(key, acts ? bus->alive_key : bus->node) == 0)
            *(acts ? &bus->acts_echo_us : &bus->nodes_echo_us) = ut__clock_mono_us();
        else if (e && !acts && kvEntry_Operation(e) != kvOp_Put)
            hand_kept(bus, left_text(key));
        else if (e && acts && !is_order_to(key, bus->node))
            hand_kept(bus, other_order(e, key));
        else if (e && kvEntry_ValueLen(e) < UT__BUS_MESSAGE_MAX)
            hand_kept(bus, acts ? entry_text(e, "order", "?") : lease_text(e));
        kvEntry_Destroy(e);
    }
}

void ut__bus_receive(struct ut__bus *bus)
{
    if (atomic_load(&bus->ending)) /* The hub may be no more. */
        return;
    drain(bus, bus->plain, WAIT_MS);
    drain(bus, bus->to_us, 0);
    drain(bus, bus->alerts, 0);
    watch(bus, bus->watch_nodes);
    watch(bus, bus->watch_acts);
    ut__bus_settings_receive(bus);
    ut__bus_past_receive(bus);
}

void ut__bus_failed(struct ut__bus *bus, const char *what, natsStatus status)
{
    natsStatus last = NATS_OK;
    const char *detail = nats_GetLastError(&last), *text = natsStatus_GetText(status);
    if (last != status || !detail || strcmp(detail, text) == 0)
        detail = "";
    pthread_mutex_lock(&bus->lock);
    if (status == NATS_OK) /* It closed the connection without a word. */
        snprintf(bus->why, sizeof bus->why, "%s", what);
    else
        snprintf(bus->why, sizeof bus->why, "%s: %s%s%s", what, text, *detail ? ": " : "", detail);
    pthread_mutex_unlock(&bus->lock);
}

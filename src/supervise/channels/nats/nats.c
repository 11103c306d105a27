/* SPDX-License-Identifier: MIT */
/*
 * NATS: alerts as durable messages, calls and scores as plain ones, leases and acts as keys.
 *
 *     outbox -> send: JetStream PREFIX.alert.NODE.ALERT, Nats-Msg-Id = the letter's key
 *     hub -> queue -> thread: PREFIX.live.KIND.NODE; key PREFIX_acts NODE.ALERT.N; lease of a node;
 *                             key PREFIX_settings KIND.NAME
 *     others' messages -> thread -> hub
 *
 * The bus may be away: letters stay in the outbox, plain messages are dropped, acts wait as keys.
 * libnats has threads of its own; all reading is by asking, from this one thread, so that of ours nothing
 * but a flag runs in theirs. A connection that is gone is not mended but begun anew: libnats's thread
 * touches subscriptions that another destroys, so they go after it (ut__bus_tear_down).
 */

#include "supervise/channels/nats/nats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum {
    PUBLISH_WAIT_MS = 5000,
    RETRY_LEAST_US = 100000, /* And by chance so much more, for as long as the broker is away: */
    RETRY_MORE_US = 150000,  /* nodes are not to come all at once. */
    CONNECT_MS = 1000,
    WRITE_MS = 5000, /* Of a broker that does not read. */
    PING_MS = 1000,  /* Of a machine that died, or a way that is cut, nobody sends a farewell. */
    PINGS_MAX = 2,   /* That many have no answer: it is gone. */
    END_US = 10000000,
    SERVERS_MAX = 8
};

static void enqueue(struct ut__bus *bus, struct ut__bus_item *item, int may_drop)
{
    pthread_mutex_lock(&bus->lock);
    int full = may_drop && bus->queued >= UT__BUS_QUEUE_MAX;
    if (!full) {
        *bus->tail = item;
        bus->tail = &item->next;
        bus->queued++;
    }
    pthread_mutex_unlock(&bus->lock);
    if (!full)
        return;
    atomic_fetch_add(&bus->dropped, 1);
    free(item->text);
    free(item);
}

static struct ut__bus_item *new_item(enum ut__bus_what what, char *text_take)
{
    struct ut__bus_item *item = text_take ? calloc(1, sizeof *item) : NULL;
    if (!item) {
        free(text_take);
        return NULL;
    }
    item->what = what;
    item->text = text_take;
    return item;
}

static char *wrap(struct ut__bus *bus, const char *kind, const char *json, size_t len)
{
    struct ut__text t = {0};
    ut__text_kstr(&t, "kind", kind);
    ut__text_kstr(&t, "node", bus->node);
    ut__text_kstr(&t, "life", bus->self);
    ut__text_kint(&t, "n", atomic_fetch_add(&bus->said, 1) + 1);
    ut__text_kint(&t, "at", ut__wall_ms());
    ut__text_key(&t, "event");
    ut__text_bytes(&t, json, len);
    ut__text_raw(&t, "}");
    return ut__bus_signed(bus, &t);
}

static void publish(void *state, const char *kind, const char *json, size_t len)
{
    struct ut__bus *bus = state;
    if (!atomic_load(&bus->connected))
        return;
    struct ut__bus_item *item = new_item(UT__BUS_PLAIN, wrap(bus, kind, json, len));
    if (!item)
        return;
    snprintf(item->subject, sizeof item->subject, "%s.live.%s.%s", bus->prefix, kind, bus->node);
    enqueue(bus, item, 1);
}

static void tell(void *state, const char *node, const char *kind, const char *json)
{
    struct ut__bus *bus = state;
    char token[3 * UT__SUPERVISE_NODE_MAX];
    struct ut__bus_item *item = new_item(UT__BUS_PLAIN, wrap(bus, kind, json, strlen(json)));
    if (!item)
        return;
    ut__bus_escape(node, token, sizeof token);
    snprintf(item->subject, sizeof item->subject, "%s.to.%s", bus->prefix, token);
    enqueue(bus, item, 1);
}

static void act(void *state, const char *alert, const char *json)
{
    struct ut__bus *bus = state;
    json_t *order = json_loads(json, 0, NULL);
    const char *owner = json_string_value(json_object_get(order, "node"));
    char owner_key[UT__SUPERVISE_NODE_MAX * 3], alert_key[UT__BUS_ALERT_MAX * 3];
    struct ut__bus_item *item = owner ? new_item(UT__BUS_ACT, strdup(json)) : NULL;
    if (item) {
        ut__bus_escape(owner, owner_key, sizeof owner_key);
        ut__bus_escape(alert, alert_key, sizeof alert_key);
        snprintf(item->subject, sizeof item->subject, "%.130s.%.250s.%s-%lld", owner_key, alert_key,
                 bus->node, (long long)ut__clock_wall_us());
        enqueue(bus, item, 0);
    }
    json_decref(order);
}

/* An order about a key; may_drop: it is asked for again, or due still. */
static void enqueue_order(struct ut__bus *bus, enum ut__bus_what what, const char *key,
                          int64_t revision, const char *text, int may_drop)
{
    struct ut__bus_item *item = new_item(what, strdup(text));
    if (!item)
        return;
    snprintf(item->subject, sizeof item->subject, "%s", key);
    item->revision = revision;
    enqueue(bus, item, may_drop);
}

static void act_again(void *state, const char *key, const char *json)
{
    enqueue_order(state, UT__BUS_ACT, key, 0, json, 0);
}

static void stand_in(void *state, const char *node, int on)
{
    enqueue_order(state, UT__BUS_STAND_IN, node, on, "", 1);
}

static void put(void *state, const char *key, int64_t revision, const char *value)
{
    enqueue_order(state, UT__BUS_PUT, key, revision, value, 0);
}

static void drop(void *state, const char *key)
{
    enqueue_order(state, UT__BUS_DROP, key, 0, "", 0);
}

static void purge(void *state, const char *key)
{
    enqueue_order(state, UT__BUS_PURGE, key, 0, "", 0);
}

static void hand(void *state, const char *key, int64_t row, const char *value)
{
    enqueue_order(state, UT__BUS_HAND, key, row, value, 1);
}

static void fetch(void *state, const char *key)
{
    enqueue_order(state, UT__BUS_FETCH, key, 0, "", 0);
}

static void past_put(void *state, const char *key, const char *value)
{
    enqueue_order(state, UT__BUS_PAST, key, 0, value, 1);
}

static void past_from(void *state, int64_t after)
{
    enqueue_order(state, UT__BUS_PAST_FROM, "", after, "", 0);
}

static void anew(void *state)
{
    struct ut__bus *bus = state;
    atomic_store(&bus->anew, 1);
}

static void set_load(void *state, uint32_t calls, int draining)
{
    struct ut__bus *bus = state;
    atomic_store(&bus->calls, calls);
    atomic_store(&bus->draining, draining != 0);
}

static int is_connected(void *state)
{
    struct ut__bus *bus = state;
    return atomic_load(&bus->connected);
}

static void act_done(void *state, const char *key)
{
    enqueue_order(state, UT__BUS_ACT_DONE, key, 0, "", 0);
}

static struct ut__bus_item *take_queue(struct ut__bus *bus)
{
    pthread_mutex_lock(&bus->lock);
    struct ut__bus_item *list = bus->head;
    bus->head = NULL;
    bus->tail = &bus->head;
    bus->queued = 0;
    pthread_mutex_unlock(&bus->lock);
    return list;
}

static int send_item(struct ut__bus *bus, const struct ut__bus_item *item)
{
    switch (item->what) {
    case UT__BUS_PLAIN:
        (void)natsConnection_Publish(bus->nc, item->subject, item->text, (int)strlen(item->text));
        return 1;
    case UT__BUS_ACT:
        return kvStore_PutString(NULL, bus->acts, item->subject, item->text) == NATS_OK;
    case UT__BUS_PUT:
        ut__bus_settings_put(bus, item);
        return 1;
    case UT__BUS_DROP:
        ut__bus_settings_drop(bus, item);
        return 1;
    case UT__BUS_STAND_IN:
        ut__bus_standin(bus, item->subject, item->revision != 0);
        return 1;
    case UT__BUS_PAST:
        ut__nats_past_put(bus, item);
        return 1;
    case UT__BUS_PAST_FROM:
        ut__nats_past_from(bus, item->revision);
        return 1;
    case UT__BUS_HAND:
        ut__nats_hand(bus, item);
        return 1;
    case UT__BUS_FETCH:
        ut__nats_fetch(bus, item->subject);
        return 1;
    case UT__BUS_PURGE:
        ut__nats_past_purge(bus, item);
        return 1;
    default:
        return kvStore_Purge(bus->acts, item->subject, NULL) == NATS_OK;
    }
}

/* Orders that could not be put wait for the next turn; plain messages are of the moment. */
static void send_queue(struct ut__bus *bus)
{
    struct ut__bus_item *list = take_queue(bus);
    while (list) {
        struct ut__bus_item *item = list;
        list = item->next;
        item->next = NULL;
        if (send_item(bus, item)) {
            free(item->text);
            free(item);
        } else {
            enqueue(bus, item, 0);
        }
    }
}

/* Letters wait from now on; `why` says for what. */
static void go_down(struct ut__bus *bus)
{
    if (atomic_exchange(&bus->connected, 0))
        UT__LOG(UT__LOG_WARN, "alerts for NATS wait in the outbox",
                ut__log_str("reason", bus->why));
}

/* The servers, one after the other, from another one on after each failure: one that is cut off from the others of
 * its cluster takes connections and can keep nothing. */
static natsStatus set_servers(struct ut__bus *bus)
{
    const char *servers[SERVERS_MAX];
    char *copy = strdup(bus->url);
    unsigned n = 0;
    if (!copy)
        return NATS_NO_MEMORY;
    for (char *s = copy, *comma; s && *s && n < SERVERS_MAX; s = comma ? comma + 1 : NULL) {
        comma = strchr(s, ',');
        if (comma)
            *comma = '\0';
        servers[n++] = s;
    }
    for (unsigned i = 0; n && i < bus->first % n; i++) {
        const char *s = servers[0];
        memmove(servers, servers + 1, (n - 1) * sizeof servers[0]);
        servers[n - 1] = s;
    }
    natsStatus st = n ? natsOptions_SetServers(bus->options, servers, (int)n) : NATS_INVALID_ARG;
    free(copy);
    return st;
}

static int connect_bus(struct ut__bus *bus)
{
    atomic_store(&bus->closed, 0);
    natsStatus st = set_servers(bus);
    if (st == NATS_OK)
        st = natsConnection_Connect(&bus->nc, bus->options);
    if (st == NATS_OK)
        return 0;
    ut__bus_failed(bus, "no connection", st);
    return -1;
}

/* A connection with all that hangs from it. Returns 0, or -1 after undoing it. */
static int begin(struct ut__bus *bus)
{
    if (connect_bus(bus) || atomic_load(&bus->ending) || ut__bus_set_up(bus) ||
        ut__bus_claim(bus)) {
        ut__bus_tear_down(bus);
        bus->first++;
        return -1;
    }
    atomic_store(&bus->connected, 1);
    UT__LOG(UT__LOG_INFO, "NATS is connected", ut__log_int("replicas", bus->copies));
    return 0;
}

/* Why the connection was lost goes to `why`. */
static int is_lost(struct ut__bus *bus)
{
    const char *last = NULL;
    if (natsConnection_Status(bus->nc) == NATS_CONN_STATUS_CONNECTED)
        return 0;
    ut__bus_failed(bus, "NATS went away", natsConnection_GetLastError(bus->nc, &last));
    return 1;
}

/* Returns 1 while the bus can be used. */
static int keep_connected(struct ut__bus *bus)
{
    if (bus->nc && (is_lost(bus) || ut__bus_keep(bus))) {
        go_down(bus);
        ut__bus_tear_down(bus);
        bus->first++;
        bus->retry_us = 0;
    }
    if (bus->nc)
        return 1;
    if (ut__clock_mono_us() < bus->retry_us)
        return 0;
    int has_begun = begin(bus) == 0;
    bus->retry_us = ut__clock_mono_us() + RETRY_LEAST_US + rand_r(&bus->chance) % RETRY_MORE_US;
    return has_begun;
}

static void *run(void *arg)
{
    struct ut__bus *bus = arg;
    while (!atomic_load(&bus->ending)) {
        if (!keep_connected(bus)) {
            nats_Sleep(50);
            continue;
        }
        send_queue(bus);
        ut__bus_receive(bus);
    }
    atomic_store(&bus->connected, 0);
    if (bus->nc) {
        send_queue(bus);
        if (bus->lease_revision)
            (void)kvStore_Delete(bus->nodes, bus->node);
        (void)natsConnection_FlushTimeout(bus->nc, 1000);
    }
    ut__bus_tear_down(bus);
    atomic_store(&bus->ended, 1);
    return NULL;
}

/* The channel's thread starts ours, once the ledger is there. */
static void idle(void *state)
{
    struct ut__bus *bus = state;
    if (!bus->running)
        bus->running = pthread_create(&bus->thread, NULL, run, bus) == 0;
}

/* Whether others would fare better than the letter that failed. */
static enum ut__sent judge(natsStatus status)
{
    switch (status) {
    case NATS_OK:
        return UT__SENT;
    case NATS_ERR: /* JetStream itself refused: too long, a limit. */
    case NATS_MAX_PAYLOAD:
    case NATS_NO_MEMORY:
        return UT__SENT_RETRY;
    default:
        return UT__SENT_AWAY;
    }
}

static enum ut__sent send_letter(void *state, const struct ut__letter *letter,
                                 struct ut__channel_word *word)
{
    struct ut__bus *bus = state;
    char subject[UT__BUS_SUBJECT_MAX], token[UT__BUS_SUBJECT_MAX - 200];
    jsPubOptions options;
    jsErrCode code = 0;
    idle(bus);
    if (!atomic_load(&bus->connected)) {
        snprintf(word->error, sizeof word->error, "NATS is not connected");
        return UT__SENT_AWAY;
    }
    char *text = wrap(bus, "alert", letter->body, strlen(letter->body));
    ut__bus_escape(letter->alert, token, sizeof token);
    snprintf(subject, sizeof subject, "%s.alert.%s.%s", bus->prefix, bus->node, token);
    jsPubOptions_Init(&options);
    options.MsgId = letter->key;
    options.MaxWait = PUBLISH_WAIT_MS;
    pthread_mutex_lock(&bus->send_lock);
    natsStatus status = !text          ? NATS_NO_MEMORY
                        : bus->send_js ? js_Publish(NULL, bus->send_js, subject, text,
                                                    (int)strlen(text), &options, &code)
                                       : NATS_CONNECTION_CLOSED;
    pthread_mutex_unlock(&bus->send_lock);
    free(text);
    if (status != NATS_OK)
        atomic_store(&bus->doubt, 1);
    if (status != NATS_OK)
        snprintf(word->error, sizeof word->error, "JetStream did not take it: %s (%d)",
                 ut__bus_why(status), (int)code);
    return judge(status);
}

/* Returns 1 once the bus's thread has ended. 0: it is within libnats, which waits for ever for a broker that is silent
 * in the midst of a handshake. */
static int end_thread(struct ut__bus *bus)
{
    int64_t end = ut__clock_mono_us() + END_US;
    atomic_store(&bus->ending, 1);
    if (!bus->running)
        return 1;
    while (!atomic_load(&bus->ended) && ut__clock_mono_us() < end)
        nats_Sleep(2);
    if (!atomic_load(&bus->ended))
        return 0;
    pthread_join(bus->thread, NULL);
    bus->running = 0;
    return 1;
}

/* It signs by the ledger's key to the last. */
static void stop(void *state)
{
    (void)end_thread(state);
}

static void destroy(void *state)
{
    struct ut__bus *bus = state;
    if (!bus)
        return;
    if (!end_thread(bus)) { /* What it uses stays until the process ends. */
        UT__LOG0(UT__LOG_WARN, "NATS is left in the midst of a call that does not end");
        return;
    }
    for (struct ut__bus_item *i = take_queue(bus), *next; i; i = next) {
        next = i->next;
        free(i->text);
        free(i);
    }
    natsOptions_Destroy(bus->options);
    free(bus->url);
    pthread_mutex_destroy(&bus->lock);
    pthread_mutex_destroy(&bus->send_lock);
    free(bus);
}

/* libnats's thread of callbacks, after the connection's others have ended. */
static void closed(natsConnection *nc, void *arg)
{
    struct ut__bus *bus = arg;
    (void)nc;
    atomic_store(&bus->closed, 1);
}

static natsStatus set_options(struct ut__bus *bus, const struct ut__nats_options *cfg)
{
    natsStatus st = natsOptions_Create(&bus->options);
    if (st == NATS_OK)
        st = set_servers(bus);
    if (st == NATS_OK)
        st = natsOptions_SetNoRandomize(bus->options, true);
    if (st == NATS_OK)
        st = natsOptions_SetName(bus->options, bus->node);
    if (st == NATS_OK)
        st = natsOptions_SetAllowReconnect(bus->options, false);
    if (st == NATS_OK)
        st = natsOptions_SetClosedCB(bus->options, closed, bus);
    if (st == NATS_OK)
        st = natsOptions_SetWriteDeadline(bus->options, WRITE_MS);
    if (st == NATS_OK)
        st = natsOptions_SetTimeout(bus->options, CONNECT_MS);
    if (st == NATS_OK)
        st = natsOptions_SetPingInterval(bus->options, PING_MS);
    if (st == NATS_OK)
        st = natsOptions_SetMaxPingsOut(bus->options, PINGS_MAX);
    if (st == NATS_OK)
        st = natsOptions_SetNoEcho(bus->options, true);
    if (st == NATS_OK && cfg->creds_file)
        st = natsOptions_SetUserCredentialsFromFiles(bus->options, cfg->creds_file, NULL);
    if (st == NATS_OK && (cfg->ca_file || strncmp(cfg->url, "tls://", 6) == 0))
        st = natsOptions_SetSecure(bus->options, true);
    if (st == NATS_OK && cfg->ca_file)
        st = natsOptions_LoadCATrustedCertificates(bus->options, cfg->ca_file);
    if (st == NATS_OK && cfg->cert_file)
        st = natsOptions_LoadCertificatesChain(bus->options, cfg->cert_file, cfg->key_file);
    return st;
}

int ut__nats_create(void **out, const struct ut__nats_options *cfg,
                    const struct ut__edge_host *host, char *why, size_t cap)
{
    struct ut__bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return UT_ENOMEM;
    bus->host = host;
    bus->tail = &bus->head;
    pthread_mutex_init(&bus->lock, NULL);
    pthread_mutex_init(&bus->send_lock, NULL);
    bus->replicas = (uint8_t)cfg->replicas;
    snprintf(bus->node, sizeof bus->node, "%s", host->node);
    ut__bus_escape(cfg->prefix, bus->prefix, sizeof bus->prefix);
    ut__bus_name_self(bus);
    bus->url = strdup(cfg->url);
    bus->first = (unsigned)strtoul(bus->self + 12, NULL, 16); /* Not all nodes at one server. */
    bus->chance = bus->first;
    natsStatus st = !bus->url || strchr(bus->prefix, '=') || !bus->prefix[0]
                        ? NATS_INVALID_ARG
                        : set_options(bus, cfg);
    if (st != NATS_OK) {
        snprintf(why, cap,
                 "the NATS settings will not do (%s): check the address (nats://HOST:PORT), the "
                 "prefix (letters, digits, _ and -) and the files of credentials and certificates",
                 natsStatus_GetText(st));
        destroy(bus);
        return UT_EINVAL;
    }
    if (!ut__nats_clock_is_ours())
        UT__LOG0(UT__LOG_WARN, "NATS waits by the wall clock: one that is set back holds it up");
    *out = bus;
    return 0;
}

static int ready(void *state, char *why, size_t cap)
{
    struct ut__bus *bus = state;
    if (is_connected(bus))
        return 1;
    pthread_mutex_lock(&bus->lock);
    snprintf(why, cap, "%s", bus->why[0] ? bus->why : "NATS went away");
    pthread_mutex_unlock(&bus->lock);
    return 0;
}

static const struct ut__bus_ops ops = {.publish = publish,
                                       .tell = tell,
                                       .act = act,
                                       .act_again = act_again,
                                       .stand_in = stand_in,
                                       .act_done = act_done,
                                       .put = put,
                                       .drop = drop,
                                       .past_put = past_put,
                                       .past_from = past_from,
                                       .purge = purge,
                                       .hand = hand,
                                       .fetch = fetch,
                                       .anew = anew,
                                       .load = set_load,
                                       .connected = is_connected};

const struct ut__channel_kind ut__nats_kind = {
    .name = "nats",
    .remedy = "Look at NATS, and at the room and limits of its "
              "JetStream (nats account info, nats stream report); "
              "what waits is sent when it takes it again.",
    .send = send_letter,
    .ready = ready,
    .idle = idle,
    .stop = stop,
    .destroy = destroy,
    .bus = &ops};

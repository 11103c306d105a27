/* SPDX-License-Identifier: MIT */
/* The hub. */

#include "live/hub.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "live/carried.h"
#include "live/decisions.h"
#include "live/line_text.h"
#include "live/live_call.h"
#include "live/worker.h"
#include "net/re.h"

enum {
    ITEMS_A_TURN = 256,  /* Of one worker, before the loop's other work gets its turn. */
    COMMANDS_MIN = 4096, /* So many calls a worker at least: SIGHUP may raise max-calls. */
    ITEMS_MIN = 64,      /* On their way from one worker. */
    ITEMS_MAX = 512,
    SAMPLES_MAX = 512, /* Of one record in a pushed call's ring. */
    RECALL_MS = 250,   /* Half of what the ring of a pushed call holds. */
    LOAD_US = 1000000, /* So far apart the workers are looked at. */
    GAP_AHEAD_S = 600  /* So much more may be lost of a call than time has gone by. */
};

struct ut__hub {
    struct ut__hub_config cfg;
    struct ut__port port;
    struct ut__worker *workers[UT__LIVE_WORKERS_MAX];
    uint32_t worker_calls[UT__LIVE_WORKERS_MAX];
    int wake_fd;
    _Atomic int awake;
    struct ut__sink sinks[UT__HUB_SINKS_MAX];
    uint32_t sink_count;
    struct ut__call_table table;
    uint64_t next_id;
    struct ut__live_stats stats;
    int draining, ending;
    void (*drained)(void *arg);
    void *drained_arg;
    ut__hub_rule *rule;
    void *rule_arg;
    struct ut__hub_memory memory;
    uint32_t recalling; /* Calls that wait for a baseline. */
    uint32_t talks;     /* Conversations without a voice, which edges publish. */
    struct {
        int64_t at_us;
        uint64_t cpu_us[UT__LIVE_WORKERS_MAX];
        float busiest;
    } load; /* When the workers' use of their cores was looked at. */
    struct ut__carried carried;
};

static struct ut__live_call *of_entry(struct ut__call_entry *e)
{
    return (struct ut__live_call *)((char *)e - offsetof(struct ut__live_call, entry));
}

static void hand_out(struct ut__hub *hub, struct ut__stream_item *item)
{
    item->id = hub->next_id++;
    item->time_us = ut__clock_wall_us();
    for (uint32_t i = 0; i < hub->sink_count; i++)
        hub->sinks[i].push(hub->sinks[i].state, item);
}

/* No call is left, and what may go on without one has ended. */
static void tell_drained(struct ut__hub *hub)
{
    void (*done)(void *arg) = hub->drained;
    if (!hub->draining || !done || hub->table.count || (hub->talks && !hub->ending))
        return;
    hub->drained = NULL;
    done(hub->drained_arg);
}

void ut__hub_publish(struct ut__hub *hub, struct ut__stream_item *item)
{
    hub->talks += item->kind == UT__STREAM_STARTED;
    hub->talks -= item->kind == UT__STREAM_ENDED && hub->talks;
    hand_out(hub, item);
    if (item->kind == UT__STREAM_ENDED)
        tell_drained(hub);
}

/* An item of a call of ours, filled in but for its number, its time and what is known of it. */
static void publish(struct ut__hub *hub, struct ut__stream_item *item,
                    const struct ut__live_call *lc)
{
    item->on_hold = lc->on_hold;
    item->info = lc->info;
    hand_out(hub, item);
}

static void publish_kind(struct ut__hub *hub, const struct ut__live_call *lc,
                         enum ut__stream_kind kind)
{
    struct ut__stream_item item = {.kind = kind};
    if (kind == UT__STREAM_ENDED) {
        memcpy(item.reason, lc->reason, sizeof item.reason);
        for (uint32_t i = 0; i < lc->line_count; i++) {
            item.packets += lc->lines[i].told.packets;
            item.packets_lost += lc->lines[i].told.lost;
        }
    }
    publish(hub, &item, lc);
}

static void count_latency(struct ut__hub *hub, int64_t arrival_us)
{
    int64_t ms = (ut__clock_mono_us() - arrival_us + 999) / 1000;
    uint32_t b = 0;
    while (b < UT__LIVE_LATENCY_BUCKETS - 1 && ms > (int64_t)ut__live_latency_ms[b])
        b++;
    hub->stats.latency[b]++;
}

/* The worker gets the call; from here on all that concerns it goes by commands. */
static void hand_to_worker(struct ut__live_call *lc)
{
    struct ut__worker_command cmd = {.op = UT__WORKER_OPEN, .call = lc};
    if (lc->recalling) {
        tmr_cancel(&lc->recall_over);
        lc->recalling = 0;
        lc->hub->recalling--;
    }
    ut__worker_send(lc->hub->workers[lc->worker], &cmd);
}

/* A command may not overtake the call's own way to its worker. */
static void stop_recalling(void *arg)
{
    struct ut__live_call *lc = arg;
    if (!lc->recalling)
        return;
    ut__decided_baseline(lc->info.id, lc->info.caller, "withheld",
                         "the record has not answered in time");
    hand_to_worker(lc);
}

static int may_recall(struct ut__hub *hub, const struct ut__live_call *lc)
{
    const char *why = !hub->memory.recall          ? "no record keeps baselines"
                      : !lc->info.caller[0]        ? "nobody says who calls"
                      : !ut__live_caller_known(lc) ? "nobody says which line is the caller's"
                                                   : NULL;
    if (!why && !hub->memory.recall(hub->memory.arg, lc->info.caller, lc->info.id))
        why = "the record takes no question";
    ut__decided_baseline(lc->info.id, lc->info.caller, why ? "withheld" : "asked for", why);
    return !why;
}

/* The same caller goes on: with what the call has learnt so far. */
static void carry_on(struct ut__live_call *lc, const uint8_t *blob, size_t len)
{
    if (ut_call_set_baseline(lc->call, blob, len) != 0)
        return;
    lc->info.returning = 1;
    UT__LOG(UT__LOG_INFO, "a call goes on with another's baseline",
            ut__log_str("call", lc->info.id));
    ut__decided_baseline(lc->info.id, lc->info.caller, "carried over", NULL);
    publish_kind(lc->hub, lc, UT__STREAM_UPDATED);
}

/* A call that goes on with another one, says its ingress. Returns 1 when it waits for that one's
 * end. */
static int goes_on(struct ut__hub *hub, struct ut__live_call *lc, const char *with)
{
    size_t len = 0;
    if (!with)
        return 0;
    const uint8_t *blob = ut__carried_find(&hub->carried, with, ut__clock_mono_us(),
                                           (int64_t)hub->cfg.rejoin_s * 1000000, &len);
    const struct ut__call_entry *live = ut__call_table_find(&hub->table, with);
    if (blob)
        carry_on(lc, blob, len);
    else if (live && live != &lc->entry)
        snprintf(lc->awaited, sizeof lc->awaited, "%s", with);
    return lc->awaited[0] != 0;
}

/* Those who waited for this call's end. */
static void tell_awaiting(struct ut__hub *hub, const char *id, const uint8_t *blob, size_t len)
{
    for (uint32_t b = 0; hub->recalling && b < UT__CALL_TABLE_BUCKETS; b++) {
        for (struct ut__call_entry *e = hub->table.buckets[b]; e; e = e->next) {
            struct ut__live_call *lc = of_entry(e);
            if (!lc->recalling || !lc->awaited[0] || strcmp(lc->awaited, id) != 0)
                continue;
            if (len)
                carry_on(lc, blob, len);
            hand_to_worker(lc);
        }
    }
}

static void keep_baseline(struct ut__hub *hub, const struct ut__live_call *lc)
{
    uint8_t blob[UT_BASELINE_MAX_BYTES];
    int n = ut_call_get_baseline(lc->call, blob, sizeof blob);
    size_t len = n > 0 ? (size_t)n : 0;
    ut__carried_keep(&hub->carried, lc->info.id, lc->wanted, ut__clock_mono_us(), blob, len);
    tell_awaiting(hub, lc->info.id, blob, len);
    if (!hub->memory.keep || !lc->info.caller[0])
        return;
    if (n > 0)
        hub->memory.keep(hub->memory.arg, lc->info.caller, blob, (size_t)n);
    ut__decided_baseline(lc->info.id, lc->info.caller, n > 0 ? "kept" : "not kept",
                         n > 0 ? NULL : "too little was heard to know the caller by");
}

/* The ingress has let go, or the daemon has: the worker ends the call and hands it back. */
static void begin_close(struct ut__live_call *lc, const char *reason)
{
    if (lc->closing)
        return;
    lc->closing = 1;
    stop_recalling(lc);
    snprintf(lc->reason, sizeof lc->reason, "%s", reason);
    struct ut__worker_command cmd = {.op = UT__WORKER_CLOSE, .call = lc};
    /* Room for it was kept back when the call was opened. */
    ut__worker_send(lc->hub->workers[lc->worker], &cmd);
}

/* The daemon ends a call: its ingress is told to hang up. */
static void end_call(struct ut__live_call *lc, const char *reason)
{
    if (lc->closing)
        return;
    begin_close(lc, reason);
    lc->ended(lc->arg, reason);
}

static void call_ended(struct ut__hub *hub, struct ut__live_call *lc)
{
    keep_baseline(hub, lc);
    publish_kind(hub, lc, UT__STREAM_ENDED);
    char media[UT__LIVE_MEDIA_TEXT_MAX];
    ut__live_media_text(media, sizeof media, lc);
    const struct ut__log_field fields[] = {
        ut__log_str("call", lc->info.id), ut__log_str("source", lc->info.source),
        ut__log_str("reason", lc->reason),
        ut__log_int("seconds", (ut__clock_mono_us() - lc->opened_us) / 1000000),
        ut__log_str("media", media)};
    ut__log_write_each(UT__LOG_INFO, "call ended", fields, sizeof fields / sizeof fields[0]);
    ut__call_table_remove(&hub->table, &lc->entry);
    hub->worker_calls[lc->worker]--;
    ut__live_call_destroy(lc);
    tell_drained(hub);
}

/* On the call, in the log: packets come, and none is heard. */
static void tell_thrown(struct ut__hub *hub, const struct ut__worker_item *item)
{
    struct ut__live_call *lc = item->call;
    if (lc->closing)
        return;
    ut__live_thrown_text(lc->info.problem, sizeof lc->info.problem, lc->info.source, &item->thrown);
    UT__LOG(UT__LOG_INFO, "packets are thrown away", ut__log_str("call", lc->info.id),
            ut__log_str("why", lc->info.problem));
    publish_kind(hub, lc, UT__STREAM_UPDATED);
}

static void tell_pace(struct ut__hub *hub, const struct ut__worker_item *item)
{
    struct ut__live_call *lc = item->call;
    if (lc->closing)
        return;
    ut__live_pace_text(lc->info.problem, sizeof lc->info.problem, lc->info.source, &item->pace);
    if (item->pace.seems_hz)
        UT__LOG(UT__LOG_WARN, "samples keep no time", ut__log_str("call", lc->info.id),
                ut__log_str("why", lc->info.problem));
    else
        UT__LOG(UT__LOG_INFO, "samples keep time again", ut__log_str("call", lc->info.id));
    publish_kind(hub, lc, UT__STREAM_UPDATED);
}

static void take_item(struct ut__hub *hub, const struct ut__worker_item *item)
{
    switch (item->kind) {
    case UT__WORKER_EVENT: {
        struct ut__stream_item out = {.kind = UT__STREAM_EVENT, .event = item->event};
        hub->stats.events++;
        count_latency(hub, item->arrival_us);
        ut__decided_event(item->call, &item->event);
        publish(hub, &out, item->call);
        break;
    }
    case UT__WORKER_LOST:
        if (item->call->closing)
            break;
        hub->stats.calls_lost++;
        end_call(item->call, "no media");
        break;
    case UT__WORKER_THROWN:
        tell_thrown(hub, item);
        break;
    case UT__WORKER_DROPPED:
        ut__decided_packets(item->call->info.id, &item->dropped);
        break;
    case UT__WORKER_PACE:
        tell_pace(hub, item);
        break;
    case UT__WORKER_ENDED:
        call_ended(hub, item->call);
        break;
    }
}

static void woken(int flags, void *arg)
{
    struct ut__hub *hub = arg;
    struct ut__worker_item item;
    uint64_t count;
    (void)flags;
    ssize_t got = read(hub->wake_fd, &count, sizeof count);
    (void)got;
    /* Ordered with the workers' exchange, as in the worker's own loop. */
    atomic_exchange_explicit(&hub->awake, 0, memory_order_acq_rel);
    int more = 0;
    for (uint32_t i = 0; i < hub->cfg.workers; i++) {
        int n = 0;
        while (n < ITEMS_A_TURN && ut__worker_read(hub->workers[i], &item)) {
            take_item(hub, &item);
            n++;
        }
        more |= n == ITEMS_A_TURN;
    }
    if (more && atomic_exchange_explicit(&hub->awake, 1, memory_order_acq_rel) == 0) {
        count = 1;
        got = write(hub->wake_fd, &count, sizeof count);
        (void)got;
    }
}

static uint32_t idlest(const struct ut__hub *hub)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < hub->cfg.workers; i++) {
        if (hub->worker_calls[i] < hub->worker_calls[best])
            best = i;
    }
    return best;
}

/* Each live call may still need its CLOSE, and some their OPEN: so much of the command ring is
 * kept for those. */
static int has_room(const struct ut__hub *hub, uint32_t worker)
{
    return ut__worker_room(hub->workers[worker]) > hub->worker_calls[worker] + hub->recalling + 2u;
}

static void name_call(struct ut__hub *hub, struct ut__live_call *lc)
{
    struct ut__call_info *info = &lc->info;
    uint32_t random = 0;
    if (info->started_ms == 0)
        info->started_ms = ut__clock_wall_us() / 1000;
    if (!info->id[0]) {
        if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
            random = (uint32_t)ut__clock_mono_us();
        ut__call_id_make(info->id, info->source, info->started_ms, random);
    }
    ut__call_table_add(&hub->table, &lc->entry, info->id);
    memcpy(info->id, lc->entry.id, sizeof info->id);
}

/* Why no call is taken now, and the remedy; NULL: one is. with: the call that it goes on with, or NULL. */
static const char *why_refused(const struct ut__hub *hub, uint32_t worker, const char *with)
{
    if (hub->ending)
        return "the daemon is stopping";
    if (hub->draining && (!with || !ut__call_table_find(&hub->table, with)))
        return "the node drains: others take new calls";
    if (hub->table.count >= hub->cfg.max_calls)
        return "max-calls are there; raise max-calls or add a machine";
    if (!has_room(hub, worker))
        return "the rings were made for fewer calls; restart with this max-calls";
    return NULL;
}

static int port_open(void *state, struct ut__port_call **out, const struct ut__port_open *open)
{
    struct ut__hub *hub = state;
    struct ut__live_call *lc;
    uint32_t worker = idlest(hub);
    const char *full = why_refused(hub, worker, open->continues);
    if (full) {
        hub->stats.calls_refused++;
        UT__LOG(UT__LOG_WARN, "call refused", ut__log_str("call", open->info.id),
                ut__log_str("reason", full), ut__log_int("calls", hub->table.count),
                ut__log_int("max_calls", hub->cfg.max_calls));
        return UT_ETOOBIG;
    }
    struct ut_alert_config alert = hub->cfg.alert;
    if (hub->rule)
        hub->rule(hub->rule_arg, open->info.queue, &alert);
    int err = ut__live_call_create(&lc, hub->cfg.model, &alert, open);
    if (err) {
        hub->stats.calls_failed++;
        return err;
    }
    lc->hub = hub;
    lc->worker = worker;
    lc->opened_us = ut__clock_mono_us();
    memcpy(lc->wanted, lc->info.id, sizeof lc->wanted);
    name_call(hub, lc);
    hub->worker_calls[worker]++;
    hub->stats.calls_opened++;
    UT__LOG(UT__LOG_INFO, "call started", ut__log_str("call", lc->info.id),
            ut__log_str("source", lc->info.source), ut__log_int("worker", worker));
    for (uint32_t i = 0; i < open->line_count; i++)
        ut__decided_role(lc->info.id, i, &open->lines[i]);
    if (open->line_count == 0)
        ut__decided_channels(lc->info.id, open);
    publish_kind(hub, lc, UT__STREAM_STARTED);
    lc->recalling = (uint8_t)(goes_on(hub, lc, open->continues) ||
                              (!lc->info.returning && may_recall(hub, lc)));
    hub->recalling += lc->recalling;
    if (lc->recalling)
        tmr_start(&lc->recall_over, RECALL_MS, stop_recalling, lc);
    else
        hand_to_worker(lc);
    *out = ut__live_handle(lc);
    return 0;
}

/* Lost time is worked through like any other: what a peer says of it is believed as far as it can
 * be. */
static void add_gap(struct ut__live_call *lc, enum ut_role role, uint64_t samples)
{
    int64_t gone_s = (ut__clock_mono_us() - lc->opened_us) / 1000000 + GAP_AHEAD_S;
    uint64_t most = (uint64_t)gone_s * lc->rate_hz[role];
    uint64_t left = most > lc->gapped[role] ? most - lc->gapped[role] : 0;
    uint32_t room = UINT32_MAX - lc->gap_pending[role];
    samples = samples < left ? samples : left;
    samples = samples < room ? samples : room;
    lc->gapped[role] += samples;
    lc->gap_pending[role] += (uint32_t)samples;
}

static int put_gap(struct ut__live_call *lc, enum ut_role role)
{
    struct ut__live_push head = {.role = (uint8_t)role, .gap = lc->gap_pending[role]};
    if (head.gap == 0)
        return 1;
    if (!ut__ring_write_all(&lc->pushed, &head, sizeof head))
        return 0;
    lc->gap_pending[role] = 0;
    return 1;
}

static int port_push(struct ut__port_call *call, enum ut_role role, enum ut__port_codec codec,
                     const void *bytes, size_t len_bytes)
{
    struct ut__live_call *lc = ut__live_call_of(call);
    size_t width = codec == UT__PORT_S16 ? 2 : 1;
    const uint8_t *at = bytes;
    int whole = 1;
    if (!lc->is_pushed || (unsigned)role >= UT_ROLE_COUNT || !lc->has_role[role])
        return 1;
    for (size_t n = len_bytes / width, run; n; n -= run, at += run * width) {
        uint8_t record[sizeof(struct ut__live_push) + SAMPLES_MAX * 2];
        run = n < SAMPLES_MAX ? n : SAMPLES_MAX;
        struct ut__live_push head = {
            .role = (uint8_t)role, .codec = (uint8_t)codec, .len_bytes = (uint16_t)(run * width)};
        memcpy(record, &head, sizeof head);
        memcpy(record + sizeof head, at, run * width);
        if (!put_gap(lc, role) ||
            !ut__ring_write_all(&lc->pushed, record, sizeof head + run * width)) {
            add_gap(lc, role, run);
            lc->hub->stats.pushed_dropped++;
            ut__decided_samples(lc->info.id, role, run);
            whole = 0;
        }
    }
    ut__worker_wake(lc->hub->workers[lc->worker]);
    return whole;
}

static int port_packet(struct ut__port_call *call, uint32_t line, const uint8_t *rtp, size_t len,
                       int64_t arrival_us)
{
    struct ut__live_call *lc = ut__live_call_of(call);
    uint8_t record[sizeof(struct ut__live_push) + sizeof arrival_us + UT__PORT_PACKET_MAX];
    struct ut__live_push head = {.role = (uint8_t)line,
                                 .codec = UT__PORT_RTP,
                                 .len_bytes = (uint16_t)(sizeof arrival_us + len)};
    int whole = lc->has_packets && len <= UT__PORT_PACKET_MAX && line < UT__PORT_LINES_MAX;
    if (whole) {
        memcpy(record, &head, sizeof head);
        memcpy(record + sizeof head, &arrival_us, sizeof arrival_us);
        memcpy(record + sizeof head + sizeof arrival_us, rtp, len);
        whole = ut__ring_write_all(&lc->pushed, record, sizeof head + head.len_bytes);
    }
    lc->hub->stats.pushed_dropped += !whole;
    if (!whole)
        ut__decided_packet(lc->info.id, line, len);
    ut__worker_wake(lc->hub->workers[lc->worker]);
    return whole;
}

static void port_gap(struct ut__port_call *call, enum ut_role role, uint32_t samples)
{
    struct ut__live_call *lc = ut__live_call_of(call);
    if (!lc->is_pushed || (unsigned)role >= UT_ROLE_COUNT || !lc->has_role[role])
        return;
    add_gap(lc, role, samples);
    put_gap(lc, role); /* When it does not fit it goes before the next push. */
    ut__worker_wake(lc->hub->workers[lc->worker]);
}

static void port_update(struct ut__port_call *call, const struct ut__call_info *info, int on_hold)
{
    struct ut__live_call *lc = ut__live_call_of(call);
    struct ut__hub *hub = lc->hub;
    if (info) {
        struct ut__call_info kept = lc->info;
        lc->info = *info;
        memcpy(lc->info.id, kept.id, sizeof kept.id);
        lc->info.started_ms = kept.started_ms;
        lc->info.has_agent = kept.has_agent;
        lc->info.returning = kept.returning;
        memcpy(lc->info.problem, kept.problem, sizeof kept.problem);
    }
    if (lc->on_hold != (on_hold != 0)) {
        stop_recalling(lc);
        struct ut__worker_command cmd = {.op = UT__WORKER_HOLD, .call = lc, .value = on_hold != 0};
        if (has_room(hub, lc->worker))
            ut__worker_send(hub->workers[lc->worker], &cmd);
        else
            hub->stats.commands_refused++;
        lc->on_hold = on_hold != 0;
    }
    publish_kind(hub, lc, UT__STREAM_UPDATED);
}

static int port_set_line(struct ut__port_call *call, uint32_t index,
                         const struct ut__port_line *from)
{
    struct ut__live_call *lc = ut__live_call_of(call);
    struct ut__hub *hub = lc->hub;
    if (lc->is_pushed && !lc->has_packets)
        return UT_EINVAL;
    stop_recalling(lc);
    if (!has_room(hub, lc->worker)) {
        hub->stats.commands_refused++;
        return UT_ETOOBIG;
    }
    struct ut__live_line *line = malloc(sizeof *line);
    if (!line)
        return UT_ENOMEM;
    int err = ut__live_line_make(line, lc, index, from);
    if (err) {
        free(line);
        return err;
    }
    struct ut__worker_command cmd = {
        .op = UT__WORKER_LINE, .call = lc, .value = index, .line = line};
    ut__worker_send(hub->workers[lc->worker], &cmd);
    ut__live_line_note(lc, index, from);
    ut__decided_role(lc->info.id, index, from);
    return 0;
}

static void port_close(struct ut__port_call *call, const char *reason)
{
    begin_close(ut__live_call_of(call), reason);
}

/* The busiest worker's share of its core since somebody asked, a second ago or more. */
static float busiest(struct ut__hub *hub)
{
    int64_t now_us = ut__clock_mono_us(), passed_us = now_us - hub->load.at_us;
    if (passed_us < LOAD_US)
        return hub->load.busiest;
    float most = 0.0F;
    for (uint32_t i = 0; i < hub->cfg.workers; i++) {
        uint64_t cpu_us = ut__worker_get_counters(hub->workers[i])->cpu_us;
        float used = (float)(cpu_us - hub->load.cpu_us[i]) / (float)passed_us;
        hub->load.cpu_us[i] = cpu_us;
        most = used > most ? used : most;
    }
    hub->load.at_us = now_us;
    hub->load.busiest = most < 1.0F ? most : 1.0F;
    return hub->load.busiest;
}

static void port_load(void *state, struct ut__load *out)
{
    struct ut__hub *hub = state;
    *out = (struct ut__load){.calls = hub->table.count,
                             .talks = hub->talks,
                             .max_calls = hub->cfg.max_calls,
                             .cpu = busiest(hub),
                             .draining = hub->draining != 0};
}

static const char *port_id(const struct ut__port_call *call)
{
    return ((const struct ut__live_call *)call)->info.id;
}

/* CLOSE for each call, OPEN for each, and as many changes in between: a power of two. */
static uint32_t command_room(const struct ut__hub_config *cfg)
{
    uint32_t n = COMMANDS_MIN;
    while (n < cfg->max_calls * 4 && n < UT__RING_ITEMS_MAX / 2)
        n *= 2;
    return n;
}

/* A second of a worker's calls, of 500 at most: a power of two. */
static uint32_t item_room(const struct ut__hub_config *cfg)
{
    uint32_t n = ITEMS_MIN;
    while (n < cfg->max_calls / cfg->workers && n < ITEMS_MAX)
        n *= 2;
    return n;
}

int ut__hub_create(struct ut__hub **out, const struct ut__hub_config *cfg)
{
    if (!cfg->model || cfg->workers == 0 || cfg->workers > UT__LIVE_WORKERS_MAX)
        return UT_EINVAL;
    struct ut__hub *hub = calloc(1, sizeof *hub);
    if (!hub)
        return UT_ENOMEM;
    hub->cfg = *cfg;
    hub->next_id = 1;
    hub->port = (struct ut__port){hub,         port_open,     port_push,  port_packet, port_gap,
                                  port_update, port_set_line, port_close, port_id,     port_load};
    hub->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int err = hub->wake_fd < 0 || fd_listen(hub->wake_fd, FD_READ, woken, hub) ? UT_EINVAL : 0;
    for (uint32_t i = 0; !err && i < cfg->workers; i++) {
        struct ut__worker_config wc = {.index = i,
                                       .commands = command_room(cfg),
                                       .items = item_room(cfg),
                                       .media_timeout_us = (int64_t)cfg->media_timeout_s * 1000000,
                                       .wake_hub_fd = hub->wake_fd,
                                       .hub_awake = &hub->awake};
        err = ut__worker_start(&hub->workers[i], &wc);
    }
    if (err) {
        ut__hub_destroy(hub);
        return err;
    }
    *out = hub;
    return 0;
}

void ut__hub_destroy(struct ut__hub *hub)
{
    if (!hub)
        return;
    for (uint32_t i = 0; i < hub->cfg.workers; i++)
        ut__worker_stop(hub->workers[i]);
    for (uint32_t b = 0; b < UT__CALL_TABLE_BUCKETS; b++) {
        for (struct ut__call_entry *e = hub->table.buckets[b], *next; e; e = next) {
            next = e->next;
            ut__live_call_destroy(of_entry(e));
        }
    }
    if (hub->wake_fd >= 0) {
        fd_close(hub->wake_fd);
        close(hub->wake_fd);
    }
    free(hub);
}

int ut__hub_add_sink(struct ut__hub *hub, const struct ut__sink *sink)
{
    if (hub->sink_count == UT__HUB_SINKS_MAX)
        return UT_ETOOBIG;
    hub->sinks[hub->sink_count++] = *sink;
    return 0;
}

const struct ut__port *ut__hub_port(const struct ut__hub *hub)
{
    return &hub->port;
}

void ut__hub_set_limits(struct ut__hub *hub, uint32_t max_calls,
                        const struct ut_alert_config *alert)
{
    hub->cfg.max_calls = max_calls;
    hub->cfg.alert = *alert;
}

void ut__hub_set_rule(struct ut__hub *hub, ut__hub_rule *rule, void *arg)
{
    hub->rule = rule;
    hub->rule_arg = arg;
}

void ut__hub_set_memory(struct ut__hub *hub, const struct ut__hub_memory *memory)
{
    hub->memory = memory ? *memory : (struct ut__hub_memory){0};
}

void ut__hub_recalled(struct ut__hub *hub, const char *call, const uint8_t *baseline, size_t len)
{
    struct ut__call_entry *e = ut__call_table_find(&hub->table, call);
    struct ut__live_call *lc = e ? of_entry(e) : NULL;
    if (!lc || !lc->recalling)
        return;
    /* One of another model is refused; the call then begins like a stranger's. */
    int err = len ? ut_call_set_baseline(lc->call, baseline, len) : 0;
    ut__decided_baseline(call, lc->info.caller, len && !err ? "given" : "withheld",
                         err    ? ut_strerror(err)
                         : !len ? "none of this caller is kept"
                                : NULL);
    if (len && !err) {
        lc->info.returning = 1;
        publish_kind(hub, lc, UT__STREAM_UPDATED);
    }
    hand_to_worker(lc);
}

void ut__hub_drain(struct ut__hub *hub, void (*done)(void *arg), void *arg)
{
    hub->draining = 1;
    hub->drained = done;
    hub->drained_arg = arg;
    tell_drained(hub);
}

void ut__hub_end(struct ut__hub *hub, void (*done)(void *arg), void *arg)
{
    hub->draining = hub->ending = 1;
    hub->drained = done;
    hub->drained_arg = arg;
    for (uint32_t b = 0; b < UT__CALL_TABLE_BUCKETS; b++) {
        /* Ending one frees none here: the worker hands it back through the loop. */
        for (struct ut__call_entry *e = hub->table.buckets[b]; e; e = e->next)
            end_call(of_entry(e), "shutdown");
    }
    tell_drained(hub);
}

void ut__hub_get_stats(const struct ut__hub *hub, struct ut__live_stats *out)
{
    *out = hub->stats;
    out->calls = hub->table.count;
    out->workers = hub->cfg.workers;
    for (uint32_t b = 0; b < UT__CALL_TABLE_BUCKETS; b++) {
        for (struct ut__call_entry *e = hub->table.buckets[b]; e; e = e->next)
            out->calls_unknown += !ut__live_caller_known(of_entry(e));
    }
    for (uint32_t i = 0; i < hub->cfg.workers; i++) {
        const struct ut__worker_counters *c = ut__worker_get_counters(hub->workers[i]);
        out->packets += c->packets;
        out->packets_lost += c->lost;
        out->packets_late += c->late;
        out->packets_foreign += c->foreign;
        out->packets_malformed += c->malformed;
        out->packets_unknown_pt += c->unknown_pt;
        out->packets_srtp += c->srtp;
        out->socket_dropped += c->socket_dropped;
        out->events_delayed += c->delayed;
        out->worker_cpu_us[i] = c->cpu_us;
        out->worker_calls[i] = c->calls;
    }
}

void ut__hub_each_call(const struct ut__hub *hub,
                       void (*fn)(void *arg, const struct ut__call_info *info, int on_hold),
                       void *arg)
{
    for (uint32_t b = 0; b < UT__CALL_TABLE_BUCKETS; b++) {
        for (struct ut__call_entry *e = hub->table.buckets[b]; e; e = e->next) {
            const struct ut__live_call *lc = of_entry(e);
            fn(arg, &lc->info, lc->on_hold);
        }
    }
}

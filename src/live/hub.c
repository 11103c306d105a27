/* SPDX-License-Identifier: MIT */
/* The hub. */

#include "live/hub.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "live/decisions.h"
#include "live/hub_port.h"
#include "live/line_text.h"
#include "live/publish.h"
#include "live/recall.h"
#include "net/re.h"

enum {
    ITEMS_A_TURN = 256,  /* Of one worker, before the loop's other work gets its turn. */
    COMMANDS_MIN = 4096, /* So many calls a worker at least: SIGHUP may raise max-calls. */
    ITEMS_MIN = 64,      /* On their way from one worker. */
    ITEMS_MAX = 512
};

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
    ut__publish_item(hub, item);
    if (item->kind == UT__STREAM_ENDED)
        tell_drained(hub);
}

static void count_latency(struct ut__hub *hub, int64_t arrival_us)
{
    int64_t ms = (ut__clock_mono_us() - arrival_us + 999) / 1000;
    uint32_t b = 0;
    while (b < UT__LIVE_LATENCY_BUCKETS - 1 && ms > (int64_t)ut__live_latency_ms[b])
        b++;
    hub->stats.latency[b]++;
}

/* The daemon ends a call: its ingress is told to hang up. */
static void end_call(struct ut__live_call *lc, const char *reason)
{
    if (lc->closing)
        return;
    ut__hub_close_call(lc, reason);
    lc->ended(lc->arg, reason);
}

static void call_ended(struct ut__hub *hub, struct ut__live_call *lc)
{
    ut__recall_keep(lc);
    ut__publish_kind(lc, UT__STREAM_ENDED);
    if (hub->habit) {
        struct ut_habit habit;
        ut_call_get_habit(lc->call, &habit);
        hub->habit(hub->habit_arg, lc->info.id, &habit);
    }
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
static void tell_thrown(const struct ut__worker_item *item)
{
    struct ut__live_call *lc = item->call;
    if (lc->closing)
        return;
    ut__live_thrown_text(lc->info.problem, sizeof lc->info.problem, lc->info.source, &item->thrown);
    UT__LOG(UT__LOG_INFO, "packets are thrown away", ut__log_str("call", lc->info.id),
            ut__log_str("why", lc->info.problem));
    ut__publish_kind(lc, UT__STREAM_UPDATED);
}

static void tell_pace(const struct ut__worker_item *item)
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
    ut__publish_kind(lc, UT__STREAM_UPDATED);
}

/* It is heard: what keeps a call from that has the place before it. */
static void tell_clock(const struct ut__worker_item *item)
{
    struct ut__live_call *lc = item->call;
    char text[UT__CALL_PROBLEM_MAX];
    if (lc->closing)
        return;
    ut__live_clock_text(text, sizeof text, &item->clock);
    UT__LOG(UT__LOG_INFO, "timestamps of another clock", ut__log_str("call", lc->info.id),
            ut__log_str("why", text));
    if (lc->info.problem[0])
        return;
    memcpy(lc->info.problem, text, sizeof lc->info.problem);
    ut__publish_kind(lc, UT__STREAM_UPDATED);
}

static void take_item(struct ut__hub *hub, const struct ut__worker_item *item)
{
    switch (item->kind) {
    case UT__WORKER_EVENT: {
        struct ut__stream_item out = {.kind = UT__STREAM_EVENT, .event = item->event};
        hub->stats.events++;
        count_latency(hub, item->arrival_us);
        ut__decided_event(item->call, &item->event);
        ut__publish_of(hub, &out, item->call);
        break;
    }
    case UT__WORKER_LOST:
        if (item->call->closing)
            break;
        hub->stats.calls_lost++;
        end_call(item->call, "no media");
        break;
    case UT__WORKER_THROWN:
        tell_thrown(item);
        break;
    case UT__WORKER_DROPPED:
        ut__decided_packets(item->call->info.id, &item->dropped);
        break;
    case UT__WORKER_PACE:
        tell_pace(item);
        break;
    case UT__WORKER_CLOCK:
        tell_clock(item);
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
    hub->port = ut__hub_port_of(hub);
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
            ut__live_call_destroy(ut__hub_call_of(e));
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

void ut__hub_set_habit(struct ut__hub *hub, ut__hub_habit *habit, void *arg)
{
    hub->habit = habit;
    hub->habit_arg = arg;
}

void ut__hub_set_memory(struct ut__hub *hub, const struct ut__hub_memory *memory)
{
    hub->memory = memory ? *memory : (struct ut__hub_memory){0};
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
            end_call(ut__hub_call_of(e), "shutdown");
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
            out->calls_unknown += !ut__live_caller_known(ut__hub_call_of(e));
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
            const struct ut__live_call *lc = ut__hub_call_of(e);
            fn(arg, &lc->info, lc->on_hold);
        }
    }
}

/* SPDX-License-Identifier: MIT */
/* What an ingress asks of the hub: calls opened, fed, changed and closed. */

#include "live/hub_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "live/decisions.h"
#include "live/publish.h"
#include "live/recall.h"

enum {
    SAMPLES_MAX = 512, /* Of one record in a pushed call's ring. */
    LOAD_US = 1000000, /* So far apart the workers are looked at. */
    GAP_AHEAD_S = 600  /* So much more may be lost of a call than time has gone by. */
};

void ut__hub_close_call(struct ut__live_call *lc, const char *reason)
{
    if (lc->closing)
        return;
    lc->closing = 1;
    ut__recall_stop(lc);
    snprintf(lc->reason, sizeof lc->reason, "%s", reason);
    struct ut__worker_command cmd = {.op = UT__WORKER_CLOSE, .call = lc};
    /* Room for it was kept back when the call was opened. */
    ut__worker_send(lc->hub->workers[lc->worker], &cmd);
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
    struct ut__hub_terms terms = {.alert = hub->cfg.alert};
    if (hub->rule)
        hub->rule(hub->rule_arg, open->info.queue, &terms);
    int err = ut__live_call_create(&lc, hub->cfg.model, &terms.alert, terms.site, open);
    if (err) {
        hub->stats.calls_failed++;
        return err;
    }
    uint32_t site = terms.site ? terms.site->checksum : ut_model_site(hub->cfg.model);
    if (site)
        snprintf(lc->info.site, sizeof lc->info.site, "%08x", (unsigned)site);
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
    ut__publish_kind(lc, UT__STREAM_STARTED);
    ut__recall_begin(lc, open->continues);
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
        memcpy(lc->info.site, kept.site, sizeof kept.site);
    }
    if (lc->on_hold != (on_hold != 0)) {
        ut__recall_stop(lc);
        struct ut__worker_command cmd = {.op = UT__WORKER_HOLD, .call = lc, .value = on_hold != 0};
        if (has_room(hub, lc->worker))
            ut__worker_send(hub->workers[lc->worker], &cmd);
        else
            hub->stats.commands_refused++;
        lc->on_hold = on_hold != 0;
    }
    ut__publish_kind(lc, UT__STREAM_UPDATED);
}

static int port_set_line(struct ut__port_call *call, uint32_t index,
                         const struct ut__port_line *from)
{
    struct ut__live_call *lc = ut__live_call_of(call);
    struct ut__hub *hub = lc->hub;
    if (lc->is_pushed && !lc->has_packets)
        return UT_EINVAL;
    ut__recall_stop(lc);
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
    ut__hub_close_call(ut__live_call_of(call), reason);
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

struct ut__port ut__hub_port_of(struct ut__hub *hub)
{
    return (struct ut__port){hub,         port_open,     port_push,  port_packet, port_gap,
                             port_update, port_set_line, port_close, port_id,     port_load};
}

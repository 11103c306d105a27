/* SPDX-License-Identifier: MIT */
/* How the server fares: store, channels, nodes, problems with their remedies. */

#include "supervise/health.h"

#include <stdlib.h>
#include <string.h>

#include <undertone/version.h>

#include "base/clock.h"
#include "supervise/channels/bus.h"
#include "supervise/state.h"

struct ut__channel_load ut__load_of(const struct ut__supervise *sv, const char *channel)
{
    for (uint32_t i = 0; i < sv->load_count; i++)
        if (strcmp(sv->loads[i].name, channel) == 0)
            return sv->loads[i];
    return (struct ut__channel_load){.queued = 0};
}

void ut__loads_take(struct ut__supervise *sv, struct ut__answer *answer)
{
    if (answer->status != UT__LEDGER_OK)
        return;
    free(sv->loads);
    sv->load_count = answer->count;
    sv->loads = ut__answer_take(answer);
}

struct ut__load ut__node_load(const struct ut__supervise *sv)
{
    struct ut__load load = {.calls = sv->wall.local};
    if (sv->cfg.load)
        sv->cfg.load(sv->cfg.arg, &load);
    return load;
}

static void put_channel(const struct ut__supervise *sv, struct ut__outlet *c, struct ut__text *t)
{
    struct ut__channel_load load = ut__load_of(sv, c->name);
    char error[UT__CHANNEL_ERROR_MAX];
    int64_t last_ok = atomic_load(&c->last_ok_ms);
    ut__deliver_error(c, error, sizeof error);
    ut__text_raw(t, "{");
    ut__text_kstr(t, "name", c->name);
    ut__text_kstr(t, "kind", c->kind->name);
    ut__text_kstr(t, "state",
                  c == sv->bus && !ut__bus_connected(c) ? "down"
                  : error[0]                            ? "retrying"
                                                        : "ok");
    ut__text_kint(t, "queued", load.queued);
    ut__text_kint(t, "delivered", (int64_t)atomic_load(&c->delivered));
    ut__text_kint(t, "failed", (int64_t)atomic_load(&c->failed));
    ut__text_kint(t, "dead", load.dead);
    ut__text_kstr(t, "last_error", error[0] ? error : NULL);
    if (last_ok)
        ut__text_kint(t, "last_ok_ms", last_ok);
    else
        ut__text_knull(t, "last_ok_ms");
    ut__text_raw(t, "}");
}

void ut__channels_json(struct ut__supervise *sv, struct ut__text *t)
{
    struct ut__feed_stats feed;
    ut__feed_get_stats(sv->feed, &feed);
    ut__text_raw(t, "[{");
    ut__text_kstr(t, "name", "page");
    ut__text_kstr(t, "kind", "page");
    ut__text_kstr(t, "state", "ok");
    ut__text_kint(t, "queued", 0);
    ut__text_kint(t, "delivered", (int64_t)feed.sent);
    ut__text_kint(t, "failed", (int64_t)feed.skips);
    ut__text_kint(t, "dead", 0);
    ut__text_knull(t, "last_error");
    ut__text_knull(t, "last_ok_ms");
    ut__text_raw(t, "}");
    for (uint32_t i = 0; i < sv->channel_count; i++) {
        ut__text_raw(t, ",");
        put_channel(sv, sv->channels[i], t);
    }
    ut__text_raw(t, "]");
}

static void put_problem(struct ut__text *t, const struct ut__problem_report *p, int first)
{
    ut__text_raw(t, first ? "{" : ",{");
    ut__text_kstr(t, "code", p->code);
    ut__text_kstr(t, "message", p->message);
    ut__text_kstr(t, "remedy", p->remedy);
    ut__text_kint(t, "since_ms", p->since_ms);
    ut__text_raw(t, "}");
}

static int put_problems(struct ut__supervise *sv, struct ut__text *t)
{
    const struct ut__record_state *st = sv->store_state;
    int n = 0;
    ut__text_key(t, "problems");
    ut__text_raw(t, "[");
    for (uint32_t i = 0; st && i < st->problem_count; i++)
        put_problem(t, &st->problems[i], n++ == 0);
    for (int i = 0; i < UT__PROBLEMS_MAX; i++)
        if (sv->problems[i].since_ms)
            put_problem(t, &sv->problems[i], n++ == 0);
    ut__text_raw(t, "]");
    return n;
}

static void put_store(const struct ut__supervise *sv, struct ut__text *t)
{
    static const struct ut__record_state unknown = {.path = ""};
    const struct ut__record_state *st = sv->store_state ? sv->store_state : &unknown;
    ut__text_key(t, "store");
    ut__text_raw(t, "{");
    ut__text_kstr(t, "state", st == &unknown ? "off" : st->in_memory ? "memory" : "ok");
    ut__text_kstr(t, "path", st->path);
    ut__text_kint(t, "schema", st->schema);
    ut__text_kint(t, "size_bytes", st->size_bytes);
    ut__text_kint(t, "queued", st->queued);
    ut__text_kint(t, "dropped", st->dropped);
    ut__text_raw(t, "}");
}

void ut__health_json(struct ut__supervise *sv, struct ut__text *t)
{
    struct ut__feed_stats feed = {0};
    struct ut__text problems = {0};
    int64_t now = ut__wall_ms();
    struct ut__load load = ut__node_load(sv);
    if (sv->feed)
        ut__feed_get_stats(sv->feed, &feed);
    ut__text_raw(&problems, "{");
    int bad = put_problems(sv, &problems);
    ut__text_raw(t, "{");
    ut__text_kstr(t, "status", bad ? "degraded" : "ok");
    ut__text_kstr(t, "version", UT_VERSION_TEXT);
    ut__text_kstr(t, "node", sv->cfg.node);
    ut__text_kbool(t, "demo", sv->cfg.demo);
    ut__text_knum(t, "uptime_s", (double)(ut__clock_mono_us() / 1000 - sv->began_ms) / 1000.0, 1);
    ut__text_kint(t, "time_ms", now);
    ut__text_kint(t, "calls", sv->wall.local);
    ut__text_kint(t, "max_calls", load.max_calls);
    ut__text_knum(t, "load", (double)load.cpu, 3);
    ut__text_kbool(t, "draining", load.draining);
    ut__text_kstr(t, "history", sv->cfg.own_history ? "own" : "all");
    ut__text_kint(t, "supervisors", feed.clients);
    put_store(sv, t);
    ut__text_key(t, "nodes");
    ut__text_raw(t, "[");
    for (uint32_t i = 0; i < sv->node_count; i++) {
        ut__text_raw(t, i ? ",{" : "{");
        ut__text_kstr(t, "node", sv->nodes[i].name);
        ut__text_kbool(t, "alive", sv->nodes[i].alive);
        ut__text_kint(t, "calls", sv->nodes[i].calls);
        ut__text_kint(t, "seen_ms", sv->nodes[i].seen_ms);
        ut__text_kbool(t, "draining", sv->nodes[i].draining);
        ut__text_kstr(t, "version", sv->nodes[i].version);
        ut__text_raw(t, "}");
    }
    ut__text_raw(t, "]");
    ut__text_key(t, "channels");
    ut__channels_json(sv, t);
    ut__text_raw(t, ",");
    if (problems.failed)
        t->failed = 1;
    else
        ut__text_raw(t, problems.buf + 1);
    ut__text_raw(t, "}");
    ut__text_free(&problems);
}

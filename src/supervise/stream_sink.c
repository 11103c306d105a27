/* SPDX-License-Identifier: MIT */
/* The sink of the stream: calls of this node onto the wall, and told to all. */

#include "supervise/stream_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/json.h>

#include "base/clock.h"
#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/messages.h"
#include "supervise/notices.h"
#include "supervise/state.h"
#include "supervise/unstored.h"

static void say_event(struct ut__supervise *sv, struct ut__card *c,
                      const struct ut__stream_item *item, const char *type)
{
    char json[UT_JSON_MAX];
    int n = ut_event_to_json(json, sizeof json, item->info.id, &item->event);
    if (n < 0)
        return;
    struct ut__text t = {.buf = json, .len = (size_t)n};
    ut__feed_put(sv->feed, type, item->time_us / 1000, NULL, &t,
                 &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = c->queue}, 0);
    if (c->local && sv->bus)
        ut__bus_publish(sv->bus, type, json, (size_t)n);
}

/* All nodes count all calls; the first of them by name that is there tells of a break. */
static int tells_breaks(const struct ut__supervise *sv)
{
    for (uint32_t i = 0; sv->bus && ut__bus_connected(sv->bus) && i < sv->node_count; i++)
        if (sv->nodes[i].alive && strcmp(sv->nodes[i].name, sv->cfg.node) < 0)
            return 0;
    return 1;
}

void ut__expose(struct ut__supervise *sv, const struct ut__card *c, int64_t time_ms)
{
    double minutes = ut__exposure_add(&sv->exposure, c->agent, time_ms / 60000, sv->cfg.break_min);
    if (minutes <= 0.0 || !tells_breaks(sv))
        return;
    struct ut__inquiry q = {.kind = UT__INQUIRE_BREAK_DUE, .break_due = {.alert_min = minutes}};
    ut__inquiry_text(q.break_due.agent, sizeof q.break_due.agent, c->agent);
    ut__inquiry_text(q.break_due.queue, sizeof q.break_due.queue, c->queue);
    ut__say_break_due(sv, &q.break_due, NULL, time_ms);
    (void)sv->ledger.inquire(sv->ledger.state, &q, NULL, NULL);
}

static void take_score(struct ut__supervise *sv, struct ut__card *c,
                       const struct ut__stream_item *item)
{
    const struct ut_score *s = &item->event.u.score;
    ut__wall_score(c, s);
    sv->scores++;
    if (s->state == UT_STATE_ABSTAIN && (unsigned)s->why < UT_WHY_COUNT)
        sv->abstentions[s->why]++;
    say_event(sv, c, item, "score");
    if (s->state == UT_STATE_ALERT)
        ut__expose(sv, c, item->time_us / 1000);
}

static void take_event(struct ut__supervise *sv, struct ut__card *c,
                       const struct ut__stream_item *item)
{
    const struct ut_summary *v = &item->event.u.summary;
    switch (item->event.type) {
    case UT_EVENT_SCORE:
        take_score(sv, c, item);
        break;
    case UT_EVENT_TURNS:
        say_event(sv, c, item, "turns");
        break;
    case UT_EVENT_SUMMARY:
        c->has_summary = v->scored;
        c->peak_end = v->peak_end;
        c->end = v->end;
        c->recovery = v->recovery;
        say_event(sv, c, item, "summary");
        break;
    case UT_EVENT_ALERT: /* By way of the ledger. */
        ut__waiting_add(sv, item);
        break;
    case UT_EVENT_NOTE: /* For who runs the line: in the log and the stream, not on the wall. */
        break;
    }
}

static void on_moved(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    if (!answer->count)
        return;
    /* The alert is borrowed from the answer. */
    ut__news_take(
        sv,
        &(struct ut__news){.action = "moved", .time_ms = ut__wall_ms(), .alert = answer->alerts[0]},
        1);
}

/* A call may have gone to another queue: who sees the former alone loses it, the others get its alert. */
void ut__queue_changed(struct ut__supervise *sv, const struct ut__card *c, const char *before,
                       int64_t time_ms)
{
    if (strcmp(before, c->queue) == 0)
        return;
    ut__say_left(sv, c, before, time_ms);
    if (!c->local || !c->open_alert[0])
        return;
    struct ut__inquiry q = {.kind = UT__INQUIRE_ALERT};
    ut__inquiry_text(q.alert, sizeof q.alert, c->open_alert);
    (void)ut__inquire(sv, &q, on_moved, sv);
}

void ut__supervise_push(void *state, const struct ut__stream_item *item)
{
    struct ut__supervise *sv = state;
    if (!sv->started)
        return;
    struct ut__card *c = ut__wall_find(&sv->wall, sv->cfg.node, item->info.id);
    int fresh = c == NULL || item->kind == UT__STREAM_STARTED;
    if (!c)
        c = ut__wall_add(&sv->wall, sv->cfg.node, item->info.id, 1);
    if (!c)
        return;
    if (fresh || item->kind == UT__STREAM_UPDATED) {
        char key[UT__CALLER_KEY_MAX], queue[UT__CALL_LABEL_MAX];
        memcpy(queue, c->queue, sizeof queue);
        sv->ledger.caller_key(sv->ledger.state, item->info.caller, key);
        ut__wall_info(c, &item->info, key);
        if (!fresh)
            ut__queue_changed(sv, c, queue, item->time_us / 1000);
    }
    c->on_hold = item->on_hold;
    if (fresh)
        ut__say_call(sv, c, "started", item->time_us / 1000);
    else if (item->kind == UT__STREAM_UPDATED)
        ut__say_call(sv, c, "updated", item->time_us / 1000);
    if (item->kind == UT__STREAM_EVENT)
        take_event(sv, c, item);
    if (item->kind == UT__STREAM_ENDED) {
        c->ended = 1;
        c->ended_ms = item->time_us / 1000;
        snprintf(c->reason, sizeof c->reason, "%s", item->reason);
        ut__say_call(sv, c, "ended", item->time_us / 1000);
    }
}

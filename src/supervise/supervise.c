/* SPDX-License-Identifier: MIT */
/*
 * The hub's side: the stream and the ledger's notices come in, the wall, the alerts and the feed
 * are kept from them.
 *
 *     push(item) -> wall -> feed: call, score, turns, summary
 *     ledger: alert is on disk -> hand -> alerts -> feed: alert
 *     bus: other nodes' calls, scores and alerts -> hand -> wall, alerts -> feed
 *
 * An alert of this node reaches the feed by way of the ledger alone, so that nobody is told of one
 * that a crash could make undone.
 */

#include "supervise/supervise.h"
#include "supervise/signed.h"

#include <stdio.h>

#include <undertone/version.h>

#include "base/clock.h"
#include "base/json.h"
#include "supervise/acts.h"
#include "supervise/api/routes.h"
#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/elsewhere.h"
#include "supervise/health.h"
#include "supervise/known.h"
#include "supervise/nodes.h"
#include "supervise/notices.h"
#include "supervise/open_alerts.h"
#include "supervise/problems.h"
#include "supervise/shared.h"
#include "supervise/standin.h"
#include "supervise/state.h"
#include "supervise/unstored.h"

enum { TICK_MS = 1000, STATE_EVERY = 5, LINGER_MS = 5000 };

void ut__supervise_set_rules(struct ut__supervise *sv,
                             void (*fn)(void *arg, const struct ut__rule_row *rows, uint32_t count),
                             void *arg)
{
    sv->on_rules = fn;
    sv->on_rules_arg = arg;
}

void ut__supervise_set_playbooks(struct ut__supervise *sv, struct ut__playbooks *playbooks_take)
{
    free(sv->playbooks);
    sv->playbooks = playbooks_take;
}

void ut__supervise_set_rules_text(struct ut__supervise *sv, char *text_take)
{
    free(sv->rules_text);
    sv->rules_text = text_take;
    if (sv->auth && sv->ledger.inquire)
        ut__known_read(sv, UT__INQUIRE_RULES);
}

void ut__supervise_set_told(struct ut__supervise *sv,
                            void (*told)(void *arg, const char *call, int raised, int stored),
                            void *arg)
{
    sv->on_told = told;
    sv->on_told_arg = arg;
}

static void drop_ended(struct ut__supervise *sv)
{
    int64_t now = ut__clock_mono_us() / 1000;
    for (struct ut__card *c = sv->wall.first, *next; c; c = next) {
        next = c->next;
        if (c->ended && !c->lingers_ms)
            c->lingers_ms = now + LINGER_MS;
        if (!c->ended || now < c->lingers_ms)
            continue;
        ut__alerts_call_ended(&sv->alerts, c->node, c->id);
        ut__wall_drop(&sv->wall, c);
    }
}

static void on_precision(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    json_t *now = answer->json ? json_loads(answer->json, 0, NULL) : NULL;
    if (!now)
        return;
    json_decref(sv->precision);
    sv->precision = now;
}

static void on_tick(void *arg)
{
    struct ut__supervise *sv = arg;
    static const char *const failing = "channel_down";
    int64_t now = ut__clock_mono_us() / 1000;
    int trouble = 0;
    ut__feed_tick(sv->feed);
    ut__act_expire(sv, 0);
    ut__elsewhere_expire(sv, 0);
    ut__waiting_tick(sv, ut__news_take);
    drop_ended(sv);
    if (sv->bus)
        ut__bus_load(sv->bus, sv->wall.local, ut__node_load(sv).draining);
    json_t *lease =
        json_pack("{ss si sI sb}", "version", UT_VERSION_TEXT, "speaks", UT__BUS_SPEAKS, "calls",
                  (json_int_t)sv->wall.local, "draining", ut__node_load(sv).draining);
    ut__node_seen(sv, sv->cfg.node, lease);
    json_decref(lease);
    ut__draining_tick(sv);
    ut__nodes_tick(sv);
    ut__signed_tick(sv);
    ut__standin_tick(sv);
    ut__shared_tick(sv);
    ut__past_tick(sv);
    ut__retire_tick(sv);
    if (sv->share_due || now / TICK_MS % STATE_EVERY == 0)
        ut__shared_send(sv);
    if (!ut__auth_known(sv->auth))
        ut__known_read(sv, UT__INQUIRE_TOKENS);
    if (now / TICK_MS % STATE_EVERY == 0) {
        ut__known_read(sv, UT__INQUIRE_STATE);
        ut__known_read(sv, UT__INQUIRE_CHANNELS);
        if (!sv->counted &&
            ut__ask(sv, UT__LEDGER_PRECISION, "{\"by\":\"queue\"}", on_precision, sv) == 0)
            sv->counted = 1;
    }
    for (uint32_t i = 0; i < sv->channel_count; i++) {
        char error[UT__CHANNEL_ERROR_MAX], message[320];
        ut__deliver_error(sv->channels[i], error, sizeof error);
        if (!error[0] || trouble++)
            continue;
        snprintf(message, sizeof message, "Alerts do not get through to %s: %s",
                 sv->channels[i]->name, error);
        ut__problem_raise(sv, failing, message,
                          sv->channels[i]->kind->remedy
                              ? sv->channels[i]->kind->remedy
                              : "Look at the receiver; what waits is sent when it answers again.");
    }
    if (!trouble)
        ut__problem_clear(sv, failing);
}

static int acts_itself(const struct ut__supervise *sv)
{
    for (uint32_t i = 0; i < sv->action_count; i++)
        if (sv->actions[i].way != UT__HELP_LINK && sv->actions[i].way != UT__HELP_SIP)
            return 1;
    return 0;
}

int ut__supervise_start(struct ut__supervise *sv, const struct ut__ledger *ledger,
                        struct ut__http *http)
{
    sv->ledger = *ledger;
    sv->started = 1;
    sv->began_ms = ut__clock_mono_us() / 1000;
    sv->http = http;
    int err = ut__known_first(sv);
    if (!err)
        err = ut__open_alerts_first(sv);
    if (!err && http)
        err = ut__routes_register(sv);
    if (!err && acts_itself(sv))
        err = ut__helper_create(&sv->helper, sv->hand);
    if (!err && sv->outside && sv->help_ways[UT__HELP_HTTP])
        err = ut__outside_start(sv->outside, sv->help_ways[UT__HELP_HTTP]);
    else if (!err && sv->outside)
        ut__problem_raise(
            sv, "knowledge_search",
            "The outside search of articles is not asked: this program has no libcurl.",
            "Build it with libcurl, or take knowledge-url out.");
    for (uint32_t i = 0; i < sv->channel_count && !err; i++)
        err = ut__deliver_start(sv->channels[i], ledger);
    if (!err)
        err = ut__every_create(&sv->tick, TICK_MS, on_tick, sv);
    return err;
}

void ut__supervise_stop(struct ut__supervise *sv)
{
    if (!sv->started)
        return;
    ut__every_destroy(sv->tick);
    sv->tick = NULL;
    for (uint32_t i = 0; i < sv->channel_count; i++)
        ut__deliver_stop(sv->channels[i]);
    ut__helper_destroy(sv->helper);
    sv->helper = NULL;
    ut__outside_stop(sv->outside);
    ut__act_expire(sv, 1);
    ut__elsewhere_expire(sv, 1);
    ut__standin_release(sv);
    ut__waiting_end(sv);
    ut__feed_destroy(sv->feed);
    sv->feed = NULL;
    sv->started = 0;
}

void ut__supervise_set_lines(struct ut__supervise *sv, const struct ut__lines_door *door)
{
    sv->lines = door;
}

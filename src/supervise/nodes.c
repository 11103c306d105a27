/* SPDX-License-Identifier: MIT */
/* The nodes of the bus: who is there, and whose calls are lost. */

#include "supervise/nodes.h"

#include <stdio.h>
#include <string.h>

#include <undertone/version.h>

#include "base/clock.h"
#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/health.h"
#include "supervise/messages.h"
#include "supervise/problems.h"
#include "supervise/state.h"

/* A lease comes each second; of version 0.1 every five. Cards of a silent node stay, and are shown as they were, until LOST. */
enum { NODE_DEAD_MS = 4000, OLD_DEAD_MS = 15000, NODE_LOST_MS = 30000, NODE_FORGET_MS = 3600000 };

/* A node that has just come knows nothing of the calls that go on here. */
static void tell_calls(struct ut__supervise *sv)
{
    for (const struct ut__card *c = sv->wall.first; c; c = c->next) {
        struct ut__text t = {0};
        if (!c->local || c->ended)
            continue;
        ut__text_raw(&t, "{\"type\":\"call\"");
        ut__text_kstr(&t, "call", c->id);
        ut__text_kstr(&t, "phase", "updated");
        ut__text_key(&t, "state");
        ut__wall_json(c, &t);
        ut__text_raw(&t, "}");
        if (!t.failed)
            ut__bus_publish(sv->bus, "call", t.buf, t.len);
        ut__text_free(&t);
    }
}

static void lose_calls(struct ut__supervise *sv, const char *node, int64_t now_ms)
{
    for (struct ut__card *c = sv->wall.first; c; c = c->next)
        if (!c->local && !c->ended && strcmp(c->node, node) == 0) {
            c->ended = 1;
            c->ended_ms = now_ms;
            snprintf(c->reason, sizeof c->reason, "node lost");
            ut__say_call(sv, c, "ended", now_ms);
        }
}

static int is_other(const struct ut__node *n)
{
    return n->speaks != UT__BUS_SPEAKS;
}

struct ut__node *ut__node_find(struct ut__supervise *sv, const char *name)
{
    for (uint32_t i = 0; i < sv->node_count; i++)
        if (strcmp(sv->nodes[i].name, name) == 0)
            return &sv->nodes[i];
    return NULL;
}

struct ut__node *ut__node_add(struct ut__supervise *sv, const char *name)
{
    struct ut__node *n = ut__node_find(sv, name);
    if (!n && sv->node_count < UT__NODES_MAX) {
        n = &sv->nodes[sv->node_count++];
        *n = (struct ut__node){0};
        snprintf(n->name, sizeof n->name, "%s", name);
    }
    return n;
}

int ut__node_is_other(struct ut__supervise *sv, const char *name)
{
    const struct ut__node *n = ut__node_find(sv, name);
    return n && n->alive && is_other(n);
}

void ut__node_seen(struct ut__supervise *sv, const char *name, const json_t *lease)
{
    const char *instance = ut__json_text(lease, "instance");
    struct ut__node *n = ut__node_add(sv, name);
    if (!n)
        return;
    int back = !n->alive;
    if (back && sv->bus && strcmp(name, sv->cfg.node) != 0)
        tell_calls(sv);
    if (n->instance[0] && *instance && strcmp(n->instance, instance) != 0)
        lose_calls(sv, name, ut__wall_ms());
    snprintf(n->instance, sizeof n->instance, "%s", instance);
    snprintf(n->version, sizeof n->version, "%s", ut__json_text(lease, "version"));
    n->speaks = (uint32_t)json_integer_value(json_object_get(lease, "speaks"));
    n->calls = (uint32_t)json_integer_value(json_object_get(lease, "calls"));
    n->draining = json_is_true(json_object_get(lease, "draining"));
    n->seen_ms = ut__wall_ms();
    n->heard_ms = ut__clock_mono_us() / 1000;
    n->alive = 1;
    n->lost = 0;
    if (back && strcmp(name, sv->cfg.node) != 0)
        ut__say_health(sv);
}

/* One problem with all their names; none while we are deaf ourselves, which is a problem of its own. */
static void tell_away(struct ut__supervise *sv)
{
    char message[320] = "";
    size_t n = 0;
    for (uint32_t i = 0; i < sv->node_count; i++)
        if (!sv->nodes[i].alive && n < sizeof message - UT__NODE_BYTES)
            n += (size_t)snprintf(message + n, sizeof message - n, "%s%s",
                                  n ? ", " : "Not heard: ", sv->nodes[i].name);
    if (n && n < sizeof message - 64)
        snprintf(message + n, sizeof message - n, ". Their calls may go on unseen.");
    if (n)
        ut__problem_raise(sv, "node_away", message,
                          "Look at that machine and its way to NATS; one that is gone for good is "
                          "forgotten after an hour.");
    else
        ut__problem_clear(sv, "node_away");
}

/* Settings, calls and orders of one side are nothing to the other; cards and alerts both know. */
static void tell_others(struct ut__supervise *sv)
{
    char message[320] = "";
    size_t n = 0;
    for (uint32_t i = 0; i < sv->node_count; i++) {
        const struct ut__node *o = &sv->nodes[i];
        if (is_other(o) && n < sizeof message - UT__NODE_BYTES - sizeof o->version - 80)
            n += (size_t)snprintf(message + n, sizeof message - n, "%s%s (%s)",
                                  n ? ", " : "Of another version: ", o->name,
                                  o->version[0] ? o->version : "0.1");
    }
    if (n)
        snprintf(message + n, sizeof message - n, ". They share no settings with this node (%s).",
                 UT_VERSION_TEXT);
    if (n)
        ut__problem_raise(sv, "node_version", message,
                          "Bring all nodes to the newest of these versions, one after the other; "
                          "until then act on an alert on its own node's page.");
    else
        ut__problem_clear(sv, "node_version");
}

static void forget(struct ut__supervise *sv, uint32_t i)
{
    sv->nodes[i] = sv->nodes[--sv->node_count];
}

void ut__node_left(struct ut__supervise *sv, const char *name)
{
    for (uint32_t i = 0; i < sv->node_count; i++)
        if (strcmp(sv->nodes[i].name, name) == 0) {
            lose_calls(sv, name, ut__wall_ms());
            forget(sv, i);
            tell_away(sv);
            ut__say_health(sv);
            return;
        }
}

static void on_held(void *arg, struct ut__answer *answer)
{
    (void)arg;
    (void)answer;
}

/* While this node was cut off another may have stood in for it, and its calls have left the others' walls. */
static void heard_again(struct ut__supervise *sv)
{
    if (sv->node_count < 2)
        return;
    (void)ut__ask(sv, UT__LEDGER_HOLD, "{}", on_held, sv);
    tell_calls(sv);
}

void ut__nodes_tick(struct ut__supervise *sv)
{
    int64_t now_ms = ut__clock_mono_us() / 1000;
    int hears = sv->bus && ut__bus_connected(sv->bus), changed = 0;
    /* After an outage of the bus each has its time to be heard again. */
    if (!hears)
        sv->bus_since_ms = now_ms;
    else if (sv->was_deaf)
        heard_again(sv);
    sv->was_deaf = !hears;
    for (uint32_t i = 0; i < sv->node_count; i++) {
        struct ut__node *n = &sv->nodes[i];
        int64_t from_ms = n->heard_ms > sv->bus_since_ms ? n->heard_ms : sv->bus_since_ms;
        if (n->alive && now_ms - from_ms > (n->version[0] ? NODE_DEAD_MS : OLD_DEAD_MS)) {
            n->alive = 0;
            changed = 1;
        }
        if (!n->lost && now_ms - n->heard_ms > NODE_LOST_MS) {
            n->lost = 1;
            n->calls = 0;
            lose_calls(sv, n->name, ut__wall_ms());
            changed = 1;
        }
        if (now_ms - n->heard_ms > NODE_FORGET_MS) {
            forget(sv, i--);
            changed = 1;
        }
    }
    if (hears)
        tell_away(sv);
    tell_others(sv);
    if (changed)
        ut__say_health(sv);
}

void ut__draining_tick(struct ut__supervise *sv)
{
    struct ut__load load = ut__node_load(sv);
    char message[160];
    if (!load.draining)
        return;
    uint32_t left = load.calls + load.talks;
    snprintf(message, sizeof message, "Node %s is draining: %u call%s left.", sv->cfg.node, left,
             left == 1 ? "" : "s");
    ut__problem_raise(sv, "draining", message,
                      "It takes no new calls and leaves when these have ended; stop it twice to "
                      "end them at once.");
}

/* SPDX-License-Identifier: MIT */
/*
 * A node that died cannot answer for its alerts. One survivor stands in: who gets its key of the bus's bucket
 * `standins`, which lives for seconds unless it is renewed.
 *
 *     somebody acts on an alert of the dead -> order on the bus, kept for it -> the stand-in takes the step:
 *     outbox -> all nodes and channels; the order is marked as told
 *     nobody answers -> the stand-in escalates, and lets expire; an order marked as told is left for the dead
 *     the dead is back -> does the orders in its record, and tells nobody what was told
 */

#include "supervise/standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/acts.h"
#include "supervise/ask.h"
#include "supervise/bus_news.h"
#include "supervise/channels/bus.h"
#include "supervise/private.h"
#include "supervise/state.h"

enum { ORDERS_MAX = 256 };

static int is_open(const json_t *alert)
{
    return ut__alert_is_open(ut__json_text(alert, "state"));
}

static void set_time(json_t *alert, const char *key, int64_t now_ms)
{
    json_object_set_new(alert, key, json_integer(now_ms));
}

static void set_state(json_t *alert, const char *state)
{
    json_object_set_new(alert, "state", json_string(state));
}

static void add_note(json_t *alert, const char *by, const char *note, int64_t now_ms)
{
    if (*note)
        json_array_append_new(
            json_object_get(alert, "notes"),
            json_pack("{sI ss ss}", "time_ms", (json_int_t)now_ms, "by", by, "text", note));
}

/* By whatever clock: later than before. */
static int64_t asked_later(const json_t *alert, int64_t now_ms)
{
    int64_t before = (int64_t)json_integer_value(json_object_get(alert, "asked_ms"));
    return now_ms > before ? now_ms : before + 1;
}

/* Does the step to the alert as it is known. Returns what to call it; NULL: it cannot be done now. */
static const char *step(json_t *alert, const json_t *order, int64_t now_ms)
{
    const char *action = ut__json_text(order, "action"), *by = ut__json_text(order, "by");
    const char *state = ut__json_text(alert, "state"), *to = ut__json_text(order, "to");
    json_t *outcome = json_object_get(order, "outcome");
    const char *did = NULL;
    if (strcmp(action, "acknowledge") == 0 && strcmp(state, "raised") == 0) {
        did = "acknowledged";
        set_state(alert, did);
        set_time(alert, "acknowledged_ms", now_ms);
        json_object_set_new(alert, "acknowledged_by", json_string(by));
        json_object_set_new(alert, "assigned_to", json_string(by));
    } else if (strcmp(action, "resolve") == 0 && is_open(alert)) {
        did = "resolved";
        set_state(alert, did);
        set_time(alert, "resolved_ms", now_ms);
        json_object_set_new(alert, "resolved_by", json_string(by));
        json_object_set(alert, "outcome", outcome);
    } else if (strcmp(action, "hand_over") == 0 && is_open(alert)) {
        did = "handed_over";
        set_state(alert, "raised");
        set_time(alert, "asked_ms", asked_later(alert, now_ms));
        json_object_set_new(alert, "escalated", json_false());
        json_object_set_new(alert, "escalated_ms", json_null());
        json_object_set_new(alert, "assigned_to", json_string(to));
    } else if (strcmp(action, "note") == 0) {
        did = "noted";
        add_note(alert, by, ut__json_text(order, "text"), now_ms);
    } else if (strcmp(action, "judge") == 0) {
        did = "judged";
        json_object_set(alert, "outcome", outcome);
        set_time(alert, "judged_ms", now_ms);
        json_object_set_new(alert, "judged_by", json_string(by));
    } else if (strcmp(action, "escalate") == 0 && strcmp(state, "raised") == 0) {
        did = "escalated";
        json_object_set_new(alert, "escalated", json_true());
        set_time(alert, "escalated_ms", now_ms);
        if (*to)
            json_object_set_new(alert, "assigned_to", json_string(to));
    } else if (strcmp(action, "expire") == 0 && strcmp(state, "raised") == 0) {
        did = "expired";
        set_state(alert, did);
        set_time(alert, "expired_ms", now_ms);
    }
    if (did)
        add_note(alert, by, ut__json_text(order, "note"), now_ms);
    return did;
}

/* Who asked for it hears why not. */
static void refuse(struct ut__supervise *sv, const json_t *alert, const json_t *order)
{
    char message[160];
    snprintf(message, sizeof message, "This alert is %.16s: nobody can %.16s it any more.",
             ut__json_text(alert, "state"), ut__json_text(order, "action"));
    json_t *root =
        json_pack("{ss ss ss ss si}", "message", message, "remedy",
                  "Look at the alert's newest state.", "alert", ut__json_text(order, "alert"), "by",
                  ut__json_text(order, "by"), "status", (int)UT__LEDGER_CONFLICT);
    char *json = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (json)
        ut__bus_publish(sv->bus, "refused", json, strlen(json));
    ut__act_refused(sv, root);
    free(json);
    json_decref(root);
}

static void on_stored(void *arg, struct ut__answer *answer)
{
    (void)arg;
    (void)answer;
}

/* Into the outbox, as a step of an alert of ours: to other nodes as well. Returns 0 when it is on its way. */
static int send_step(struct ut__supervise *sv, const json_t *alert, const json_t *order,
                     const char *did, int64_t now_ms)
{
    const char *by = ut__json_text(order, "by"), *text = ut__json_text(order, "text");
    json_t *args =
        json_pack("{ss sI ss so so sO}", "action", did, "time_ms", (json_int_t)now_ms, "alert_id",
                  ut__json_text(alert, "alert"), "by", *by ? json_string(by) : json_null(), "text",
                  *text ? json_string(text) : json_null(), "alert", alert);
    char *json = args ? json_dumps(args, UT__JSON) : NULL;
    int err = json ? ut__ask(sv, UT__LEDGER_STAND_IN, json, on_stored, sv) : UT_ENOMEM;
    if (!err)
        ut__bus_news(sv, args);
    free(json);
    json_decref(args);
    return err;
}

/* key: where the order lies; NULL: it is ours, and is left for the dead. */
static void take_step(struct ut__supervise *sv, const char *node, const char *key,
                      const json_t *order)
{
    const struct ut__alert *there =
        ut__alerts_find(&sv->alerts, node, ut__json_text(order, "alert"));
    json_t *alert =
        there && strcmp(there->node, node) == 0 ? json_loads(there->json, 0, NULL) : NULL;
    json_t *told = json_deep_copy(order);
    int64_t now = ut__wall_ms();
    const char *did = alert ? step(alert, order, now) : NULL;
    if (did && told && send_step(sv, alert, order, did, now) == 0) {
        json_object_set_new(told, "told", json_true());
        json_object_set_new(told, "time_ms", json_integer(now));
        char *json = ut__private_order(sv, node, told);
        if (json && key)
            ut__bus_act_again(sv->bus, key, json);
        else if (json)
            ut__bus_act(sv->bus, ut__json_text(order, "alert"), json);
        free(json);
    } else if (!did && alert && key)
        refuse(sv, alert, order);
    json_decref(told);
    json_decref(alert);
}

static void drop(struct ut__order *o)
{
    json_decref(o->order);
    free(o->key);
    free(o);
}

/* Those of one node, or of all. */
static void drop_orders(struct ut__supervise *sv, const char *node)
{
    struct ut__order **at = &sv->orders;
    while (*at) {
        struct ut__order *o = *at;
        if (node && strcmp(o->node, node) != 0) {
            at = &o->next;
            continue;
        }
        *at = o->next;
        sv->order_count--;
        drop(o);
    }
}

void ut__standin_order(struct ut__supervise *sv, const char *node, const char *key, json_t *order)
{
    const struct ut__node *n = ut__node_find(sv, node);
    struct ut__order *o;
    if (json_is_true(json_object_get(order, "told")))
        return;
    if (n && n->held) {
        take_step(sv, node, key, order);
        return;
    }
    if (sv->order_count >= ORDERS_MAX || strlen(node) >= sizeof o->node ||
        !(o = calloc(1, sizeof *o)))
        return;
    snprintf(o->node, sizeof o->node, "%s", node);
    o->key = strdup(key);
    o->order = json_incref(order);
    struct ut__order **at = &sv->orders;
    while (*at)
        at = &(*at)->next;
    *at = o;
    sv->order_count++;
}

void ut__standin_held(struct ut__supervise *sv, const char *node, int held)
{
    struct ut__node *n = ut__node_find(sv, node);
    if (!n || n->alive)
        return;
    n->held = held != 0;
    for (const struct ut__order *o = sv->orders; held && o; o = o->next)
        if (o->key && strcmp(o->node, node) == 0)
            take_step(sv, node, o->key, o->order);
    if (held)
        drop_orders(sv, node);
}

static void order_own(struct ut__supervise *sv, const char *node, const char *alert,
                      const char *action, const char *to)
{
    json_t *order =
        json_pack("{ss ss ss ss}", "alert", alert, "action", action, "to", to, "by", "");
    if (order)
        take_step(sv, node, NULL, order);
    json_decref(order);
}

/* What is due for an alert that nobody has answered; NULL: nothing. */
static const char *due(const struct ut__supervise *sv, const struct ut__node *n,
                       const json_t *alert, int64_t now_ms)
{
    const json_t *since = json_object_get(alert, "asked_ms"); /* Older nodes do not say. */
    int64_t asked =
        (int64_t)json_integer_value(since ? since : json_object_get(alert, "raised_ms"));
    int64_t over = asked > n->seen_ms ? asked : n->seen_ms; /* Its calls ended with it. */
    if (strcmp(ut__json_text(alert, "state"), "raised") != 0)
        return NULL;
    if (now_ms - over >= (int64_t)sv->cfg.expire_s * 1000)
        return "expire";
    return sv->cfg.escalate_s && !json_is_true(json_object_get(alert, "escalated")) &&
                   now_ms - asked >= (int64_t)sv->cfg.escalate_s * 1000
               ? "escalate"
               : NULL;
}

/* One a tick: the list changes under it. */
static void see_to(struct ut__supervise *sv, const struct ut__node *n, int64_t now_ms)
{
    for (const struct ut__alert *a = sv->alerts.first; a; a = a->next) {
        if (strcmp(a->node, n->name) != 0 || strcmp(a->state, "raised") != 0)
            continue;
        json_t *alert = json_loads(a->json, 0, NULL);
        const char *action = due(sv, n, alert, now_ms);
        char id[UT__ALERT_ID_MAX];
        snprintf(id, sizeof id, "%s", a->id);
        json_decref(alert);
        if (!action)
            continue;
        order_own(sv, n->name, id, action,
                  strcmp(action, "escalate") == 0 && sv->cfg.escalate_to ? sv->cfg.escalate_to
                                                                         : "");
        return;
    }
}

void ut__standin_tick(struct ut__supervise *sv)
{
    int hears = sv->bus && ut__bus_connected(sv->bus);
    int64_t now_ms = ut__wall_ms();
    for (uint32_t i = 0; i < sv->node_count && sv->bus; i++) {
        struct ut__node *n = &sv->nodes[i];
        if (n->alive && strcmp(n->name, sv->cfg.node) != 0)
            drop_orders(sv, n->name);
        if (!n->alive && hears)
            ut__bus_stand_in(sv->bus, n->name, 1);
        else if (n->held && hears)
            ut__bus_stand_in(sv->bus, n->name, 0);
        if (n->alive || !hears)
            n->held = 0;
        if (n->held)
            see_to(sv, n, now_ms);
    }
}

void ut__standin_release(struct ut__supervise *sv)
{
    drop_orders(sv, NULL);
}

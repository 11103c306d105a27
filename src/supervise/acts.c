/* SPDX-License-Identifier: MIT */
/*
 * Acts on alerts: one of this node goes to the ledger; one of another node goes over the bus, and
 * is answered when its owner's notice comes back.
 */

#include "supervise/acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/elsewhere.h"
#include "supervise/nodes.h"
#include "supervise/private.h"
#include "supervise/problems.h"
#include "supervise/state.h"

enum { ECHO_MS = 5000, REMOTE_BY_MAX = UT__ACTOR_MAX };

/* An act that waits for its echo. */
struct ut__remote {
    struct ut__remote *next;
    char alert[UT__ALERT_ID_MAX], by[REMOTE_BY_MAX];
    int64_t until_ms; /* Steady clock. */
    ut__answered *fn;
    void *arg;
};

void ut__scope_args(json_t *args, const struct ut__who *who)
{
    json_t *names = who->queues[0] ? ut__scope_to_json(who->queues) : NULL;
    char *text = names ? json_dumps(names, JSON_COMPACT) : NULL;
    if (names)
        json_object_set_new(args, "scope", text ? json_string(text) : json_string("[]"));
    free(text);
    json_decref(names);
}

static void refuse_with(ut__answered *fn, void *arg, enum ut__ledger_status status,
                        const char *message, const char *remedy)
{
    struct ut__answer answer = {0};
    ut__answer_fail(&answer, status, message, remedy);
    fn(arg, &answer);
    ut__answer_free(&answer);
}

/* json_take: the alert as it is now; NULL for want of memory. */
static void answer_with(ut__answered *fn, void *arg, char *json_take)
{
    struct ut__answer answer = {.status = json_take ? UT__LEDGER_OK : UT__LEDGER_AWAY,
                                .json = json_take};
    fn(arg, &answer);
    ut__answer_free(&answer);
}

/* Is there somebody to hand this alert to, who may act on it? */
static int can_take(const struct ut__supervise *sv, const char *name, const struct ut__alert *alert)
{
    struct ut__who who;
    return ut__auth_open(sv->auth) || (ut__auth_person(sv->auth, name, ut__wall_ms(), &who) &&
                                       ((unsigned)who.role & UT__MAY_ACT) &&
                                       (!alert || ut__scope_has(who.queues, alert->queue)));
}

/* What is refused before anybody is asked. Returns 1 when it is, and answered. */
static int refuse(struct ut__supervise *sv, const struct ut__who *who, const char *verb,
                  const struct ut__alert *alert, const json_t *body, ut__answered *fn, void *arg)
{
    const char *to = ut__json_text(body, "to");
    if (alert && !ut__scope_has(who->queues, alert->queue)) {
        refuse_with(fn, arg, UT__LEDGER_NOT_FOUND, "There is no such alert here.",
                    "Ask /api/v1/alerts for those that there are.");
        return 1;
    }
    if (strcmp(verb, "hand_over") != 0 || !*to || can_take(sv, to, alert))
        return 0;
    refuse_with(fn, arg, UT__LEDGER_BAD, "Nobody of that name may act on alerts of this queue.",
                "Name one of those whom /api/v1/people tells, with this queue among theirs.");
    return 1;
}

static json_t *order(const char *who, const char *verb, const char *alert, const json_t *body)
{
    static const char *const kept[] = {"note", "text", "outcome", "to", "source"};
    json_t *args = json_pack("{ss ss ss}", "alert", alert, "action", verb, "by", who);
    for (size_t i = 0; args && i < sizeof kept / sizeof kept[0]; i++) {
        json_t *v = json_object_get(body, kept[i]);
        if (json_is_string(v))
            json_object_set(args, kept[i], v);
    }
    return args;
}

/* What this person has done already changes nothing there: no echo would ever come. */
static int is_done(const struct ut__alert *there, const json_t *args)
{
    if (*ut__json_text(args, "note"))
        return 0;
    const char *verb = ut__json_text(args, "action"), *by = ut__json_text(args, "by");
    int same = strcmp(there->outcome, ut__json_text(args, "outcome")) == 0;
    if (strcmp(verb, "acknowledge") == 0)
        return strcmp(there->state, "acknowledged") == 0 && strcmp(there->acknowledged_by, by) == 0;
    if (strcmp(verb, "resolve") == 0)
        return same && strcmp(there->state, "resolved") == 0;
    return same && strcmp(verb, "judge") == 0 && strcmp(there->judged_by, by) == 0;
}

static int act_remote(struct ut__supervise *sv, const char *who, const struct ut__alert *there,
                      json_t *args, ut__answered *fn, void *arg)
{
    char by[REMOTE_BY_MAX];
    snprintf(by, sizeof by, "%s@%s", who, sv->cfg.node);
    json_object_set_new(args, "by", json_string(by));
    if (ut__problem_is(sv, "node_not_joined")) {
        refuse_with(fn, arg, UT__LEDGER_CONFLICT,
                    "This node has not joined the others: they take no orders of it.",
                    "Let it join, as undertone-nodes(7) says, or act on the alert's own node.");
        return 0;
    }
    if (ut__node_is_other(sv, there->node)) {
        refuse_with(fn, arg, UT__LEDGER_CONFLICT,
                    "The alert's node is of another version, and takes no orders of this one.",
                    "Act on its own page, or bring both to one version.");
        return 0;
    }
    if (is_done(there, args)) {
        answer_with(fn, arg, strdup(there->json));
        return 0;
    }
    struct ut__remote *r = calloc(1, sizeof *r);
    if (!r)
        return UT_ENOMEM;
    char *json = ut__private_order(sv, there->node, args);
    if (!json) {
        free(r);
        return UT_ENOMEM;
    }
    snprintf(r->alert, sizeof r->alert, "%s", there->id);
    snprintf(r->by, sizeof r->by, "%s", by);
    r->until_ms = ut__clock_mono_us() / 1000 + ECHO_MS;
    r->fn = fn;
    r->arg = arg;
    r->next = sv->remote;
    sv->remote = r;
    ut__bus_act(sv->bus, r->alert, json);
    free(json);
    return 0;
}

int ut__act(struct ut__supervise *sv, const struct ut__who *who, const char *verb,
            const char *alert, const json_t *body, ut__answered *fn, void *arg)
{
    const struct ut__alert *there = ut__alerts_find(&sv->alerts, sv->cfg.node, alert);
    int local = !there || strcmp(there->node, sv->cfg.node) == 0;
    if (refuse(sv, who, verb, there, body, fn, arg))
        return 0;
    json_t *args = order(who->name, verb, alert, body);
    int err = UT_ENOMEM;
    if (!args)
        return err;
    if (!local && sv->bus) {
        err = act_remote(sv, who->name, there, args, fn, arg);
    } else {
        ut__scope_args(args, who);
        char *json = json_dumps(args, JSON_COMPACT);
        if (json)
            err = ut__elsewhere_ask(sv, UT__LEDGER_ACT, json, fn, arg);
        free(json);
    }
    json_decref(args);
    return err;
}

/* Takes the first of an alert and person (NULL: any) that ends by until_ms from the list. */
static struct ut__remote *take(struct ut__supervise *sv, const char *alert, const char *by,
                               int64_t until_ms)
{
    struct ut__remote **at = &sv->remote;
    while (*at && ((alert && strcmp((*at)->alert, alert) != 0) ||
                   (by && strcmp((*at)->by, by) != 0) || (*at)->until_ms > until_ms))
        at = &(*at)->next;
    struct ut__remote *r = *at;
    if (r)
        *at = r->next;
    return r;
}

void ut__act_echo(struct ut__supervise *sv, const struct ut__alert_state *alert, const char *by)
{
    struct ut__remote *r;
    while ((r = take(sv, alert->id, by, INT64_MAX)) != NULL) {
        answer_with(r->fn, r->arg, strdup(alert->json));
        free(r);
    }
}

void ut__act_refused(struct ut__supervise *sv, const json_t *refusal)
{
    struct ut__remote *r;
    json_int_t status = json_integer_value(json_object_get(refusal, "status"));
    int known = status > UT__LEDGER_OK && status <= UT__LEDGER_AWAY;
    while ((r = take(sv, ut__json_text(refusal, "alert"), ut__json_text(refusal, "by"),
                     INT64_MAX)) != NULL) {
        refuse_with(r->fn, r->arg, known ? (enum ut__ledger_status)status : UT__LEDGER_AWAY,
                    json_string_value(json_object_get(refusal, "message")),
                    json_string_value(json_object_get(refusal, "remedy")));
        free(r);
    }
}

void ut__act_expire(struct ut__supervise *sv, int all)
{
    struct ut__remote *r;
    while ((r = take(sv, NULL, NULL, all ? INT64_MAX : ut__clock_mono_us() / 1000)) != NULL) {
        refuse_with(r->fn, r->arg, UT__LEDGER_AWAY,
                    "The alert's node has not answered; it acts as soon as it can, unless somebody "
                    "else was faster.",
                    "Look at the alert's newest state.");
        free(r);
    }
}

/* An order from another node, on its way through the ledger. */
struct ordered {
    const struct ut__outlet *bus;
    char *key;
    json_t *order;
};

static void on_ordered(void *arg, struct ut__answer *answer)
{
    struct ordered *o = arg;
    if (answer->status != UT__LEDGER_OK) {
        struct ut__text t = {0};
        ut__text_raw(&t, "{");
        ut__text_kstr(&t, "message", answer->message);
        ut__text_kstr(&t, "remedy", answer->remedy);
        ut__text_kstr(&t, "alert", ut__json_text(o->order, "alert"));
        ut__text_kstr(&t, "by", ut__json_text(o->order, "by"));
        ut__text_kint(&t, "status", answer->status);
        ut__text_raw(&t, "}");
        if (!t.failed)
            ut__bus_publish(o->bus, "refused", t.buf, t.len);
        ut__text_free(&t);
    }
    /* While the ledger is away the key stays, and comes again with the next connection. */
    if (answer->status != UT__LEDGER_AWAY)
        ut__bus_act_done(o->bus, o->key);
    json_decref(o->order);
    free(o->key);
    free(o);
}

/* {"kind":"order","key","event":{...}}: in the hub. */
void ut__bus_order(struct ut__supervise *sv, json_t *root)
{
    const char *key = json_string_value(json_object_get(root, "key"));
    json_t *order = ut__private_ordered(sv, sv->cfg.node, json_object_get(root, "event"));
    struct ordered *o = sv->bus && key && order ? calloc(1, sizeof *o) : NULL;
    char *args = order ? json_dumps(order, JSON_COMPACT) : NULL;
    if (!order)
        UT__LOG(UT__LOG_WARN, "an order that is not of this house is left alone",
                ut__log_str("key", key ? key : ""));
    if (o)
        o->key = strdup(key);
    if (!o || !o->key || !args) {
        if (o)
            free(o->key);
        free(o);
        free(args);
        json_decref(order);
        return;
    }
    o->bus = sv->bus;
    o->order = order;
    if (ut__ask(sv, UT__LEDGER_ACT, args, on_ordered, o)) {
        json_decref(o->order);
        free(o->key);
        free(o);
    }
    free(args);
}

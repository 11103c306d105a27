/* SPDX-License-Identifier: MIT */
/* Routes that the ledger answers, some with what only the hub knows added. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "supervise/acts.h"
#include "supervise/api/routes.h"

static void on_plain(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (!ut__request_failed(r, answer))
        ut__request_json(r, answer->json ? answer->json : "{}", NULL);
}

void ut__serve_ledger(struct ut__request *r)
{
    if (r->body)
        json_object_update_missing(r->args, r->body);
    ut__request_ask(r, r->route->op, on_plain);
}

void ut__serve_marked(struct ut__request *r)
{
    json_object_set_new(r->args, "by", json_string(r->who.name));
    ut__serve_ledger(r);
}

/* None that no evidence of this model reaches. */
void ut__serve_proposals(struct ut__request *r)
{
    json_object_set_new(r->args, "max", json_real((double)r->sv->cfg.threshold_max));
    ut__serve_ledger(r);
}

/* The wall's own view of a live call takes the place of the stored one. */
static json_t *live_json(struct ut__supervise *sv, const json_t *stored)
{
    struct ut__card *c =
        ut__wall_find(&sv->wall, ut__json_text(stored, "node"), ut__json_text(stored, "call"));
    struct ut__text t = {0};
    if (!c || c->ended)
        return NULL;
    ut__wall_json(c, &t);
    json_t *live = t.failed ? NULL : json_loads(t.buf, 0, NULL);
    ut__text_free(&t);
    return live;
}

static void on_calls(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer), *item;
    size_t i;
    if (!root)
        return;
    json_t *calls = json_object_get(root, "calls");
    json_array_foreach(calls, i, item)
    {
        json_t *live = json_is_true(json_object_get(item, "live")) ? live_json(r->sv, item) : NULL;
        if (live)
            json_array_set_new(calls, i, live);
    }
    ut__request_value(r, root);
}

/* What only the record can tell. */
static int asks_past(json_t *args)
{
    static const char *const names[] = {"rescued", "marked", "tag", "reason", "follow_up"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_object_get(args, names[i]))
            return 1;
    return 0;
}

static int wanted(const struct ut__card *c, const char *scope, json_t *args)
{
    const char *queue = json_string_value(json_object_get(args, "queue"));
    const char *agent = json_string_value(json_object_get(args, "agent"));
    const char *caller = json_string_value(json_object_get(args, "caller"));
    const char *q = json_string_value(json_object_get(args, "q"));
    const char *alerted = json_string_value(json_object_get(args, "alerted"));
    const char *origin = json_string_value(json_object_get(args, "origin"));
    const json_t *peak = json_object_get(args, "min_peak");
    return !c->ended && !asks_past(args) && ut__scope_has(scope, c->queue) &&
           (!queue || strcmp(queue, c->queue) == 0) && (!agent || strcmp(agent, c->agent) == 0) &&
           (!caller || strcmp(caller, c->caller_key) == 0) &&
           (!q || strcasestr(c->id, q) || strcasestr(c->queue, q) || strcasestr(c->agent, q) ||
            strcasestr(c->source, q)) &&
           (!origin || strcmp(origin, "live") == 0) &&
           (!alerted || (c->alerts > 0) == (strcmp(alerted, "yes") == 0)) &&
           (!peak || (double)c->peak >= json_number_value(peak));
}

static void serve_live(struct ut__request *r)
{
    struct ut__text t = {0};
    const json_t *given = json_object_get(r->args, "limit");
    const char *cursor = json_string_value(json_object_get(r->args, "cursor"));
    long long limit = given ? json_integer_value(given) : UT__PAGE, seen = 0, more = 0;
    long long from = cursor ? strtoll(cursor, NULL, 10) : 0;
    ut__text_raw(&t, "{\"calls\":[");
    for (const struct ut__card *c = r->sv->wall.first; c && !more; c = c->next) {
        if (!wanted(c, r->who.queues, r->args) || seen++ < from)
            continue;
        more = seen > from + limit;
        if (more)
            break;
        ut__text_raw(&t, seen > from + 1 ? "," : "");
        ut__wall_json(c, &t);
    }
    ut__text_raw(&t, "],\"next\":");
    if (more)
        ut__text_printf(&t, "\"%lld\"}", from + limit);
    else
        ut__text_raw(&t, "null}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_calls(struct ut__request *r)
{
    const char *state = json_string_value(json_object_get(r->args, "state"));
    if (!state || strcmp(state, "live") == 0)
        serve_live(r);
    else if (strcmp(state, "ended") != 0 && strcmp(state, "all") != 0)
        ut__request_error(r, 400, "bad_request", "state must be live, ended or all.",
                          "Give one of these, or leave it out.", NULL);
    else if (!((unsigned)r->who.role & UT__MAY_HISTORY))
        ut__request_error(r, 403, "forbidden", "Your role sees live calls alone.",
                          "Ask an administrator for a token of another role.", NULL);
    else
        ut__request_ask(r, UT__LEDGER_CALLS, on_calls);
}

static void on_call(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer);
    if (!root)
        return;
    json_t *stored = r->route->op == UT__LEDGER_TIMELINE ? json_object_get(root, "call") : root;
    json_t *live = json_is_true(json_object_get(stored, "live")) ? live_json(r->sv, stored) : NULL;
    if (live)
        json_object_update(stored, live);
    json_decref(live);
    if (r->route->op == UT__LEDGER_CALL)
        json_object_set_new(root, "threshold",
                            ut__threshold_json_of(r->sv, ut__json_text(root, "queue")));
    ut__request_value(r, root);
}

/* A call of another node: what the wall knows of it is all that is known here. */
static int serve_foreign(struct ut__request *r)
{
    const struct ut__card *c = ut__wall_find(&r->sv->wall, NULL, r->target);
    struct ut__text t = {0};
    if (!c || c->local || !ut__scope_has(r->who.queues, c->queue))
        return 0;
    if (r->route->op == UT__LEDGER_TIMELINE) {
        ut__text_raw(&t, "{\"call\":");
        ut__wall_json(c, &t);
        ut__text_raw(&t, ",\"scores\":{\"call\":");
        ut__text_str(&t, c->id);
        ut__text_raw(&t,
                     ",\"columns\":[\"t\",\"stress\",\"arousal\",\"valence\",\"confidence\","
                     "\"state\",\"why\",\"talk\",\"level_dbfs\",\"speech_s\",\"f0\",\"effort\","
                     "\"rate\",\"harshness\",\"variation\",\"words\"],\"rows\":[],\"step_s\":1},"
                     "\"alerts\":[],\"missed\":[],\"marks\":[],\"follow_ups\":[],\"tags\":{},"
                     "\"episodes\":[],\"turns\":null,\"summary\":null,"
                     "\"threshold\":0}");
    } else {
        ut__wall_json(c, &t);
        if (t.failed)
            return 0;
        t.len--; /* The closing brace. */
        ut__text_raw(
            &t, ",\"summary\":null,\"turns\":null,\"alert_list\":[],\"missed\":[],\"feedback\":[],"
                "\"tags\":{},\"marks\":[],\"follow_ups\":[],"
                "\"baseline\":\"none\",\"site\":null,"
                "\"threshold\":{\"queue\":\"*\",\"threshold\":null,\"budget\":null,"
                "\"set_by\":null,\"set_ms\":null}}");
    }
    ut__request_text(r, &t, NULL);
    return 1;
}

void ut__serve_call(struct ut__request *r)
{
    if (!serve_foreign(r))
        ut__request_ask(r, r->route->op, on_call);
}

static void on_part(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *root = ut__request_loaded(r, answer);
    if (!root)
        return;
    int turns = strcmp(r->route->verb, "turns") == 0;
    json_t *out =
        json_pack("{sO}", turns ? "turns" : "alerts", json_object_get(root, r->route->verb));
    json_decref(root);
    ut__request_value(r, out);
}

void ut__serve_part(struct ut__request *r)
{
    ut__request_ask(r, UT__LEDGER_CALL, on_part);
}

void ut__serve_alerts(struct ut__request *r)
{
    const char *state = json_string_value(json_object_get(r->args, "state"));
    if (state && strcmp(state, "open") != 0) {
        if (strcmp(state, "live") == 0 || strcmp(state, "ended") == 0 ||
            strcmp(state, "overdue") == 0 || strcmp(state, "done") == 0)
            ut__request_error(r, 400, "bad_request", "An alert has no such state.",
                              "Give open, raised, acknowledged, resolved, expired or all.", NULL);
        else if ((unsigned)r->who.role & UT__MAY_HISTORY)
            ut__serve_ledger(r);
        else
            ut__request_error(r, 403, "forbidden", "Your role sees open alerts alone.",
                              "Ask an administrator for a token of another role.", NULL);
        return;
    }
    struct ut__text t = {0};
    const json_t *limit = json_object_get(r->args, "limit");
    const char *cursor = json_string_value(json_object_get(r->args, "cursor"));
    ut__text_raw(&t, "{\"alerts\":");
    const struct ut__alerts_filter filter = {
        .scope = r->who.queues,
        .queue = json_string_value(json_object_get(r->args, "queue")),
        .agent = json_string_value(json_object_get(r->args, "agent")),
        .before = cursor ? strtoull(cursor, NULL, 10) : 0,
        .limit = limit ? (int64_t)json_integer_value(limit) : UT__PAGE};
    uint64_t next = ut__alerts_page(&r->sv->alerts, &filter, &t);
    if (next)
        ut__text_printf(&t, ",\"next\":\"%llu\"}", (unsigned long long)next);
    else
        ut__text_raw(&t, ",\"next\":null}");
    ut__request_text(r, &t, NULL);
}

void ut__serve_alert(struct ut__request *r)
{
    const struct ut__alert *alert = ut__alerts_find(&r->sv->alerts, r->sv->cfg.node, r->target);
    if (alert && ut__scope_has(r->who.queues, alert->queue))
        ut__request_json(r, alert->json, NULL);
    else
        ut__serve_ledger(r);
}

void ut__serve_act(struct ut__request *r)
{
    if (ut__act(r->sv, &r->who, r->route->verb, r->target, r->body, on_plain, r))
        ut__request_unavailable(r);
}

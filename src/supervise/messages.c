/* SPDX-License-Identifier: MIT */
/* The messages of /ws and /events that all hear. */

#include "supervise/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/version.h>

#include "base/json.h"
#include "supervise/channels/bus.h"
#include "supervise/health.h"
#include "supervise/state.h"

void ut__say_call(struct ut__supervise *sv, const struct ut__card *call, const char *phase,
                  int64_t time_ms)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"call\"");
    ut__text_kstr(&t, "call", call->id);
    ut__text_kstr(&t, "phase", phase);
    ut__text_key(&t, "state");
    ut__wall_json(call, &t);
    ut__text_raw(&t, "}");
    ut__feed_put(sv->feed, "call", time_ms, call->node, &t,
                 &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = call->queue}, 0);
    if (call->local && sv->bus && !t.failed)
        ut__bus_publish(sv->bus, "call", t.buf, t.len);
    ut__text_free(&t);
}

/* A number as jansson would print it, whatever the locale is. */
static void put_number(struct ut__text *t, const char *key, int is_there, double v)
{
    char text[40] = "null";
    if (is_there) {
        int n = snprintf(text, sizeof text - 2, "%.15g", v);
        char *comma = strchr(text, ',');
        if (comma)
            *comma = '.';
        if (!strpbrk(text, ".e"))
            memcpy(text + n, ".0", 3);
    }
    ut__text_key(t, key);
    ut__text_raw(t, text);
}

void ut__say_alert(struct ut__supervise *sv, const struct ut__news *news, int64_t time_ms)
{
    const struct ut__alert_state *alert = &news->alert;
    int cleared = strcmp(news->action, "cleared") == 0,
        raised = strcmp(news->action, "raised") == 0;
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"alert\"");
    ut__text_kstr(&t, "call", alert->call);
    ut__text_kint(&t, "n", alert->n);
    put_number(&t, "t", 1, cleared && alert->has_cleared ? alert->cleared_t_s : alert->t_s);
    ut__text_kstr(&t, "action", news->action);
    put_number(&t, "stress", alert->has_stress, alert->stress);
    if (raised || cleared) {
        put_number(&t, "for_s", 1, alert->for_s);
        ut__text_key(&t, "reasons");
        ut__text_raw(&t, alert->reasons);
        ut__text_kstr(&t, "text", alert->text);
    }
    ut__text_kstr(&t, "by", news->by[0] ? news->by : NULL);
    ut__text_key(&t, "state");
    ut__text_raw(&t, alert->json);
    ut__text_raw(&t, "}");
    ut__feed_put(sv->feed, "alert", time_ms, alert->node, &t,
                 &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = alert->queue}, 1);
    ut__text_free(&t);
}

/* A call went to another queue: who sees the former alone has it no more. */
void ut__say_left(struct ut__supervise *sv, const struct ut__card *call, const char *before,
                  int64_t time_ms)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"left\"");
    ut__text_kstr(&t, "call", call->id);
    ut__text_raw(&t, "}");
    ut__feed_put(
        sv->feed, "left", time_ms, call->node, &t,
        &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = before, .before = call->queue}, 0);
    ut__text_free(&t);
}

static void put_to_all(struct ut__supervise *sv, const char *type, const struct ut__text *t)
{
    ut__feed_put(sv->feed, type, ut__wall_ms(), NULL, t,
                 &(struct ut__feed_to){.roles = UT__MAY_READ}, 0);
}

void ut__say_health(struct ut__supervise *sv)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"health\"");
    ut__text_key(&t, "state");
    ut__health_json(sv, &t);
    ut__text_raw(&t, "}");
    put_to_all(sv, "health", &t);
    ut__text_free(&t);
}

void ut__say_threshold(struct ut__supervise *sv, const char *json)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"threshold\"");
    ut__text_key(&t, "state");
    ut__text_raw(&t, json);
    ut__text_raw(&t, "}");
    put_to_all(sv, "threshold", &t);
    ut__text_free(&t);
}

void ut__say_quiet(struct ut__supervise *sv, const struct ut__quiet *quiet, const char *queue)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"quiet\"");
    ut__quiet_json(quiet, &t);
    ut__text_raw(&t, "}");
    ut__feed_put(sv->feed, "quiet", ut__wall_ms(), NULL, &t,
                 &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = *queue ? queue : NULL}, 0);
    ut__text_free(&t);
}

void ut__say_break_due(struct ut__supervise *sv, const struct ut__break_due *due, const char *node,
                       int64_t time_ms)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"exposure\"");
    ut__text_kstr(&t, "agent", due->agent);
    ut__text_knum(&t, "alert_minutes", due->alert_min, 1);
    ut__text_kbool(&t, "break_due", 1);
    ut__text_raw(&t, "}");
    ut__feed_put(sv->feed, "exposure", time_ms, node, &t,
                 &(struct ut__feed_to){.roles = UT__MAY_HISTORY, .queue = due->queue}, 0);
    ut__text_free(&t);
}

void ut__say_erased(struct ut__supervise *sv, const char *call)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"erased\"");
    ut__text_kstr(&t, "call", call);
    ut__text_raw(&t, "}");
    put_to_all(sv, "erased", &t);
    ut__text_free(&t);
}

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

static void put_json(struct ut__text *t, const char *key, const json_t *value)
{
    char *json = value ? json_dumps(value, UT__JSON | JSON_ENCODE_ANY) : NULL;
    ut__text_key(t, key);
    ut__text_raw(t, json ? json : "null");
    free(json);
}

/* A number as jansson would print it, whatever the locale is. */
static void put_number(struct ut__text *t, const char *key, const json_t *v)
{
    char text[40] = "null";
    if (json_is_integer(v)) {
        ut__text_kint(t, key, (int64_t)json_integer_value(v));
        return;
    }
    if (json_is_real(v)) {
        int n = snprintf(text, sizeof text - 2, "%.15g", json_real_value(v));
        char *comma = strchr(text, ',');
        if (comma)
            *comma = '.';
        if (!strpbrk(text, ".e"))
            memcpy(text + n, ".0", 3);
    }
    ut__text_key(t, key);
    ut__text_raw(t, text);
}

void ut__say_alert(struct ut__supervise *sv, const json_t *notice, const char *json, size_t len,
                   int64_t time_ms)
{
    const json_t *alert = json_object_get(notice, "alert");
    const char *action = ut__json_text(notice, "action");
    int cleared = strcmp(action, "cleared") == 0, raised = strcmp(action, "raised") == 0;
    const json_t *cleared_t = json_object_get(alert, "cleared_t");
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"alert\"");
    ut__text_kstr(&t, "call", json_string_value(json_object_get(alert, "call")));
    put_number(&t, "n", json_object_get(alert, "n"));
    put_number(&t, "t",
               cleared && json_is_number(cleared_t) ? cleared_t : json_object_get(alert, "t"));
    ut__text_kstr(&t, "action", action);
    put_number(&t, "stress", json_object_get(alert, "stress"));
    if (raised || cleared) {
        put_number(&t, "for_s", json_object_get(alert, "for_s"));
        put_json(&t, "reasons", json_object_get(alert, "reasons"));
        ut__text_kstr(&t, "text", json_string_value(json_object_get(alert, "text")));
    }
    ut__text_kstr(&t, "by", json_string_value(json_object_get(notice, "by")));
    if (json) {
        ut__text_key(&t, "state");
        ut__text_bytes(&t, json, len);
    } else {
        put_json(&t, "state", alert);
    }
    ut__text_raw(&t, "}");
    ut__feed_put(
        sv->feed, "alert", time_ms, ut__json_text(alert, "node"), &t,
        &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = ut__json_text(alert, "queue")}, 1);
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

void ut__say_erased(struct ut__supervise *sv, const char *call)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{\"type\":\"erased\"");
    ut__text_kstr(&t, "call", call);
    ut__text_raw(&t, "}");
    put_to_all(sv, "erased", &t);
    ut__text_free(&t);
}

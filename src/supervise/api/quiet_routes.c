/* SPDX-License-Identifier: MIT */
/* Calls, agents and queues that do not ring for a while. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/api/routes.h"
#include "supervise/messages.h"

void ut__serve_quiets(struct ut__request *r)
{
    struct ut__text t = {0};
    ut__quiets_expire(&r->sv->quiets, ut__wall_ms());
    ut__text_raw(&t, "{\"quiets\":");
    ut__quiets_json(&r->sv->quiets, r->who.queues, &t);
    ut__text_raw(&t, "}");
    ut__request_text(r, &t, NULL);
}

/* The queue whose people are told; NULL when it is none that somebody sees. */
static const char *told_queue(const struct ut__request *r, const struct ut__quiet *q)
{
    struct ut__card *card = NULL;
    const char *queue = "";
    if (strcmp(q->kind, "call") == 0) {
        card = ut__wall_find(&r->sv->wall, NULL, q->name);
        queue = card ? card->queue : NULL;
    } else if (strcmp(q->kind, "queue") == 0) {
        queue = q->name;
    }
    return queue && (!*queue || ut__scope_has(r->who.queues, queue)) ? queue : NULL;
}

static int read_quiet(const struct ut__request *r, struct ut__quiet *q)
{
    const char *kind = json_string_value(json_object_get(r->body, "kind"));
    const char *name = json_string_value(json_object_get(r->body, "name"));
    const char *why = json_string_value(json_object_get(r->body, "why"));
    const json_t *minutes = json_object_get(r->body, "minutes");
    json_int_t n = json_integer_value(minutes);
    if (!kind || !ut__quiet_is_kind(kind) || !name || !*name || strlen(name) >= sizeof q->name ||
        (why && strlen(why) >= sizeof q->why) || !json_is_integer(minutes) || n < 0 ||
        n > UT__QUIET_MINUTES_MAX)
        return 0;
    int64_t now = ut__wall_ms();
    snprintf(q->kind, sizeof q->kind, "%s", kind);
    snprintf(q->name, sizeof q->name, "%s", name);
    snprintf(q->why, sizeof q->why, "%s", why ? why : "");
    snprintf(q->by, sizeof q->by, "%s", r->who.name);
    q->set_ms = now;
    q->until_ms = n ? now + (int64_t)n * 60000 : 0;
    return 1;
}

static void on_set(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (!ut__request_failed(r, answer))
        ut__serve_quiets(r);
}

void ut__serve_quiet_set(struct ut__request *r)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_QUIET_SET};
    if (!read_quiet(r, &q.quiet)) {
        ut__request_error(r, 400, "bad_request", "kind, name, minutes or why will not do.",
                          "Give call, agent or queue, its name, 0 (ends it) to 1440 minutes, and a "
                          "reason of at most 255 bytes.",
                          NULL);
        return;
    }
    const char *queue = told_queue(r, &q.quiet);
    if (!queue) {
        ut__request_error(r, 404, "not_found", "There is no such call or queue.",
                          "Give one of those that you see.", NULL);
        return;
    }
    ut__quiets_expire(&r->sv->quiets, ut__wall_ms());
    if (!ut__quiets_put(&r->sv->quiets, &q.quiet, queue)) {
        ut__request_error(r, 409, "conflict", "Too much is quiet already.", "End some of it first.",
                          NULL);
        return;
    }
    ut__say_quiet(r->sv, &q.quiet, queue);
    ut__request_inquire(r, &q, on_set);
}

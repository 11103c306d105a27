/* SPDX-License-Identifier: MIT */
/* What other nodes tell over the bus: their calls, scores and alerts, and acts on ours. */

#include "supervise/bus_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "supervise/acts.h"
#include "supervise/bus_news.h"
#include "supervise/elsewhere.h"
#include "supervise/messages.h"
#include "supervise/nodes.h"
#include "supervise/private.h"
#include "supervise/signed.h"
#include "supervise/standin.h"
#include "supervise/state.h"
#include "supervise/stream_sink.h"

static void take_break(struct ut__supervise *sv, const json_t *event, const char *node)
{
    const json_t *alert = json_object_get(event, "alert");
    struct ut__break_due due = {.alert_min =
                                    json_number_value(json_object_get(event, "alert_minutes"))};
    ut__inquiry_text(due.agent, sizeof due.agent, ut__json_text(alert, "agent"));
    ut__inquiry_text(due.queue, sizeof due.queue, ut__json_text(alert, "queue"));
    ut__say_break_due(sv, &due, node, ut__wall_ms());
}

static void take_private(struct ut__supervise *sv, const char *node, const char *kind,
                         const json_t *event)
{
    json_t *told = ut__private_told(sv, node, kind, event);
    if (told && strcmp(kind, "answered") == 0)
        ut__elsewhere_answered(sv, node, told);
    else if (told && !ut__private_heard(sv, event))
        ut__elsewhere_asked(sv, node, told);
    json_decref(told);
}

static void take_lease(struct ut__supervise *sv, const char *node, const char *text)
{
    json_t *lease = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(lease) && ut__signed_lease(sv, node, text, lease) != UT__TRUST_FALSE)
        ut__node_seen(sv, node, lease);
    json_decref(lease);
}

int ut__bus_kept(struct ut__supervise *sv, json_t *root)
{
    const char *kind = ut__json_text(root, "kind"), *node = ut__json_text(root, "node");
    if (!sv->started)
        return 0;
    if (strcmp(kind, "lease") == 0 && strcmp(node, sv->cfg.node) != 0) {
        take_lease(sv, node, ut__json_text(root, "text"));
    } else if (strcmp(kind, "left") == 0 && strcmp(node, sv->cfg.node) != 0) {
        ut__node_left(sv, node);
    } else if (strcmp(kind, "stood_in") == 0) {
        ut__standin_held(sv, node, json_is_true(json_object_get(root, "held")));
    } else if (strcmp(kind, "order") == 0) {
        ut__bus_order(sv, root);
    } else if (strcmp(kind, "order_of") == 0) {
        json_t *order = ut__private_ordered(sv, node, json_object_get(root, "event"));
        if (order)
            ut__standin_order(sv, node, ut__json_text(root, "key"), order);
        json_decref(order);
    } else {
        return 0;
    }
    return 1;
}

/* {"kind":"call|score|alert|refused|asked|answered","node","event"} from another node. */
void ut__bus_message(struct ut__supervise *sv, const char *json)
{
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    const char *kind = ut__json_text(root, "kind"), *node = ut__json_text(root, "node");
    json_t *event = json_object_get(root, "event");
    int64_t now = ut__wall_ms();
    const char *whose = ut__json_text(json_object_get(event, "alert"), "node");
    /* Of what this node told itself, NATS has what it did for others that were dead. */
    int own = strcmp(node, sv->cfg.node) == 0 &&
              (strcmp(kind, "alert") != 0 || !*whose || strcmp(whose, node) == 0);
    int named = *node && strlen(node) < UT__NODE_BYTES;
    enum ut__trust said =
        named && !own && sv->started ? ut__signed_said(sv, json, root) : UT__TRUST_FALSE;
    /* Who is not known to be of this house may speak of his own alerts alone. */
    if (said == UT__TRUST_FALSE || (said == UT__TRUST_OPEN && *whose && strcmp(whose, node) != 0)) {
        json_decref(root);
        return;
    }
    const char *id = ut__json_text(event, "call");
    if (strcmp(kind, "asked") == 0 || strcmp(kind, "answered") == 0) {
        take_private(sv, node, kind, event);
    } else if (strcmp(kind, "refused") == 0) {
        ut__act_refused(sv, event);
    } else if (strcmp(kind, "alert") == 0) {
        if (strcmp(ut__json_text(event, "action"), "break_due") == 0)
            take_break(sv, event, node);
        else if (strcmp(whose, sv->cfg.node) != 0) /* Ours is in our record, by orders. */
            ut__bus_news(sv, event);
    } else if (*id && strlen(id) < UT__CALL_ID_MAX && strlen(node) < UT__NODE_BYTES) {
        struct ut__card *c = ut__wall_find(&sv->wall, node, id);
        int is_call = strcmp(kind, "call") == 0;
        if (!c && is_call && strcmp(ut__json_text(event, "phase"), "ended") != 0)
            c = ut__wall_add(&sv->wall, node, id, 0);
        if (c && is_call) {
            char queue[UT__CALL_LABEL_MAX];
            memcpy(queue, c->queue, sizeof queue);
            ut__wall_from_json(c, json_object_get(event, "state"));
            ut__queue_changed(sv, c, queue, now);
            ut__say_call(sv, c, ut__json_text(event, "phase"), now);
        } else if (c && strcmp(kind, "score") == 0) {
            struct ut_score score;
            char *copy = json_dumps(event, UT__JSON);
            struct ut__text t = {.buf = copy, .len = copy ? strlen(copy) : 0};
            ut__wall_score_from_json(event, &score);
            ut__wall_score(c, &score);
            if (score.state == UT_STATE_ALERT)
                ut__expose(sv, c, now);
            ut__feed_put(sv->feed, "score", now, node, &t,
                         &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = c->queue}, 0);
            free(copy);
        }
    }
    json_decref(root);
}

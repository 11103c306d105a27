/* SPDX-License-Identifier: MIT */
/* A step of another node's alert, from its JSON. */

#include "supervise/bus_news.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/notices.h"
#include "supervise/state.h"

/* How far an alert has come since somebody was last asked. */
static int stage(const json_t *alert)
{
    static const char *const states[] = {"raised", "acknowledged", "resolved", "expired"};
    int at = 0;
    for (int i = 0; i < 4; i++)
        if (strcmp(ut__json_text(alert, "state"), states[i]) == 0)
            at = i < 2 ? i : 2; /* Resolved or expired is over. */
    return 4 * at + 2 * json_is_true(json_object_get(alert, "escalated")) +
           json_is_true(json_object_get(alert, "cleared"));
}

/*
 * What is known of the alert already, or was before what is: after each outage NATS tells the newest of every alert by
 * its node, and apart from that by who stood in for it.
 */
static int is_past(const struct ut__supervise *sv, const json_t *alert)
{
    const struct ut__alert *known =
        ut__alerts_find(&sv->alerts, ut__json_text(alert, "node"), ut__json_text(alert, "alert"));
    if (!known || strcmp(known->node, ut__json_text(alert, "node")) != 0)
        return 0;
    json_t *there = json_loads(known->json, 0, NULL);
    json_int_t asked = json_integer_value(json_object_get(alert, "asked_ms"));
    json_int_t asked_there = json_integer_value(json_object_get(there, "asked_ms"));
    int past = json_equal(alert, there) || asked < asked_there ||
               (asked == asked_there && stage(alert) < stage(there));
    json_decref(there);
    return past;
}

/* Another node's news: {"action","by","time_ms","alert":{...}}. */
void ut__bus_news(struct ut__supervise *sv, const json_t *event)
{
    const json_t *alert = json_object_get(event, "alert");
    const json_t *cleared_t = json_object_get(alert, "cleared_t");
    const json_t *stress = json_object_get(alert, "stress");
    struct ut__news news = {
        .time_ms = (int64_t)json_integer_value(json_object_get(event, "time_ms")),
        .alert = {.n = (uint32_t)json_integer_value(json_object_get(alert, "n")),
                  .t_s = json_number_value(json_object_get(alert, "t")),
                  .for_s = json_number_value(json_object_get(alert, "for_s")),
                  .has_stress = json_is_number(stress),
                  .stress = json_number_value(stress),
                  .has_cleared = json_is_number(cleared_t),
                  .cleared_t_s = json_number_value(cleared_t),
                  .stored = json_is_true(json_object_get(alert, "stored"))}};
    struct ut__alert_state *a = &news.alert;
    const struct {
        char *to;
        size_t cap;
        const json_t *in;
        const char *key;
    } texts[] = {{news.action, sizeof news.action, event, "action"},
                 {news.by, sizeof news.by, event, "by"},
                 {a->id, sizeof a->id, alert, "alert"},
                 {a->node, sizeof a->node, alert, "node"},
                 {a->call, sizeof a->call, alert, "call"},
                 {a->queue, sizeof a->queue, alert, "queue"},
                 {a->agent, sizeof a->agent, alert, "agent"},
                 {a->state, sizeof a->state, alert, "state"},
                 {a->severity, sizeof a->severity, alert, "severity"},
                 {a->outcome, sizeof a->outcome, alert, "outcome"},
                 {a->acknowledged_by, sizeof a->acknowledged_by, alert, "acknowledged_by"},
                 {a->judged_by, sizeof a->judged_by, alert, "judged_by"}};
    if (is_past(sv, alert))
        return;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        snprintf(texts[i].to, texts[i].cap, "%s", ut__json_text(texts[i].in, texts[i].key));
    char *json = json_is_object(alert) ? json_dumps(alert, UT__JSON) : NULL;
    char *reasons = json_dumps(json_object_get(alert, "reasons"), UT__JSON);
    if (json && ut__alert_set_texts(a, json, reasons, ut__json_text(alert, "text")))
        ut__news_take(sv, &news, 0);
    free(json);
    free(reasons);
    ut__alert_state_free(a);
}

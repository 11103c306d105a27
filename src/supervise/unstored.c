/* SPDX-License-Identifier: MIT */
/*
 * Alerts that are not on disk yet. Each waits here from its event until the record has told of it. When the
 * record cannot write it, or says nothing for some seconds, it is told all the same, as not stored; once it is
 * stored, that is noted and nobody is told twice.
 */

#include "supervise/unstored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/json.h>

#include "contract/severity.h"
#include "supervise/problems.h"
#include "supervise/state.h"

enum { WAIT_US = 1500000 /* And a tick: within three seconds. */, WAITING_MAX = 4096 };
#define SLOW "store_slow"

struct ut__waiting {
    struct ut__waiting *next;
    int64_t since_us;
    uint8_t told; /* As not stored. */
    struct ut__stream_item item;
};

static json_t *alert_json(const struct ut__supervise *sv, const struct ut__stream_item *item,
                          const char *id, uint32_t n, const json_t *ev)
{
    const struct ut_alert_event *a = &item->event.u.alert;
    int raised = a->action == UT_ALERT_RAISED;
    enum ut__severity said = ut__severity_named(
        json_string_value(json_object_get(json_object_get(ev, "rule"), "severity")));
    return json_pack(
        "{ss ss sI ss ss ss ss sO sO sO sO sO sO? ss ss sb sb sn sI sI sn sn sn sn sn sn sn sn sn "
        "sn "
        "sn"
        " sn sn sn s[] sb s{ss ss sb s[]}}",
        "alert", id, "call", item->info.id, "n", (json_int_t)n, "node", sv->cfg.node, "source",
        item->info.source, "queue", item->info.queue, "agent", item->info.agent, "t",
        json_object_get(ev, "t"), "stress", json_object_get(ev, "stress"), "for_s",
        json_object_get(ev, "for_s"), "reasons", json_object_get(ev, "reasons"), "text",
        json_object_get(ev, "text"), "rule", json_object_get(ev, "rule"), "severity",
        ut__severity_name(
            ut__severity_of(said, json_number_value(json_object_get(ev, "stress")), 0)),
        "state", "raised", "cleared", !raised, "escalated", 0, "assigned_to", "raised_ms",
        (json_int_t)(item->time_us / 1000), "asked_ms", (json_int_t)(item->time_us / 1000),
        "escalated_ms", "acknowledged_ms", "acknowledged_by", "cleared_ms", "cleared_t",
        "resolved_ms", "resolved_by", "expired_ms", "outcome", "judged_ms", "judged_by",
        "judged_source", "answer_s", "recovery_s", "notes", "stored", 0, "suggestion", "action",
        "offer_help", "call", item->info.id, "free_script", 1, "agents");
}

/* The alert's texts, from what it is as JSON. */
static int set_texts(struct ut__alert_state *out, const json_t *alert)
{
    char *json = alert ? json_dumps(alert, UT__JSON) : NULL;
    char *reasons = alert ? json_dumps(json_object_get(alert, "reasons"), UT__JSON) : NULL;
    int whole =
        json && reasons && ut__alert_set_texts(out, json, reasons, ut__json_text(alert, "text"));
    free(json);
    free(reasons);
    return whole;
}

int ut__unstored_news(struct ut__news *out, const struct ut__supervise *sv,
                      const struct ut__stream_item *item, uint32_t n)
{
    char text[UT_JSON_MAX];
    const struct ut_alert_event *a = &item->event.u.alert;
    if (ut_event_to_json(text, sizeof text, item->info.id, &item->event) < 0)
        return 0;
    json_t *ev = json_loads(text, 0, NULL);
    const json_t *stress = json_object_get(ev, "stress");
    *out = (struct ut__news){.time_ms = item->time_us / 1000,
                             .alert = {.n = n,
                                       .has_stress = json_is_number(stress),
                                       .stress = json_number_value(stress),
                                       .t_s = json_number_value(json_object_get(ev, "t")),
                                       .for_s = json_number_value(json_object_get(ev, "for_s"))}};
    struct ut__alert_state *alert = &out->alert;
    snprintf(out->action, sizeof out->action, "%s",
             a->action == UT_ALERT_RAISED ? "raised" : "cleared");
    snprintf(alert->id, sizeof alert->id, "%s-%u", item->info.id, n);
    snprintf(alert->node, sizeof alert->node, "%s", sv->cfg.node);
    memcpy(alert->call, item->info.id, sizeof item->info.id);
    memcpy(alert->queue, item->info.queue, sizeof item->info.queue);
    memcpy(alert->agent, item->info.agent, sizeof item->info.agent);
    snprintf(alert->state, sizeof alert->state, "raised");
    json_t *json = ev ? alert_json(sv, item, alert->id, n, ev) : NULL;
    snprintf(alert->severity, sizeof alert->severity, "%s", ut__json_text(json, "severity"));
    int whole = set_texts(alert, json);
    json_decref(json);
    json_decref(ev);
    return whole;
}

static struct ut__waiting **find(struct ut__supervise *sv, const char *call, int raised)
{
    struct ut__waiting **at = &sv->waiting;
    while (*at && (strcmp((*at)->item.info.id, call) != 0 ||
                   ((*at)->item.event.u.alert.action == UT_ALERT_RAISED) != raised))
        at = &(*at)->next;
    return at;
}

static void drop(struct ut__supervise *sv, struct ut__waiting **at)
{
    struct ut__waiting *w = *at;
    *at = w->next;
    sv->waiting_count--;
    free(w);
}

void ut__waiting_add(struct ut__supervise *sv, const struct ut__stream_item *item)
{
    struct ut__waiting **end = &sv->waiting;
    while (sv->waiting_count >= WAITING_MAX)
        drop(sv, &sv->waiting);
    struct ut__waiting *w = calloc(1, sizeof *w);
    if (!w)
        return;
    while (*end)
        end = &(*end)->next;
    w->since_us = ut__clock_mono_us();
    w->item = *item;
    *end = w;
    sv->waiting_count++;
}

int ut__waiting_stored(struct ut__supervise *sv, const char *call, int raised)
{
    struct ut__waiting **at = find(sv, call, raised);
    int told = *at && (*at)->told;
    if (*at)
        drop(sv, at);
    if (!told && sv->on_told)
        sv->on_told(sv->on_told_arg, call, raised, 1);
    return told;
}

int ut__waiting_unstored(struct ut__supervise *sv, const char *call, int raised)
{
    struct ut__waiting *w = *find(sv, call, raised);
    if (w && w->told)
        return 0;
    if (w)
        w->told = 1;
    if (sv->on_told)
        sv->on_told(sv->on_told_arg, call, raised, 0);
    return 1;
}

void ut__waiting_tick(struct ut__supervise *sv, ut__tell *tell)
{
    int64_t now = ut__clock_mono_us();
    int slow = 0;
    for (struct ut__waiting *w = sv->waiting, *next; w; w = next) {
        next = w->next;
        if (now - w->since_us < WAIT_US)
            continue;
        slow = 1;
        int raised = w->item.event.u.alert.action == UT_ALERT_RAISED;
        struct ut__news news;
        if (w->told || !ut__unstored_news(&news, sv, &w->item, w->item.event.u.alert.n))
            continue;
        if (ut__waiting_unstored(sv, w->item.info.id, raised))
            tell(sv, &news, 1);
        ut__alert_state_free(&news.alert);
    }
    if (slow)
        ut__problem_raise(sv, SLOW, "Alerts cannot be written to the record.",
                          "Look at the disk of the data folder; they are told meanwhile, and "
                          "written when it answers.");
    else
        ut__problem_clear(sv, SLOW);
}

void ut__waiting_end(struct ut__supervise *sv)
{
    while (sv->waiting)
        drop(sv, &sv->waiting);
}

/* SPDX-License-Identifier: MIT */
/* What the record tells: handed over to the hub, kept and told to all. */

#include "supervise/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "supervise/acts.h"
#include "supervise/known.h"
#include "supervise/messages.h"
#include "supervise/open_alerts.h"
#include "supervise/shared.h"
#include "supervise/state.h"
#include "supervise/unstored.h"

/* Keeps the card in step with the alert. */
static void mark_card(struct ut__card *c, const json_t *alert, const char *action)
{
    if (strcmp(action, "raised") == 0)
        c->alerts++;
    if (ut__alert_is_open(alert))
        snprintf(c->open_alert, sizeof c->open_alert, "%s", ut__json_text(alert, "alert"));
    else if (strcmp(c->open_alert, ut__json_text(alert, "alert")) == 0)
        c->open_alert[0] = '\0';
}

/* The alert in a notice of the ledger: its last member. In a text its quotes would be escaped. */
static const char *alert_text(const char *notice, size_t *len)
{
    static const char member[] = ",\"alert\":{";
    const char *at = notice ? strstr(notice, member) : NULL;
    if (!at)
        return NULL;
    at += sizeof member - 2;
    *len = strlen(at) - 1;
    return at;
}

/* whole: the notice as the ledger's text; NULL for one that has none. */
static void take_notice(struct ut__supervise *sv, json_t *notice, int local, const char *whole)
{
    size_t len = 0;
    const char *json = alert_text(whole, &len);
    json_t *alert = json_object_get(notice, "alert");
    const char *action = ut__json_text(notice, "action");
    int64_t now = ut__wall_ms();
    int64_t time_ms = (int64_t)json_integer_value(json_object_get(notice, "time_ms"));
    const char *node = ut__json_text(alert, "node"), *id = ut__json_text(alert, "alert");
    struct ut__card *card = ut__wall_find(&sv->wall, node, ut__json_text(alert, "call"));
    int open = ut__alert_is_open(alert), known = ut__alerts_find(&sv->alerts, node, id) != NULL;
    /* Long past when this node came to the bus: no news to anybody. */
    int past = !local && !open && !known && !card;
    if (!json_is_object(alert) || past || !ut__alerts_put(&sv->alerts, alert, json, len)) {
        if (past)
            ut__act_echo(sv, alert, ut__json_text(notice, "by"));
        return;
    }
    int event = strcmp(action, "raised") == 0 || strcmp(action, "cleared") == 0;
    /* It was told as not stored, and is on disk now: told once all the same. */
    if (local && event && json_is_true(json_object_get(alert, "stored")) &&
        ut__waiting_stored(sv, ut__json_text(alert, "call"), strcmp(action, "raised") == 0) &&
        known)
        return;
    if (card)
        mark_card(card, alert, action);
    else if (!open) /* Nobody sees it any more once this is told. */
        ut__alerts_forget(&sv->alerts, node, id);
    ut__say_alert(sv, notice, json, len, time_ms ? time_ms : now);
    ut__act_echo(sv, alert, ut__json_text(notice, "by"));
    if (!local)
        return;
    sv->counted = 0;
    if (strcmp(action, "raised") == 0) {
        sv->alerts_raised++;
        ut__latency_add(&sv->told, (double)(now - time_ms) / 1000.0);
    }
    sv->alerts_cleared += strcmp(action, "cleared") == 0;
}

void ut__notice_take(struct ut__supervise *sv, json_t *notice, int local)
{
    take_notice(sv, notice, local, NULL);
}

static void on_alert(void *arg, void *data)
{
    json_t *notice = json_loads(data, 0, NULL);
    if (notice)
        take_notice(arg, notice, 1, data);
    json_decref(notice);
    free(data);
}

static void drop(void *arg, void *data)
{
    (void)arg;
    free(data);
}

static void hear_alert(void *arg, const char *json)
{
    struct ut__supervise *sv = arg;
    char *copy = strdup(json);
    if (copy && ut__hand_over(sv->hand, on_alert, drop, sv, copy))
        free(copy);
}

/* What happened in the ledger, on its way to the hub. */
struct change {
    enum ut__ledger_change what;
    char call[UT__CALL_ID_MAX]; /* Which was erased. */
};

static void on_change(void *arg, void *data)
{
    struct ut__supervise *sv = arg;
    struct change *c = data;
    switch (c->what) {
    case UT__LEDGER_CHANGED_TOKENS:
        ut__known_read(sv, UT__INQUIRE_TOKENS);
        ut__known_read(sv, UT__INQUIRE_SESSIONS);
        break;
    case UT__LEDGER_CHANGED_OUTBOX:
        for (uint32_t i = 0; i < sv->channel_count; i++)
            ut__deliver_wake(sv->channels[i]);
        break;
    case UT__LEDGER_CHANGED_PROBLEMS:
        ut__known_read(sv, UT__INQUIRE_STATE);
        break;
    case UT__LEDGER_CHANGED_THRESHOLDS:
        ut__known_read(sv, UT__INQUIRE_THRESHOLDS);
        break;
    case UT__LEDGER_CHANGED_RULES:
        ut__known_read(sv, UT__INQUIRE_RULES);
        break;
    case UT__LEDGER_CHANGED_QUIETS:
        ut__known_read(sv, UT__INQUIRE_QUIETS);
        break;
    case UT__LEDGER_CHANGED_SHARED:
        ut__shared_send(sv);
        break;
    case UT__LEDGER_CHANGED_OUTSIDE:
        ut__open_alerts_read(sv);
        break;
    case UT__LEDGER_CHANGED_ERASED:
        ut__alerts_erase_call(&sv->alerts, sv->cfg.node, c->call);
        ut__say_erased(sv, c->call);
        break;
    }
    free(c);
}

struct unstored {
    struct ut__stream_item item;
    uint32_t n;
};

static void on_unstored(void *arg, void *data)
{
    struct ut__supervise *sv = arg;
    struct unstored *u = data;
    int raised = u->item.event.u.alert.action == UT_ALERT_RAISED;
    json_t *notice = ut__waiting_unstored(sv, u->item.info.id, raised)
                         ? ut__unstored_notice(sv, &u->item, u->n)
                         : NULL;
    if (notice)
        ut__notice_take(sv, notice, 1);
    json_decref(notice);
    free(u);
}

static void hear_unstored(void *arg, const struct ut__stream_item *item, uint32_t n)
{
    struct ut__supervise *sv = arg;
    struct unstored *u = malloc(sizeof *u);
    if (!u)
        return;
    *u = (struct unstored){.item = *item, .n = n};
    if (ut__hand_over(sv->hand, on_unstored, drop, sv, u))
        free(u);
}

static void hear_change(void *arg, enum ut__ledger_change what, const char *call)
{
    struct ut__supervise *sv = arg;
    struct change *c = calloc(1, sizeof *c);
    if (!c)
        return;
    c->what = what;
    snprintf(c->call, sizeof c->call, "%s", call);
    if (ut__hand_over(sv->hand, on_change, drop, sv, c))
        free(c);
}

struct ut__ledger_listener ut__supervise_listener(struct ut__supervise *sv)
{
    return (struct ut__ledger_listener){
        .arg = sv, .alert = hear_alert, .unstored = hear_unstored, .changed = hear_change};
}

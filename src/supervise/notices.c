/* SPDX-License-Identifier: MIT */
/* What the record tells: handed over to the hub, kept and told to all. */

#include "supervise/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "supervise/acts.h"
#include "supervise/known.h"
#include "supervise/messages.h"
#include "supervise/open_alerts.h"
#include "supervise/shared.h"
#include "supervise/state.h"
#include "supervise/unstored.h"

/* Keeps the card in step with the alert. */
static void mark_card(struct ut__card *c, const struct ut__news *news)
{
    const struct ut__alert_state *alert = &news->alert;
    if (strcmp(news->action, "raised") == 0)
        c->alerts++;
    if (ut__alert_is_open(alert->state))
        snprintf(c->open_alert, sizeof c->open_alert, "%s", alert->id);
    else if (strcmp(c->open_alert, alert->id) == 0)
        c->open_alert[0] = '\0';
}

void ut__news_take(struct ut__supervise *sv, const struct ut__news *news, int local)
{
    const struct ut__alert_state *alert = &news->alert;
    int64_t now = ut__wall_ms();
    struct ut__card *card = ut__wall_find(&sv->wall, alert->node, alert->call);
    int open = ut__alert_is_open(alert->state);
    int known = ut__alerts_find(&sv->alerts, alert->node, alert->id) != NULL;
    int raised = strcmp(news->action, "raised") == 0,
        cleared = strcmp(news->action, "cleared") == 0;
    /* Long past when this node came to the bus: no news to anybody. */
    int past = !local && !open && !known && !card;
    if (past || !ut__alerts_put(&sv->alerts, alert)) {
        if (past)
            ut__act_echo(sv, alert, news->by);
        return;
    }
    /* It was told as not stored, and is on disk now: told once all the same. */
    if (local && (raised || cleared) && alert->stored &&
        ut__waiting_stored(sv, alert->call, raised) && known)
        return;
    if (card)
        mark_card(card, news);
    else if (!open) /* Nobody sees it any more once this is told. */
        ut__alerts_forget(&sv->alerts, alert->node, alert->id);
    ut__say_alert(sv, news, news->time_ms ? news->time_ms : now);
    ut__act_echo(sv, alert, news->by);
    if (!local)
        return;
    sv->counted = 0;
    if (raised) {
        sv->alerts_raised++;
        ut__latency_add(&sv->told, (double)(now - news->time_ms) / 1000.0);
    }
    sv->alerts_cleared += (uint64_t)cleared;
}

static void drop_news(void *arg, void *data)
{
    struct ut__news *news = data;
    (void)arg;
    ut__alert_state_free(&news->alert);
    free(news);
}

static void on_alert(void *arg, void *data)
{
    ut__news_take(arg, data, 1);
    drop_news(arg, data);
}

static void drop(void *arg, void *data)
{
    (void)arg;
    free(data);
}

/* Waits a moment for memory, at most a second in all: news that come late are better than none. */
static int waits(int *times)
{
    static const struct timespec moment = {.tv_nsec = 10000000};
    return (*times)++ < 100 && nanosleep(&moment, NULL) == 0;
}

static void *room_for(size_t n)
{
    int times = 0;
    void *room;
    while ((room = malloc(n)) == NULL && waits(&times))
        ;
    return room;
}

static void hand_over(struct ut__supervise *sv, ut__hand_fn *fn, ut__hand_fn *let_go, void *data)
{
    int times = 0, err;
    while ((err = ut__hand_over(sv->hand, fn, let_go, sv, data)) != 0 && waits(&times))
        ;
    if (err)
        let_go(sv, data);
}

static void hear_alert(void *arg, struct ut__news *news)
{
    struct ut__news *kept = room_for(sizeof *kept);
    if (!kept)
        return;
    *kept = *news;
    *news = (struct ut__news){0};
    hand_over(arg, on_alert, drop_news, kept);
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
    case UT__LEDGER_CHANGED_SITES:
        ut__known_read(sv, UT__INQUIRE_SITES);
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
    struct ut__news news;
    if (ut__waiting_unstored(sv, u->item.info.id, raised) &&
        ut__unstored_news(&news, sv, &u->item, u->n)) {
        ut__news_take(sv, &news, 1);
        ut__alert_state_free(&news.alert);
    }
    free(u);
}

static void hear_unstored(void *arg, const struct ut__stream_item *item, uint32_t n)
{
    struct unstored *u = room_for(sizeof *u);
    if (!u)
        return;
    *u = (struct unstored){.item = *item, .n = n};
    hand_over(arg, on_unstored, drop, u);
}

static void hear_change(void *arg, enum ut__ledger_change what, const char *call)
{
    struct change *c = room_for(sizeof *c);
    if (!c)
        return;
    *c = (struct change){.what = what};
    snprintf(c->call, sizeof c->call, "%s", call);
    hand_over(arg, on_change, drop, c);
}

struct ut__ledger_listener ut__supervise_listener(struct ut__supervise *sv)
{
    return (struct ut__ledger_listener){
        .arg = sv, .alert = hear_alert, .unstored = hear_unstored, .changed = hear_change};
}

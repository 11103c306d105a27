/* SPDX-License-Identifier: MIT */
/*
 * The hub's side: the stream and the ledger's notices come in, the wall, the alerts and the feed
 * are kept from them.
 *
 *     push(item) -> wall -> feed: call, score, turns, summary
 *     ledger: alert is on disk -> hand -> alerts -> feed: alert
 *     bus: other nodes' calls, scores and alerts -> hand -> wall, alerts -> feed
 *
 * An alert of this node reaches the feed by way of the ledger alone, so that nobody is told of one
 * that a crash could make undone.
 */

#include "supervise/supervise.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/json.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "supervise/acts.h"
#include "supervise/api/routes.h"
#include "supervise/ask.h"
#include "supervise/channels/bus.h"
#include "supervise/health.h"
#include "supervise/messages.h"
#include "supervise/metrics.h"
#include "supervise/nodes.h"
#include "supervise/open_alerts.h"
#include "supervise/problems.h"
#include "supervise/state.h"
#include "supervise/unstored.h"

enum { TICK_MS = 1000, STATE_EVERY = 5, LINGER_MS = 5000 };

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

static void take_alert(struct ut__supervise *sv, json_t *notice, int local)
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

static void on_tokens(void *arg, struct ut__answer *answer)
{
    const struct ut__supervise *sv = arg;
    ut__auth_set_tokens(sv->auth, answer);
}

static void on_sessions(void *arg, struct ut__answer *answer)
{
    const struct ut__supervise *sv = arg;
    ut__auth_set_sessions(sv->auth, answer);
}

static void on_people(void *arg, struct ut__answer *answer)
{
    const struct ut__supervise *sv = arg;
    ut__auth_set_people(sv->auth, answer);
}

static void on_quiets(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    for (uint32_t i = 0; i < answer->count && answer->status == UT__LEDGER_OK; i++) {
        const struct ut__quiet *q = &answer->quiets[i];
        (void)ut__quiets_put(&sv->quiets, q, strcmp(q->kind, "queue") == 0 ? q->name : "");
    }
}

static void inquire(struct ut__supervise *sv, enum ut__inquiry_kind kind, ut__answered *fn)
{
    (void)ut__inquire(sv, &(struct ut__inquiry){.kind = kind}, fn, sv);
}

static void on_thresholds(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    if (answer->status != UT__LEDGER_OK)
        return;
    free(sv->thresholds);
    sv->threshold_count = answer->count;
    sv->thresholds = ut__answer_take(answer);
}

static int same_problems(const struct ut__record_state *a, const struct ut__record_state *b)
{
    return a && a->problem_count == b->problem_count &&
           memcmp(a->problems, b->problems, sizeof a->problems) == 0;
}

static void on_state(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    if (answer->status != UT__LEDGER_OK)
        return;
    int changed = !same_problems(sv->store_state, answer->state);
    free(sv->store_state);
    sv->store_state = ut__answer_take(answer);
    if (changed)
        ut__say_health(sv);
}

static void on_loads(void *arg, struct ut__answer *answer)
{
    ut__loads_take(arg, answer);
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
        inquire(sv, UT__INQUIRE_TOKENS, on_tokens);
        inquire(sv, UT__INQUIRE_SESSIONS, on_sessions);
        break;
    case UT__LEDGER_CHANGED_OUTBOX:
        for (uint32_t i = 0; i < sv->channel_count; i++)
            ut__deliver_wake(sv->channels[i]);
        break;
    case UT__LEDGER_CHANGED_PROBLEMS:
        inquire(sv, UT__INQUIRE_STATE, on_state);
        break;
    case UT__LEDGER_CHANGED_THRESHOLDS:
        inquire(sv, UT__INQUIRE_THRESHOLDS, on_thresholds);
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
        take_alert(sv, notice, 1);
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

void ut__supervise_set_told(struct ut__supervise *sv,
                            void (*told)(void *arg, const char *call, int raised, int stored),
                            void *arg)
{
    sv->on_told = told;
    sv->on_told_arg = arg;
}

struct ut__ledger_listener ut__supervise_listener(struct ut__supervise *sv)
{
    return (struct ut__ledger_listener){
        .arg = sv, .alert = hear_alert, .unstored = hear_unstored, .changed = hear_change};
}

static void drop_ended(struct ut__supervise *sv)
{
    int64_t now = ut__clock_mono_us() / 1000;
    for (struct ut__card *c = sv->wall.first, *next; c; c = next) {
        next = c->next;
        if (c->ended && !c->lingers_ms)
            c->lingers_ms = now + LINGER_MS;
        if (!c->ended || now < c->lingers_ms)
            continue;
        ut__alerts_call_ended(&sv->alerts, c->node, c->id);
        ut__wall_drop(&sv->wall, c);
    }
}

static void on_precision(void *arg, enum ut__ledger_status status, const char *json)
{
    struct ut__supervise *sv = arg;
    json_t *now = status == UT__LEDGER_OK ? json_loads(json, 0, NULL) : NULL;
    if (!now)
        return;
    json_decref(sv->precision);
    sv->precision = now;
}

static void on_tick(void *arg)
{
    struct ut__supervise *sv = arg;
    static const char *const failing = "channel_down";
    int64_t now = ut__clock_mono_us() / 1000;
    int trouble = 0;
    ut__feed_tick(sv->feed);
    ut__act_expire(sv, 0);
    ut__waiting_tick(sv, take_alert);
    drop_ended(sv);
    if (sv->bus)
        ut__bus_calls(sv->bus, sv->wall.local);
    ut__node_seen(sv, sv->cfg.node, sv->wall.local);
    ut__nodes_tick(sv);
    if (!ut__auth_known(sv->auth))
        inquire(sv, UT__INQUIRE_TOKENS, on_tokens);
    if (now / TICK_MS % STATE_EVERY == 0) {
        inquire(sv, UT__INQUIRE_STATE, on_state);
        inquire(sv, UT__INQUIRE_CHANNELS, on_loads);
        if (!sv->counted &&
            ut__ask(sv, UT__LEDGER_PRECISION, "{\"by\":\"queue\"}", on_precision, sv) == 0)
            sv->counted = 1;
    }
    for (uint32_t i = 0; i < sv->channel_count; i++) {
        char error[UT__CHANNEL_ERROR_MAX], message[320];
        ut__deliver_error(sv->channels[i], error, sizeof error);
        if (!error[0] || trouble++)
            continue;
        snprintf(message, sizeof message, "Alerts do not get through to %s: %s",
                 sv->channels[i]->name, error);
        ut__problem_raise(sv, failing, message,
                          "Look at the receiver; what waits is sent when it answers again.");
    }
    if (!trouble)
        ut__problem_clear(sv, failing);
}

int ut__supervise_start(struct ut__supervise *sv, const struct ut__ledger *ledger,
                        struct ut__http *http)
{
    sv->ledger = *ledger;
    sv->started = 1;
    sv->began_ms = ut__clock_mono_us() / 1000;
    sv->http = http;
    static const struct {
        enum ut__inquiry_kind kind;
        ut__answered *fn;
    } first[] = {{UT__INQUIRE_TOKENS, on_tokens},         {UT__INQUIRE_SESSIONS, on_sessions},
                 {UT__INQUIRE_PEOPLE, on_people},         {UT__INQUIRE_QUIETS, on_quiets},
                 {UT__INQUIRE_THRESHOLDS, on_thresholds}, {UT__INQUIRE_STATE, on_state}};
    int err = 0;
    for (size_t i = 0; i < sizeof first / sizeof first[0] && !err; i++)
        err = ut__inquire_now(sv, &(struct ut__inquiry){.kind = first[i].kind}, first[i].fn, sv);
    if (!err)
        err = ut__open_alerts_first(sv);
    if (!err && http)
        err = ut__routes_register(sv);
    for (uint32_t i = 0; i < sv->channel_count && !err; i++)
        err = ut__deliver_start(sv->channels[i], ledger);
    if (!err)
        err = ut__every_create(&sv->tick, TICK_MS, on_tick, sv);
    return err;
}

void ut__supervise_stop(struct ut__supervise *sv)
{
    if (!sv->started)
        return;
    ut__every_destroy(sv->tick);
    sv->tick = NULL;
    for (uint32_t i = 0; i < sv->channel_count; i++)
        ut__deliver_stop(sv->channels[i]);
    ut__act_expire(sv, 1);
    ut__waiting_end(sv);
    ut__feed_destroy(sv->feed);
    sv->feed = NULL;
    sv->started = 0;
}

static void say_event(struct ut__supervise *sv, struct ut__card *c,
                      const struct ut__stream_item *item, const char *type)
{
    char json[UT_JSON_MAX];
    int n = ut_event_to_json(json, sizeof json, item->info.id, &item->event);
    if (n < 0)
        return;
    struct ut__text t = {.buf = json, .len = (size_t)n};
    ut__feed_put(sv->feed, type, item->time_us / 1000, NULL, &t,
                 &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = c->queue}, 0);
    if (c->local && sv->bus)
        ut__bus_publish(sv->bus, type, json, (size_t)n);
}

static void take_score(struct ut__supervise *sv, struct ut__card *c,
                       const struct ut__stream_item *item)
{
    const struct ut_score *s = &item->event.u.score;
    ut__wall_score(c, s);
    sv->scores++;
    if (s->state == UT_STATE_ABSTAIN && (unsigned)s->why <= UT_WHY_NOISE)
        sv->abstentions[s->why]++;
    say_event(sv, c, item, "score");
    if (s->state != UT_STATE_ALERT)
        return;
    double minutes =
        ut__exposure_add(&sv->exposure, c->agent, item->time_us / 60000000, sv->cfg.break_min);
    if (minutes > 0.0) {
        struct ut__text t = {0};
        ut__text_raw(&t, "{\"type\":\"exposure\"");
        ut__text_kstr(&t, "agent", c->agent);
        ut__text_knum(&t, "alert_minutes", minutes, 1);
        ut__text_kbool(&t, "break_due", 1);
        ut__text_raw(&t, "}");
        ut__feed_put(sv->feed, "exposure", item->time_us / 1000, NULL, &t,
                     &(struct ut__feed_to){.roles = UT__MAY_HISTORY, .queue = c->queue}, 0);
        ut__text_free(&t);
    }
}

static void take_event(struct ut__supervise *sv, struct ut__card *c,
                       const struct ut__stream_item *item)
{
    const struct ut_summary *v = &item->event.u.summary;
    switch (item->event.type) {
    case UT_EVENT_SCORE:
        take_score(sv, c, item);
        break;
    case UT_EVENT_TURNS:
        say_event(sv, c, item, "turns");
        break;
    case UT_EVENT_SUMMARY:
        c->has_summary = v->scored;
        c->peak_end = v->peak_end;
        c->end = v->end;
        c->recovery = v->recovery;
        say_event(sv, c, item, "summary");
        break;
    case UT_EVENT_ALERT: /* By way of the ledger. */
        ut__waiting_add(sv, item);
        break;
    case UT_EVENT_NOTE: /* For who runs the line: in the log and the stream, not on the wall. */
        break;
    }
}

static void on_moved(void *arg, enum ut__ledger_status status, const char *json)
{
    struct ut__supervise *sv = arg;
    json_t *alert = status == UT__LEDGER_OK ? json_loads(json, 0, NULL) : NULL;
    json_t *notice = alert ? json_pack("{ss sI sn sO}", "action", "moved", "time_ms",
                                       (json_int_t)ut__wall_ms(), "by", "alert", alert)
                           : NULL;
    if (notice)
        take_alert(sv, notice, 1);
    json_decref(notice);
    json_decref(alert);
}

/* A call may have gone to another queue: who sees the former alone loses it, the others get its alert. */
static void note_queue(struct ut__supervise *sv, const struct ut__card *c, const char *before,
                       int64_t time_ms)
{
    if (strcmp(before, c->queue) == 0)
        return;
    ut__say_left(sv, c, before, time_ms);
    json_t *args = c->local && c->open_alert[0] ? json_pack("{ss}", "alert", c->open_alert) : NULL;
    char *json = args ? json_dumps(args, JSON_COMPACT) : NULL;
    if (json)
        (void)ut__ask(sv, UT__LEDGER_ALERT, json, on_moved, sv);
    free(json);
    json_decref(args);
}

void ut__supervise_push(void *state, const struct ut__stream_item *item)
{
    struct ut__supervise *sv = state;
    if (!sv->started)
        return;
    struct ut__card *c = ut__wall_find(&sv->wall, sv->cfg.node, item->info.id);
    int fresh = c == NULL || item->kind == UT__STREAM_STARTED;
    if (!c)
        c = ut__wall_add(&sv->wall, sv->cfg.node, item->info.id, 1);
    if (!c)
        return;
    if (fresh || item->kind == UT__STREAM_UPDATED) {
        char key[UT__CALLER_KEY_MAX], queue[UT__CALL_LABEL_MAX];
        memcpy(queue, c->queue, sizeof queue);
        sv->ledger.caller_key(sv->ledger.state, item->info.caller, key);
        ut__wall_info(c, &item->info, key);
        if (!fresh)
            note_queue(sv, c, queue, item->time_us / 1000);
    }
    c->on_hold = item->on_hold;
    if (fresh)
        ut__say_call(sv, c, "started", item->time_us / 1000);
    else if (item->kind == UT__STREAM_UPDATED)
        ut__say_call(sv, c, "updated", item->time_us / 1000);
    if (item->kind == UT__STREAM_EVENT)
        take_event(sv, c, item);
    if (item->kind == UT__STREAM_ENDED) {
        c->ended = 1;
        c->ended_ms = item->time_us / 1000;
        snprintf(c->reason, sizeof c->reason, "%s", item->reason);
        ut__say_call(sv, c, "ended", item->time_us / 1000);
    }
}

/* {"kind":"call|score|alert|lease","node","event"|"notice"|...} from another node. */
void ut__bus_message(struct ut__supervise *sv, const char *json)
{
    json_t *root = json_loads(json, 0, NULL);
    const char *kind = ut__json_text(root, "kind"), *node = ut__json_text(root, "node");
    json_t *event = json_object_get(root, "event");
    int64_t now = ut__wall_ms();
    if (!*node || strcmp(node, sv->cfg.node) == 0 || !sv->started) {
        json_decref(root);
        return;
    }
    const char *id = ut__json_text(event, "call");
    if (strcmp(kind, "order") == 0) {
        ut__bus_order(sv, root);
    } else if (strcmp(kind, "refused") == 0) {
        ut__act_refused(sv, event);
    } else if (strcmp(kind, "alert") == 0) {
        take_alert(sv, event, 0);
    } else if (strcmp(kind, "lease") == 0) {
        ut__node_seen(sv, node, (uint32_t)json_integer_value(json_object_get(event, "calls")));
    } else if (*id && strlen(id) < UT__CALL_ID_MAX && strlen(node) < UT__NODE_BYTES) {
        struct ut__card *c = ut__wall_find(&sv->wall, node, id);
        int is_call = strcmp(kind, "call") == 0;
        if (!c && is_call && strcmp(ut__json_text(event, "phase"), "ended") != 0)
            c = ut__wall_add(&sv->wall, node, id, 0);
        if (c && is_call) {
            char queue[UT__CALL_LABEL_MAX];
            memcpy(queue, c->queue, sizeof queue);
            ut__wall_from_json(c, json_object_get(event, "state"));
            note_queue(sv, c, queue, now);
            ut__say_call(sv, c, ut__json_text(event, "phase"), now);
        } else if (c && strcmp(kind, "score") == 0) {
            struct ut_score score;
            char *copy = json_dumps(event, UT__JSON);
            struct ut__text t = {.buf = copy, .len = copy ? strlen(copy) : 0};
            ut__wall_score_from_json(event, &score);
            ut__wall_score(c, &score);
            ut__feed_put(sv->feed, "score", now, node, &t,
                         &(struct ut__feed_to){.roles = UT__MAY_READ, .queue = c->queue}, 0);
            free(copy);
        }
    }
    json_decref(root);
}

void ut__supervise_set_lines(struct ut__supervise *sv, const struct ut__lines_door *door)
{
    sv->lines = door;
}

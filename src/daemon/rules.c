/* SPDX-License-Identifier: MIT */
/* Operators' rules over live calls. */

#define _POSIX_C_SOURCE 200809L /* localtime_r */

#include "daemon/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "net/re.h"

enum { BUCKETS = 1024, DAY_MIN = 24 * 60 };

/* Rules as they were when a call opened: alive as long as one of its calls. */
struct set {
    uint32_t refs;
    struct ut__rules rules;
};

struct call {
    struct call *next;
    char id[UT__CALL_ID_MAX];
    struct set *set;
    uint8_t words, asked; /* words: an alert of theirs stands. asked: after the caller. */
    uint32_t returning;
    struct ut__rules_call *state;
};

/* On its way to the store and back. */
struct question {
    struct question *next;
    struct ut__serve_rules *rules;
    char call[UT__CALL_ID_MAX];
    uint32_t count; /* Written by the store's thread, before it is queued. */
};

struct ut__serve_rules {
    struct ut__hub *hub;
    struct ut__store *store; /* NULL: nobody is asked. */
    struct ut__rules *of_file;
    const struct ut__lines_door *lines; /* NULL: no words are taken. */
    struct set *set; /* For calls that open from now on; NULL: there are no rules. */
    struct call *buckets[BUCKETS];
    struct mqueue *answers;
    struct question *asked;
};

static struct call **find(struct ut__serve_rules *r, const char *id)
{
    uint32_t h = 2166136261U;
    for (const char *p = id; *p; p++)
        h = (h ^ (uint8_t)*p) * 16777619U;
    struct call **at = &r->buckets[h % BUCKETS];
    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    return at;
}

static void release(struct set *set)
{
    if (set && --set->refs == 0)
        free(set);
}

static void drop(struct call **at)
{
    struct call *c = *at;
    if (!c)
        return;
    *at = c->next;
    release(c->set);
    free(c->state);
    free(c);
}

static struct call *add(struct ut__serve_rules *r, const char *id)
{
    struct call *c = r->set ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return NULL;
    c->state = malloc(ut__rules_call_bytes(&r->set->rules));
    if (!c->state) {
        free(c);
        return NULL;
    }
    snprintf(c->id, sizeof c->id, "%s", id);
    c->set = r->set;
    c->set->refs++;
    ut__rules_call_init(c->state, &c->set->rules);
    struct call **at = find(r, id);
    *at = c;
    return c;
}

static void forget(struct ut__serve_rules *r, struct question *q)
{
    struct question **at = &r->asked;
    while (*at && *at != q)
        at = &(*at)->next;
    if (*at)
        *at = q->next;
    free(q);
}

static void on_answer(int id, void *data, void *arg)
{
    struct ut__serve_rules *r = arg;
    struct question *q = data;
    struct call *c = *find(r, q->call);
    (void)id;
    if (c)
        c->returning = q->count;
    forget(r, q);
}

/* In the store's thread. */
static void on_count(void *arg, struct ut__answer *answer)
{
    struct question *q = arg;
    q->count = answer->count ? (uint32_t)answer->counts[0] : 0;
    (void)mqueue_push(q->rules->answers, 0, q);
}

static int looks_at(const struct ut__rules *rules, enum ut_fact_kind what)
{
    for (uint32_t i = 0; i < rules->count; i++)
        if (!rules->rule[i].off && ut__rules_looks_at(&rules->rule[i], what))
            return 1;
    return 0;
}

/* Until the answer is there the caller is taken for a new one. */
static void ask_caller(struct ut__serve_rules *r, struct call *c, const struct ut__call_info *info)
{
    struct ut__inquiry inquiry = {.kind = UT__INQUIRE_RETURNING};
    if (!r->store || c->asked || !info->caller[0] || !looks_at(&c->set->rules, UT_FACT_RETURNING))
        return;
    struct question *q = calloc(1, sizeof *q);
    if (!q)
        return;
    c->asked = 1;
    q->rules = r;
    snprintf(q->call, sizeof q->call, "%s", c->id);
    q->next = r->asked;
    r->asked = q;
    ut__store_caller_key(r->store, info->caller, inquiry.baseline.caller_key);
    if (!inquiry.baseline.caller_key[0] || ut__store_inquire(r->store, &inquiry, on_count, q) != 0)
        forget(r, q);
}

/* Where in the week, from Monday 0:00 on, the media's second lies. */
static int32_t week_minute(int64_t started_ms, double t_s)
{
    time_t when = (time_t)(started_ms / 1000 + (int64_t)t_s);
    struct tm tm;
    if (!localtime_r(&when, &tm))
        return -1;
    return (tm.tm_wday + 6) % 7 * DAY_MIN + tm.tm_hour * 60 + tm.tm_min;
}

static void publish(struct ut__serve_rules *r, const struct ut__stream_item *of,
                    const struct ut__rules_rule *rule, const struct ut_alert_event *alert)
{
    struct ut__stream_item item = {.kind = UT__STREAM_EVENT, .on_hold = of->on_hold};
    item.info = of->info;
    item.event.type = UT_EVENT_ALERT;
    item.event.u.alert = *alert;
    snprintf(item.to, sizeof item.to, "%s", rule->to);
    for (uint8_t i = 0; i < rule->channel_count; i++) {
        size_t n = strlen(item.channels);
        snprintf(item.channels + n, sizeof item.channels - n, "%s\n", rule->channels[i]);
    }
    UT__LOG(UT__LOG_INFO,
            alert->action == UT_ALERT_RAISED ? "a rule has come true" : "a rule is no longer true",
            ut__log_str("call", of->info.id), ut__log_str("rule", rule->name));
    ut__hub_publish(r->hub, &item);
}

static void take_score(struct ut__serve_rules *r, struct call *c,
                       const struct ut__stream_item *item)
{
    const struct ut__rules_second second = {
        .score = &item->event.u.score,
        .has_agent = item->info.has_agent,
        .on_hold = item->on_hold,
        .words = c->words,
        .said = r->lines ? r->lines->phrases(r->lines->arg, item->info.id) : NULL,
        .returning = c->returning,
        .week_min = week_minute(item->info.started_ms, item->event.u.score.t_s)};
    struct ut_alert_event alert;
    ut__rules_take(c->state, &second);
    for (uint32_t i = 0; i < c->set->rules.count; i++)
        if (ut__rules_ask(c->state, i, &second, item->info.queue, &alert))
            publish(r, item, &c->set->rules.rule[i], &alert);
}

static void push(void *state, const struct ut__stream_item *item)
{
    struct ut__serve_rules *r = state;
    struct call **at = find(r, item->info.id), *c = *at;
    if (!c && item->kind == UT__STREAM_STARTED)
        c = add(r, item->info.id);
    if (!c)
        return;
    if (item->kind == UT__STREAM_ENDED) {
        drop(at);
        return;
    }
    ask_caller(r, c, &item->info);
    if (item->kind != UT__STREAM_EVENT)
        return;
    const struct ut_event *ev = &item->event;
    if (ev->type == UT_EVENT_ALERT && ev->u.alert.of_words)
        c->words = ev->u.alert.action == UT_ALERT_RAISED;
    else if (ev->type == UT_EVENT_SCORE)
        take_score(r, c, item);
}

/* One more rule into a set; one that does not read any more is told, and the others go on. */
static void add_row(struct ut__rules *to, const struct ut__rule_row *row)
{
    struct ut__rules *one = malloc(sizeof *one);
    struct ut__rules_error why = {.line = 1};
    int err = one ? ut__rules_read(one, row->text, strlen(row->text), &why) : UT_ENOMEM;
    if (!err && one->count == 1 && to->count < UT__RULES_MAX)
        to->rule[to->count++] = one->rule[0];
    else
        UT__LOG(UT__LOG_ERROR, "a rule of the record is left out; write it anew",
                ut__log_str("rule", row->name),
                ut__log_str("why", err ? why.text : "there are more than 32 with the file's"));
    free(one);
}

void ut__serve_rules_set(void *arg, const struct ut__rule_row *rows, uint32_t count)
{
    struct ut__serve_rules *r = arg;
    struct set *set = calloc(1, sizeof *set);
    if (!set)
        return;
    set->refs = 1;
    if (r->of_file)
        set->rules = *r->of_file;
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].live)
            add_row(&set->rules, &rows[i]);
    release(r->set);
    r->set = set->rules.count ? set : NULL;
    if (!r->set)
        free(set);
}

int ut__serve_rules_create(struct ut__serve_rules **out, struct ut__hub *hub,
                           struct ut__rules *of_file_take)
{
    struct ut__serve_rules *r = calloc(1, sizeof *r);
    if (!r || mqueue_alloc(&r->answers, on_answer, r)) {
        free(r);
        free(of_file_take);
        return UT_ENOMEM;
    }
    r->hub = hub;
    r->of_file = of_file_take;
    ut__serve_rules_set(r, NULL, 0);
    *out = r;
    return 0;
}

void ut__serve_rules_file(struct ut__serve_rules *r, struct ut__rules *of_file_take)
{
    free(r->of_file);
    r->of_file = of_file_take;
}

void ut__serve_rules_ask(struct ut__serve_rules *r, struct ut__store *store)
{
    r->store = store;
}

void ut__serve_rules_lines(struct ut__serve_rules *r, const struct ut__lines_door *door)
{
    r->lines = door;
}

const struct ut__rules *ut__serve_rules_of_file(const struct ut__serve_rules *r)
{
    return r->of_file;
}

struct ut__sink ut__serve_rules_sink(struct ut__serve_rules *r)
{
    return (struct ut__sink){.name = "rules", .push = push, .state = r};
}

void ut__serve_rules_destroy(struct ut__serve_rules *r)
{
    if (!r)
        return;
    for (uint32_t b = 0; b < BUCKETS; b++)
        while (r->buckets[b])
            drop(&r->buckets[b]);
    mem_deref(r->answers);
    while (r->asked)
        forget(r, r->asked);
    release(r->set);
    free(r->of_file);
    free(r);
}

/* SPDX-License-Identifier: MIT */
#ifndef UT_UNIT_STORE_EAR_H
#define UT_UNIT_STORE_EAR_H

/* What tests of the store share: one who listens to it, items of the stream, questions that are waited for. */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "store/store.h"
#include "unit/unit.h"

enum { WAIT_MS = 60000 };

/* Collects what the listener hears and what questions are answered. */
struct ear {
    pthread_mutex_t lock;
    pthread_cond_t heard;
    int alerts, changes[UT__LEDGER_CHANGED_OUTSIDE + 1], answers;
    char last[8192];
    enum ut__ledger_status status;
};

static struct ear ear = {.lock = PTHREAD_MUTEX_INITIALIZER, .heard = PTHREAD_COND_INITIALIZER};
static char dir[64];

static inline void hear_alert(void *arg, struct ut__news *news)
{
    (void)arg;
    pthread_mutex_lock(&ear.lock);
    ear.alerts++;
    snprintf(ear.last, sizeof ear.last, "{\"action\":\"%s\",\"alert\":%s}", news->action,
             news->alert.json);
    pthread_cond_broadcast(&ear.heard);
    pthread_mutex_unlock(&ear.lock);
}

static inline void hear_unstored(void *arg, const struct ut__stream_item *item, uint32_t n)
{
    char json[256];
    snprintf(json, sizeof json, "{\"alert\":\"%s-%u\",\"stored\":false}", item->info.id, n);
    hear_alert(arg, &(struct ut__news){.alert = {.json = json}});
}

static inline void hear_change(void *arg, enum ut__ledger_change what, const char *json)
{
    (void)arg;
    (void)json;
    pthread_mutex_lock(&ear.lock);
    ear.changes[what]++;
    pthread_cond_broadcast(&ear.heard);
    pthread_mutex_unlock(&ear.lock);
}

static inline void wait_alerts(int n)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    pthread_mutex_lock(&ear.lock);
    while (ear.alerts < n)
        if (pthread_cond_timedwait(&ear.heard, &ear.lock, &until))
            break;
    assert_true(ear.alerts >= n);
    pthread_mutex_unlock(&ear.lock);
}

static inline void hear_values(void *arg, struct ut__answer *answer)
{
    pthread_mutex_lock(&ear.lock);
    *(struct ut__answer *)arg = *answer;
    ear.status = answer->status;
    *answer = (struct ut__answer){0};
    ear.answers++;
    pthread_cond_broadcast(&ear.heard);
    pthread_mutex_unlock(&ear.lock);
}

static inline json_t *ask(struct ut__store *s, enum ut__ledger_op op, const char *args)
{
    struct ut__answer answer = {0};
    pthread_mutex_lock(&ear.lock);
    int before = ear.answers;
    assert_int_equal(ut__store_ask(s, op, args, hear_values, &answer), 0);
    while (ear.answers == before)
        pthread_cond_wait(&ear.heard, &ear.lock);
    pthread_mutex_unlock(&ear.lock);
    json_t *json = json_loads(answer.json ? answer.json : "{}", 0, NULL);
    assert_non_null(json);
    ut__answer_free(&answer);
    return json;
}

static inline void inquire(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    pthread_mutex_lock(&ear.lock);
    int before = ear.answers;
    assert_int_equal(ut__store_inquire(s, q, hear_values, out), 0);
    while (ear.answers == before)
        pthread_cond_wait(&ear.heard, &ear.lock);
    pthread_mutex_unlock(&ear.lock);
}

static inline struct ut__record_state state_of(struct ut__store *s)
{
    struct ut__answer answer;
    inquire(s, &(struct ut__inquiry){.kind = UT__INQUIRE_STATE}, &answer);
    assert_int_equal(answer.count, 1);
    struct ut__record_state state = *answer.state;
    ut__answer_free(&answer);
    return state;
}

static inline struct ut__store_config config(void)
{
    struct ut__store_config cfg = ut__store_config_default();
    cfg.dir = dir;
    cfg.node = "n1";
    cfg.channel_count = 1;
    snprintf(cfg.channels[0].name, sizeof cfg.channels[0].name, "webhook:1");
    cfg.channels[0].actions = UT__LIFE_RAISED | UT__LIFE_CLEARED;
    cfg.listener = (struct ut__ledger_listener){
        .alert = hear_alert, .unstored = hear_unstored, .changed = hear_change};
    ear.alerts = 0;
    memset(ear.changes, 0, sizeof ear.changes);
    return cfg;
}

static inline struct ut__stream_item item(const char *call, enum ut__stream_kind kind)
{
    struct ut__stream_item it = {.kind = kind, .time_us = (int64_t)time(NULL) * 1000000};
    snprintf(it.info.id, sizeof it.info.id, "%s", call);
    snprintf(it.info.source, sizeof it.info.source, "test");
    snprintf(it.info.queue, sizeof it.info.queue, "sales");
    snprintf(it.info.agent, sizeof it.info.agent, "ana");
    snprintf(it.info.caller, sizeof it.info.caller, "+34 600 123 123");
    it.info.started_ms = it.time_us / 1000;
    snprintf(it.reason, sizeof it.reason, "bye");
    return it;
}

static inline void push_score(struct ut__store *s, const char *call, double t, float stress,
                              enum ut_state state)
{
    struct ut__stream_item it = item(call, UT__STREAM_EVENT);
    it.event.type = UT_EVENT_SCORE;
    it.event.u.score =
        (struct ut_score){.t_s = t,
                          .stress = stress,
                          .state = state,
                          .why = state == UT_STATE_ABSTAIN ? UT_WHY_MUSIC : UT_WHY_NONE,
                          .talk = UT_TALK_CALLER,
                          .has_delta = 1,
                          .delta = {1.5F}};
    ut__store_push(s, &it);
}

static inline void push_alert(struct ut__store *s, const char *call, uint32_t n, double t,
                              enum ut_alert_action action)
{
    struct ut__stream_item it = item(call, UT__STREAM_EVENT);
    it.event.type = UT_EVENT_ALERT;
    it.event.u.alert = (struct ut_alert_event){.t_s = t,
                                               .n = n,
                                               .action = action,
                                               .stress = 0.83F,
                                               .for_s = 8.0F,
                                               .reason_count = 1,
                                               .reasons = {{UT_REASON_F0, 3.1F, 1.0F}},
                                               .text = "pitch 3.1 semitones above"};
    ut__store_push(s, &it);
}

static inline void push_end(struct ut__store *s, const char *call)
{
    struct ut__stream_item it = item(call, UT__STREAM_EVENT);
    it.event.type = UT_EVENT_SUMMARY;
    it.event.u.summary = (struct ut_summary){.duration_s = 60.0,
                                             .peak = 0.9F,
                                             .end = 0.3F,
                                             .peak_end = 0.6F,
                                             .recovery = 0.667F,
                                             .scored = 1,
                                             .alerts = 1};
    ut__store_push(s, &it);
    it = item(call, UT__STREAM_ENDED);
    ut__store_push(s, &it);
}

static inline struct ut__store *opened(const struct ut__store_config *cfg)
{
    struct ut__store *s = NULL;
    assert_int_equal(ut__store_open(&s, cfg), 0);
    return s;
}

static inline const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

#endif

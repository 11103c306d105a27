/* SPDX-License-Identifier: MIT */
/* Thresholds by queue: what supervisors have set, and the trade-off that the model offers. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/api/routes.h"
#include "supervise/messages.h"

static const struct ut__threshold none = {.queue = "*", .threshold = -1.0, .budget = -1.0};

static json_t *number_or_null(double v)
{
    return v < 0.0 ? json_null() : json_real(v);
}

static json_t *threshold_json(const struct ut__threshold *t)
{
    int set = t->set_ms != 0;
    return json_pack("{ss so so so so}", "queue", t->queue, "threshold",
                     number_or_null(t->threshold), "budget", number_or_null(t->budget), "set_by",
                     set ? json_string(t->set_by) : json_null(), "set_ms",
                     set ? json_integer(t->set_ms) : json_null());
}

/* That of the queue, or else of all. */
static const struct ut__threshold *find(const struct ut__supervise *sv, const char *queue)
{
    const struct ut__threshold *general = &none;
    for (uint32_t i = 0; i < sv->threshold_count; i++) {
        if (strcmp(sv->thresholds[i].queue, queue) == 0)
            return &sv->thresholds[i];
        if (strcmp(sv->thresholds[i].queue, "*") == 0)
            general = &sv->thresholds[i];
    }
    return general;
}

json_t *ut__threshold_json_of(const struct ut__supervise *sv, const char *queue)
{
    return threshold_json(find(sv, queue));
}

void ut__supervise_threshold(const struct ut__supervise *sv, const char *queue, float *threshold,
                             float *budget)
{
    const struct ut__threshold *t = find(sv, queue);
    *threshold = t->threshold < 0.0 ? 0.0F : (float)t->threshold;
    *budget = t->budget < 0.0 ? 0.0F : (float)t->budget;
}

static void on_thresholds(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    json_t *list = json_array(), *table = json_array();
    if (ut__request_failed(r, answer)) {
        json_decref(list);
        json_decref(table);
        return;
    }
    if (!answer->count || strcmp(answer->thresholds[0].queue, "*") != 0)
        json_array_append_new(list, threshold_json(&none));
    for (uint32_t i = 0; i < answer->count; i++)
        if (strcmp(answer->thresholds[i].queue, "*") == 0 ||
            ut__scope_has(r->who.queues, answer->thresholds[i].queue))
            json_array_append_new(list, threshold_json(&answer->thresholds[i]));
    for (uint32_t i = 0; i < r->sv->cfg.budget_count; i++)
        json_array_append_new(table,
                              json_pack("{sf sf}", "budget",
                                        (double)r->sv->cfg.budgets[i].false_alerts_per_100h,
                                        "threshold", (double)r->sv->cfg.budgets[i].threshold));
    ut__request_value(r, json_pack("{so so}", "thresholds", list, "table", table));
}

void ut__serve_thresholds(struct ut__request *r)
{
    ut__request_inquire(r, &(struct ut__inquiry){.kind = UT__INQUIRE_THRESHOLDS}, on_thresholds);
}

static void say(struct ut__supervise *sv, const struct ut__threshold *t)
{
    json_t *value = threshold_json(t);
    char *json = value ? json_dumps(value, UT__JSON) : NULL;
    json_decref(value);
    if (json)
        ut__say_threshold(sv, json);
    free(json);
}

static const struct ut__threshold *own(const struct ut__threshold *list, uint32_t count,
                                       const char *queue)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i].queue, queue) == 0)
            return &list[i];
    return NULL;
}

/* Tells of each that only `list` has, or has otherwise; gone: it holds no more. */
static void say_changed(struct ut__supervise *sv, const struct ut__threshold *list, uint32_t count,
                        const struct ut__threshold *other, uint32_t other_count, int gone)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct ut__threshold *o = own(other, other_count, list[i].queue);
        struct ut__threshold t = none;
        memcpy(t.queue, list[i].queue, sizeof t.queue);
        if (gone ? !o : !o || o->set_ms != list[i].set_ms || strcmp(o->set_by, list[i].set_by) != 0)
            say(sv, gone ? &t : &list[i]);
    }
}

void ut__known_thresholds(void *arg, struct ut__answer *answer)
{
    struct ut__supervise *sv = arg;
    if (answer->status != UT__LEDGER_OK)
        return;
    uint32_t had = sv->threshold_count;
    struct ut__threshold *old = sv->thresholds;
    sv->threshold_count = answer->count;
    sv->thresholds = ut__answer_take(answer);
    say_changed(sv, sv->thresholds, sv->threshold_count, old, had, 0);
    say_changed(sv, old, had, sv->thresholds, sv->threshold_count, 1);
    free(old);
}

static void on_set(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (ut__request_failed(r, answer))
        return;
    if (answer->count)
        ut__request_known(r, threshold_json(&answer->thresholds[0]), UT__INQUIRE_THRESHOLDS,
                          ut__known_thresholds);
    else
        ut__request_unavailable(r);
}

static double number_of(const json_t *body, const char *key)
{
    const json_t *v = json_object_get(body, key);
    return json_is_number(v) ? json_number_value(v) : -1.0;
}

void ut__serve_threshold_put(struct ut__request *r)
{
    double most = (double)r->sv->cfg.threshold_max;
    struct ut__inquiry q = {.kind = UT__INQUIRE_THRESHOLD_SET,
                            .threshold = {.threshold = number_of(r->body, "threshold"),
                                          .budget = number_of(r->body, "budget")}};
    if (most > 0 && q.threshold.threshold > most) {
        char remedy[120];
        snprintf(remedy, sizeof remedy, "Give a threshold of at most %.4f, or a budget.",
                 floor(most * 1e4) / 1e4);
        ut__request_error(r, 400, "bad_request",
                          "With this model no call's evidence reaches that threshold.", remedy,
                          NULL);
        return;
    }
    ut__inquiry_text(q.threshold.queue, sizeof q.threshold.queue, r->target);
    ut__inquiry_text(q.threshold.set_by, sizeof q.threshold.set_by, r->who.name);
    ut__request_inquire(r, &q, on_set);
}

static void on_unset(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    if (!ut__request_failed(r, answer))
        ut__request_known(r, json_pack("{si}", "erased", 1), UT__INQUIRE_THRESHOLDS,
                          ut__known_thresholds);
}

void ut__serve_threshold_drop(struct ut__request *r)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_THRESHOLD_UNSET};
    ut__inquiry_text(q.queue, sizeof q.queue, r->target);
    ut__request_inquire(r, &q, on_unset);
}

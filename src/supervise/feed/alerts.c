/* SPDX-License-Identifier: MIT */
/* The alerts that the page shows. */

#include "supervise/feed/alerts.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"

enum { FIELDS = 11 };

int ut__alert_is_open(const char *state)
{
    return strcmp(state, "raised") == 0 || strcmp(state, "acknowledged") == 0;
}

static struct ut__alert **bucket(struct ut__alerts *a, const char *id)
{
    return &a->buckets[ut__crc32(0, id, strlen(id)) % (sizeof a->buckets / sizeof a->buckets[0])];
}

/* An alert and its texts in one piece. NULL: no memory. */
static struct ut__alert *make(const struct ut__alert_state *alert)
{
    const char *const field[FIELDS] = {alert->id,        alert->node,    alert->call,
                                       alert->queue,     alert->agent,   alert->state,
                                       alert->severity,  alert->outcome, alert->acknowledged_by,
                                       alert->judged_by, alert->json};
    size_t bytes = 0;
    for (int i = 0; i < FIELDS; i++)
        bytes += strlen(field[i]) + 1;
    struct ut__alert *made = malloc(sizeof *made + bytes);
    if (!made)
        return NULL;
    const char **const to[FIELDS] = {&made->id,        &made->node,    &made->call,
                                     &made->queue,     &made->agent,   &made->state,
                                     &made->severity,  &made->outcome, &made->acknowledged_by,
                                     &made->judged_by, &made->json};
    char *at = made->texts;
    for (int i = 0; i < FIELDS; i++) {
        size_t n = strlen(field[i]) + 1;
        *to[i] = memcpy(at, field[i], n);
        at += n;
    }
    made->stored = alert->stored;
    made->prev = made->next = made->bucket = NULL;
    return made;
}

/* What points to an alert of the list from before and from behind. */
static struct ut__alert **before(struct ut__alerts *a, const struct ut__alert *x)
{
    return x->prev ? &x->prev->next : &a->first;
}

static struct ut__alert **behind(struct ut__alerts *a, const struct ut__alert *x)
{
    return x->next ? &x->next->prev : &a->last;
}

/* Takes an alert away and returns the one after it. */
static struct ut__alert *drop(struct ut__alerts *a, struct ut__alert *x)
{
    struct ut__alert *next = x->next, **b = bucket(a, x->id);
    while (*b != x)
        b = &(*b)->bucket;
    *b = x->bucket;
    *before(a, x) = x->next;
    *behind(a, x) = x->prev;
    a->count--;
    free(x);
    return next;
}

void ut__alerts_release(struct ut__alerts *a)
{
    while (a->first)
        drop(a, a->first);
}

/* Where an alert is hung, or would be. */
static struct ut__alert **place(struct ut__alerts *a, const char *node, const char *id)
{
    struct ut__alert **b = bucket(a, id);
    while (*b && (strcmp((*b)->id, id) != 0 || strcmp((*b)->node, node) != 0))
        b = &(*b)->bucket;
    return b;
}

int ut__alerts_put(struct ut__alerts *a, const struct ut__alert_state *alert)
{
    struct ut__alert *now = alert->id[0] && alert->json ? make(alert) : NULL;
    if (!now)
        return 0;
    struct ut__alert **b = place(a, now->node, now->id), *old = *b;
    if (old ? strcmp(old->json, now->json) == 0 : a->count >= UT__ALERTS_MAX) {
        free(now);
        return old == NULL;
    }
    now->number = old ? old->number : ++a->numbers;
    /* Its newest state takes the place that it had; a new one comes last. */
    now->prev = old ? old->prev : a->last;
    now->next = old ? old->next : NULL;
    now->bucket = old ? old->bucket : NULL;
    *b = *before(a, now) = *behind(a, now) = now;
    a->count += old == NULL;
    free(old);
    return 1;
}

const struct ut__alert *ut__alerts_find(const struct ut__alerts *a, const char *node,
                                        const char *id)
{
    uint32_t at = ut__crc32(0, id, strlen(id)) % (sizeof a->buckets / sizeof a->buckets[0]);
    const struct ut__alert *any = NULL;
    for (const struct ut__alert *x = a->buckets[at]; x; x = x->bucket) {
        if (strcmp(x->id, id) != 0)
            continue;
        if (strcmp(x->node, node) == 0)
            return x;
        any = x;
    }
    return any;
}

void ut__alerts_forget(struct ut__alerts *a, const char *node, const char *id)
{
    struct ut__alert *x = *place(a, node, id);
    if (x)
        drop(a, x);
}

void ut__alerts_call_ended(struct ut__alerts *a, const char *node, const char *call)
{
    for (struct ut__alert *x = a->first; x;)
        x = strcmp(x->call, call) == 0 && strcmp(x->node, node) == 0 && !ut__alert_is_open(x->state)
                ? drop(a, x)
                : x->next;
}

void ut__alerts_erase_call(struct ut__alerts *a, const char *node, const char *call)
{
    for (struct ut__alert *x = a->first; x;)
        x = strcmp(x->call, call) == 0 && strcmp(x->node, node) == 0 ? drop(a, x) : x->next;
}

unsigned ut__alerts_json(const struct ut__alerts *a, const char *scope, struct ut__text *out)
{
    unsigned all = *scope ? 0 : a->count, n = 0;
    for (const struct ut__alert *x = *scope ? a->first : NULL; x; x = x->next)
        all += (unsigned)ut__scope_has(scope, x->queue);
    unsigned left = all > UT__ALERTS_SHOWN ? all - UT__ALERTS_SHOWN : 0;
    ut__text_raw(out, "[");
    for (const struct ut__alert *x = a->first; x; x = x->next) {
        if (!ut__scope_has(scope, x->queue) || n++ < left)
            continue;
        if (n > left + 1)
            ut__text_raw(out, ",");
        ut__text_raw(out, x->json);
    }
    ut__text_raw(out, "]");
    return left;
}

static int fits(const struct ut__alert *x, const struct ut__alerts_filter *f)
{
    return ut__alert_is_open(x->state) && (!f->before || x->number < f->before) &&
           ut__scope_has(f->scope, x->queue) && (!f->queue || strcmp(f->queue, x->queue) == 0) &&
           (!f->agent || strcmp(f->agent, x->agent) == 0);
}

uint64_t ut__alerts_page(const struct ut__alerts *a, const struct ut__alerts_filter *f,
                         struct ut__text *out)
{
    uint64_t last = 0;
    int64_t n = 0;
    ut__text_raw(out, "[");
    for (const struct ut__alert *x = a->last; x && n <= f->limit; x = x->prev) {
        if (!fits(x, f))
            continue;
        if (n++ == f->limit)
            break;
        if (n > 1)
            ut__text_raw(out, ",");
        ut__text_raw(out, x->json);
        last = x->number;
    }
    ut__text_raw(out, "]");
    return n > f->limit ? last : 0;
}

unsigned ut__alerts_count(const struct ut__alerts *a, const char *state)
{
    unsigned n = 0;
    for (const struct ut__alert *x = a->first; x; x = x->next)
        n += strcmp(x->state, state) == 0;
    return n;
}

unsigned ut__alerts_waiting(const struct ut__alerts *a, const char *severity)
{
    unsigned n = 0;
    for (const struct ut__alert *x = a->first; x; x = x->next)
        n += strcmp(x->state, "raised") == 0 && strcmp(x->severity, severity) == 0;
    return n;
}

/* SPDX-License-Identifier: MIT */
/* Work from other threads for the hub. */

#include "supervise/hand.h"

#include <pthread.h>
#include <stdlib.h>

#include "net/re.h"

struct work {
    struct work *next;
    ut__hand_fn *fn, *drop;
    void *arg, *data;
};

struct ut__hand {
    pthread_mutex_t lock;
    struct work *head, **tail;
    struct mqueue *queue;
};

static struct work *take(struct ut__hand *h)
{
    pthread_mutex_lock(&h->lock);
    struct work *list = h->head;
    h->head = NULL;
    h->tail = &h->head;
    pthread_mutex_unlock(&h->lock);
    return list;
}

static void on_wake(int id, void *data, void *arg)
{
    (void)id;
    (void)data;
    struct work *w = take(arg);
    while (w) {
        struct work *next = w->next;
        w->fn(w->arg, w->data);
        free(w);
        w = next;
    }
}

int ut__hand_create(struct ut__hand **out)
{
    struct ut__hand *h = calloc(1, sizeof *h);
    if (!h)
        return UT_ENOMEM;
    h->tail = &h->head;
    pthread_mutex_init(&h->lock, NULL);
    if (mqueue_alloc(&h->queue, on_wake, h)) {
        pthread_mutex_destroy(&h->lock);
        free(h);
        return UT_ENOMEM;
    }
    *out = h;
    return 0;
}

int ut__hand_over(struct ut__hand *h, ut__hand_fn *fn, ut__hand_fn *drop, void *arg, void *data)
{
    struct work *w = malloc(sizeof *w);
    if (!w)
        return UT_ENOMEM;
    *w = (struct work){.fn = fn, .drop = drop, .arg = arg, .data = data};
    pthread_mutex_lock(&h->lock);
    int wake = h->head == NULL;
    *h->tail = w;
    h->tail = &w->next;
    /* At most one byte is on its way, so that the pipe cannot be full. */
    if (wake)
        (void)mqueue_push(h->queue, 0, NULL);
    pthread_mutex_unlock(&h->lock);
    return 0;
}

void ut__hand_drop(struct ut__hand *h)
{
    struct work *w = take(h);
    while (w) {
        struct work *next = w->next;
        if (w->drop)
            w->drop(w->arg, w->data);
        free(w);
        w = next;
    }
}

void ut__hand_destroy(struct ut__hand *h)
{
    if (!h)
        return;
    ut__hand_drop(h);
    mem_deref(h->queue);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

struct ut__every {
    struct tmr tmr;
    uint32_t period_ms;
    void (*fn)(void *arg);
    void *arg;
};

static void on_every(void *arg)
{
    struct ut__every *e = arg;
    tmr_start(&e->tmr, e->period_ms, on_every, e);
    e->fn(e->arg);
}

int ut__every_create(struct ut__every **out, uint32_t period_ms, void (*fn)(void *arg), void *arg)
{
    struct ut__every *e = calloc(1, sizeof *e);
    if (!e)
        return UT_ENOMEM;
    *e = (struct ut__every){.period_ms = period_ms, .fn = fn, .arg = arg};
    tmr_init(&e->tmr);
    tmr_start(&e->tmr, period_ms, on_every, e);
    *out = e;
    return 0;
}

void ut__every_destroy(struct ut__every *e)
{
    if (!e)
        return;
    tmr_cancel(&e->tmr);
    free(e);
}

/* SPDX-License-Identifier: MIT */
/* The queue to the store's thread: items of the stream, and what is asked. */

#include "store/queue.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/clean.h"
#include "store/state.h"

enum { COMPANY_MS = 250, SPARES = 8 };

void ut__task_free(struct ut__task *job)
{
    free(job->item);
    free(job->args);
    free(job->inquiry);
    free(job->letters);
    free(job);
}

void ut__tasks_free(struct ut__task *jobs)
{
    while (jobs) {
        struct ut__task *next = jobs->next;
        ut__task_free(jobs);
        jobs = next;
    }
}

/* Takes the items that wait; with the lock. */
struct ut__task *ut__queue_items(struct ut__store *s)
{
    struct ut__task *items = s->head;
    s->head = NULL;
    s->tail = &s->head;
    s->scores = s->items = s->urgent = 0;
    s->items_us = ut__clock_mono_us();
    return items;
}

/*
 * Waits until something urgent is there, scores have waited long enough, or it is time for a tick.
 * Items are left to wait when only letters were settled: each taking of them costs an fsync.
 */
struct ut__task *ut__queue_take(struct ut__store *s, struct ut__task **asked, int *ending)
{
    struct timespec until;
    int64_t us = s->items_us + COMPANY_MS * INT64_C(1000);
    until.tv_sec = (time_t)(us / 1000000);
    until.tv_nsec = (long)(us % 1000000) * 1000L;
    int waited = 0;
    pthread_mutex_lock(&s->lock);
    while (!s->urgent && !s->prompt && !s->ending && !waited)
        waited = pthread_cond_timedwait(&s->wake, &s->lock, &until) != 0;
    waited |= s->urgent || s->asks || s->ending || ut__clock_mono_us() >= us;
    struct ut__task *items = waited ? ut__queue_items(s) : NULL;
    *asked = s->asked;
    s->asked = NULL;
    s->asked_tail = &s->asked;
    s->asks = s->prompt = 0;
    *ending = s->ending;
    pthread_mutex_unlock(&s->lock);
    return items;
}

static int enqueue_item(struct ut__store *s, struct ut__task *job, int alert, int score)
{
    pthread_mutex_lock(&s->lock);
    int full = s->ending || (score && s->scores >= UT__STORE_SCORES_MAX) ||
               (!score && s->items >= s->cfg.items_max);
    if (!full) {
        *s->tail = job;
        s->tail = &job->next;
        s->scores += (uint32_t)score;
        s->items += !score;
        s->urgent += (uint32_t)alert;
        if (alert)
            pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    return full ? UT_ETOOBIG : 0;
}

/* Takes the task, in any case; job NULL: there was no memory for it. */
static int enqueue_asked(struct ut__store *s, struct ut__task *job, int counts)
{
    if (!job)
        return UT_ENOMEM;
    pthread_mutex_lock(&s->lock);
    int full = s->ending || s->asks >= UT__STORE_ASKS_MAX;
    if (!full) {
        *s->asked_tail = job;
        s->asked_tail = &job->next;
        s->asks += (uint32_t)counts;
        /* What nobody waits for, such as the access log, goes with the next scores. */
        int prompt = job->answered != NULL;
        s->prompt += (uint32_t)prompt;
        if (prompt)
            pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    if (full)
        ut__task_free(job);
    return full ? UT_ETOOBIG : 0;
}

static struct ut__task *new_item(void)
{
    struct ut__task *job = calloc(1, sizeof *job);
    struct ut__stream_item *item = malloc(sizeof *item);
    if (job && item) {
        job->item = item;
        return job;
    }
    free(job);
    free(item);
    return NULL;
}

void ut__queue_keep_spares(struct ut__store *s)
{
    while (s->spares < SPARES) {
        struct ut__task *job = new_item();
        if (!job)
            return;
        job->next = s->spare;
        s->spare = job;
        s->spares++;
    }
}

static struct ut__task *take_spare(struct ut__store *s)
{
    struct ut__task *job = s->spare;
    if (job) {
        s->spare = job->next;
        s->spares--;
        job->next = NULL;
    }
    return job;
}

void ut__store_push(void *store, const struct ut__stream_item *item)
{
    struct ut__store *s = store;
    int event = item->kind == UT__STREAM_EVENT;
    int score = event && item->event.type == UT_EVENT_SCORE;
    int alert = event && item->event.type == UT_EVENT_ALERT;
    struct ut__task *job = new_item();
    if (!job && !score)
        job = take_spare(s);
    else if (!score)
        ut__queue_keep_spares(s);
    if (job) {
        *job->item = *item;
        ut__clean_item(job->item);
        if (enqueue_item(s, job, alert, score) == 0)
            return;
        ut__task_free(job);
    }
    atomic_fetch_add(&s->dropped, 1);
    if (!score)
        UT__LOG0(UT__LOG_ERROR, "store: no room for an event");
}

static struct ut__task *new_task(const char *args, ut__answered *done, void *arg)
{
    struct ut__task *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    *job = (struct ut__task){.args = strdup(args), .answered = done, .arg = arg};
    if (job->args)
        return job;
    free(job);
    return NULL;
}

int ut__store_ask(void *store, enum ut__ledger_op op, const char *args, ut__answered *done,
                  void *arg)
{
    struct ut__task *job = new_task(args, done, arg);
    if (job)
        job->op = op;
    return enqueue_asked(store, job, 1);
}

int ut__store_inquire(void *store, const struct ut__inquiry *inquiry, ut__answered *done, void *arg)
{
    struct ut__task *job = new_task("", done, arg);
    struct ut__inquiry *copy = malloc(sizeof *copy);
    if (!job || !copy) {
        free(copy);
        if (job)
            ut__task_free(job);
        return UT_ENOMEM;
    }
    *copy = *inquiry;
    job->inquiry = copy;
    return enqueue_asked(store, job, 1);
}

int ut__store_settle(void *store, const struct ut__settled *list, uint32_t n, ut__answered *done,
                     void *arg)
{
    struct ut__task *job = new_task("", done, arg);
    struct ut__settled *copy = calloc(n, sizeof *copy);
    if (!job || !copy) {
        free(copy);
        if (job)
            ut__task_free(job);
        return UT_ENOMEM;
    }
    memcpy(copy, list, n * sizeof *copy);
    job->letters = copy;
    job->letter_count = n;
    return enqueue_asked(store, job, 0);
}

int ut__store_hurry(void *store, const char *channel)
{
    struct ut__task *job = new_task(channel, NULL, NULL);
    if (job)
        job->hurry = 1;
    return enqueue_asked(store, job, 0);
}

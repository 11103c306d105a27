/* SPDX-License-Identifier: MIT */
/* Items of the stream to disk, some hundred in a transaction; what the disk does not take waits. */

#include "store/batches.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/health.h"
#include "store/live.h"
#include "store/queue.h"
#include "store/state.h"
#include "store/transaction.h"
#include "store/write.h"

enum { RETRY_MS = 1000, BATCH_MAX = 512 };

static void keep_unwritten(struct ut__store *s, struct ut__task *jobs)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    while (jobs) {
        struct ut__task *job = jobs;
        jobs = job->next;
        job->next = NULL;
        if (job->item->kind == UT__STREAM_EVENT && job->item->event.type == UT_EVENT_SCORE) {
            atomic_fetch_add(&s->dropped, 1);
            ut__task_free(job);
            continue;
        }
        if (job->item->kind == UT__STREAM_EVENT && job->item->event.type == UT_EVENT_ALERT &&
            l->unstored) {
            const struct ut__live *call = ut__live_find(s, job->item->info.id);
            l->unstored(l->arg, job->item,
                        job->item->event.u.alert.n + (call ? call->n_before : 0));
        }
        if (s->unwritten_count == s->cfg.items_max) {
            atomic_fetch_add(&s->dropped, 1);
            ut__task_free(job);
            continue;
        }
        *s->unwritten_tail = job;
        s->unwritten_tail = &job->next;
        s->unwritten_count++;
    }
}

static int write_list(struct ut__store *s, const struct ut__task *jobs)
{
    int rc = ut__begin(s);
    for (const struct ut__task *job = jobs; job && rc == SQLITE_OK; job = job->next)
        rc = ut__write_item(s, job->item);
    rc = ut__end(s, rc);
    for (; jobs && rc != SQLITE_OK; jobs = jobs->next)
        ut__unwritten(s, jobs->item);
    return rc;
}

static void free_written(struct ut__store *s, struct ut__task *jobs)
{
    for (const struct ut__task *job = jobs; job; job = job->next)
        ut__written(s, job->item);
    ut__tasks_free(jobs);
}

/* The last of the items from `jobs` on that go into one transaction; *n: how many these are. */
static struct ut__task *last_of_batch(struct ut__task *jobs, uint32_t *n)
{
    for (*n = 1; *n < BATCH_MAX && jobs->next; ++*n)
        jobs = jobs->next;
    return jobs;
}

/* What waited for the disk goes first, so that the order holds. */
int ut__batches_retry(struct ut__store *s)
{
    int64_t now = ut__wall_ms();
    if (!s->unwritten)
        return SQLITE_OK;
    if (now < s->retry_ms)
        return SQLITE_FULL;
    s->retry_ms = now + RETRY_MS;
    while (s->unwritten) {
        uint32_t n;
        struct ut__task *last = last_of_batch(s->unwritten, &n), *rest = last->next;
        last->next = NULL;
        int rc = write_list(s, s->unwritten);
        ut__health_note(s, rc);
        last->next = rc == SQLITE_OK ? NULL : rest;
        if (rc != SQLITE_OK)
            return rc;
        free_written(s, s->unwritten);
        s->unwritten = rest;
        s->unwritten_count -= n;
    }
    s->unwritten_tail = &s->unwritten;
    return SQLITE_OK;
}

static void write_items(struct ut__store *s, struct ut__task *jobs)
{
    if (ut__batches_retry(s) != SQLITE_OK) {
        keep_unwritten(s, jobs);
        return;
    }
    int rc = write_list(s, jobs);
    ut__health_note(s, rc);
    if (rc == SQLITE_OK)
        free_written(s, jobs);
    else
        keep_unwritten(s, jobs);
}

void ut__batches_write(struct ut__store *s, struct ut__task *items)
{
    while (items) {
        uint32_t n;
        struct ut__task *last = last_of_batch(items, &n), *rest = last->next;
        last->next = NULL;
        write_items(s, items);
        items = rest;
    }
}

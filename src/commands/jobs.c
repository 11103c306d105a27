/* SPDX-License-Identifier: MIT */
/* A pool of threads whose output keeps the order of the jobs. */

#define _POSIX_C_SOURCE 200809L /* sysconf, clock_gettime. */

#include "commands/jobs.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/options.h"
#include "terminal/interrupt.h"
#include "terminal/progress.h"

enum {
    WINDOW = 8, /* Jobs a thread that may lie finished before the first unfinished one. */
    TICK_MS = 250,
    STUCK_MS =
        5000, /* An interrupted job ends by itself before that, unless it waits for a pipe. */
    TEXT_STEP = 64 << 10 /* A job's text grows by this. */
};

struct pool;

struct ut__job {
    struct pool *pool;
    size_t index;
    int done;
    char *text;
    size_t len, cap;
};

struct pool {
    const struct ut__jobs_config *cfg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct ut__job *slots; /* Job i lives in slot i % slot_count while i - turn < slot_count. */
    size_t slot_count;
    size_t next;  /* The next job to be begun. */
    size_t turn;  /* The first unfinished job: it alone writes. */
    size_t alive; /* Threads. */
    atomic_int write_errno;
};

/* With the lock held. */
static void emit(struct pool *pool, const char *bytes, size_t n)
{
    if (n == 0 || atomic_load(&pool->write_errno))
        return;
    ut__progress_hide();
    errno = 0;
    if (fwrite(bytes, 1, n, stdout) != n || (pool->cfg->flush && fflush(stdout) != 0))
        atomic_store(&pool->write_errno, errno ? errno : EIO);
}

/* With the lock held, on the job's turn. */
static void emit_text(struct ut__job *job)
{
    emit(job->pool, job->text, job->len);
    job->len = 0;
}

static void keep(struct ut__job *job, const char *bytes, size_t n)
{
    if (job->cap - job->len < n) {
        size_t cap = job->len + n + TEXT_STEP;
        char *more = realloc(job->text, cap);
        if (!more) {
            atomic_store(&job->pool->write_errno, ENOMEM);
            return;
        }
        job->text = more;
        job->cap = cap;
    }
    memcpy(job->text + job->len, bytes, n);
    job->len += n;
}

int ut__job_must_stop(const struct ut__job *job)
{
    return ut__interrupted() || atomic_load(&job->pool->write_errno) != 0;
}

void ut__job_write(void *state, const char *bytes, size_t n)
{
    struct ut__job *job = state;
    struct pool *pool = job->pool;
    pthread_mutex_lock(&pool->lock);
    while (pool->turn != job->index && job->len + n > UT__JOB_TEXT_MAX &&
           !atomic_load(&pool->write_errno))
        pthread_cond_wait(&pool->changed, &pool->lock);
    if (pool->turn == job->index) {
        emit_text(job);
        emit(pool, bytes, n);
    } else {
        keep(job, bytes, n);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* With the lock held: hands the turn on past all finished jobs. */
static void pass_turn(struct pool *pool)
{
    for (;;) {
        struct ut__job *job = &pool->slots[pool->turn % pool->slot_count];
        if (pool->turn == pool->next || job->index != pool->turn)
            break;
        emit_text(job);
        if (!job->done)
            break;
        job->done = 0;
        pool->turn++;
    }
    pthread_cond_broadcast(&pool->changed);
}

/* With the lock held: the next job, or NULL when there is none to begin. */
static struct ut__job *begin(struct pool *pool)
{
    for (;;) {
        if (pool->next == pool->cfg->count || ut__interrupted() || atomic_load(&pool->write_errno))
            return NULL;
        if (pool->next - pool->turn < pool->slot_count)
            break;
        pthread_cond_wait(&pool->changed, &pool->lock);
    }
    size_t index = pool->next++;
    struct ut__job *job = &pool->slots[index % pool->slot_count];
    job->index = index;
    job->len = 0;
    job->done = 0;
    return job;
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    for (struct ut__job *job = begin(pool); job; job = begin(pool)) {
        pthread_mutex_unlock(&pool->lock);
        pool->cfg->run(pool->cfg->ctx, job->index, job);
        pthread_mutex_lock(&pool->lock);
        job->done = 1;
        if (pool->turn == job->index)
            pass_turn(pool);
    }
    pool->alive--;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static struct timespec next_tick(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += TICK_MS * 1000000L;
    at.tv_sec += at.tv_nsec / 1000000000L;
    at.tv_nsec %= 1000000000L;
    return at;
}

/* Waits until the threads have ended, ticking meanwhile, however often they wake us. With the lock
 * held. */
static void wait_and_tick(struct pool *pool)
{
    struct timespec until = next_tick();
    int ticks = 0; /* Since the interrupt. */
    while (pool->alive > 0)
        if (pthread_cond_timedwait(&pool->changed, &pool->lock, &until) == ETIMEDOUT) {
            if (pool->cfg->tick)
                pool->cfg->tick(pool->cfg->ctx);
            until = next_tick();
            ticks += ut__interrupted() != 0;
            if (ticks * TICK_MS > STUCK_MS) { /* In a read of what nobody writes. */
                fflush(stdout);
                ut__interrupt_finish();
            }
        }
}

static int run_threads(struct pool *pool)
{
    pthread_t threads[UT__JOBS_MAX];
    unsigned n = 0;
    pthread_mutex_lock(&pool->lock);
    while (n < pool->cfg->threads && n < UT__JOBS_MAX && n < pool->cfg->count &&
           pthread_create(&threads[n], NULL, work, pool) == 0) {
        pool->alive++;
        n++;
    }
    wait_and_tick(pool);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return n == 0 && pool->cfg->count > 0 ? UT_ENOMEM : 0;
}

int ut__jobs_run(const struct ut__jobs_config *cfg)
{
    struct pool pool = {.cfg = cfg, .slot_count = (size_t)cfg->threads * WINDOW};
    pool.slots = calloc(pool.slot_count, sizeof pool.slots[0]);
    if (!pool.slots)
        return UT_ENOMEM;
    for (size_t i = 0; i < pool.slot_count; i++)
        pool.slots[i].pool = &pool;
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.changed, NULL);

    int err = run_threads(&pool);
    ut__progress_hide();
    errno = 0;
    if (fflush(stdout) != 0 && !atomic_load(&pool.write_errno))
        atomic_store(&pool.write_errno, errno ? errno : EIO);

    for (size_t i = 0; i < pool.slot_count; i++)
        free(pool.slots[i].text);
    free(pool.slots);
    pthread_cond_destroy(&pool.changed);
    pthread_mutex_destroy(&pool.lock);
    return err ? err : atomic_load(&pool.write_errno);
}

unsigned ut__jobs_default_threads(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > UT__JOBS_MAX ? UT__JOBS_MAX : (unsigned)n;
}

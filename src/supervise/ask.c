/* SPDX-License-Identifier: MIT */
/* Questions to the ledger, answered in the loop of the hub. */

#include "supervise/ask.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_string.h"
#include "supervise/state.h"

/* A question on its way through the thread of the ledger and back. */
struct question {
    struct ut__supervise *sv;
    ut__answered *fn;
    void *arg;
    struct ut__answer answer;
};

static void on_hub(void *arg, void *data)
{
    struct question *q = data;
    (void)arg;
    q->sv->asked--;
    q->fn(q->arg, &q->answer);
    ut__answer_free(&q->answer);
    free(q);
}

/* All has ended: fn is still called, so that it can free what it holds, and has nothing to go by. */
static void on_dropped(void *arg, void *data)
{
    struct question *q = data;
    ut__answer_free(&q->answer);
    q->answer.status = UT__LEDGER_AWAY;
    on_hub(arg, data);
}

static void hand_back(struct question *q)
{
    if (ut__hand_over(q->sv->hand, on_hub, on_dropped, NULL, q)) {
        ut__answer_free(&q->answer);
        free(q);
    }
}

static void on_answered(void *arg, struct ut__answer *answer)
{
    struct question *q = arg;
    q->answer = *answer;
    *answer = (struct ut__answer){0};
    hand_back(q);
}

/* A place for one more question, which is a copy of this. Returns 0 or UT_E.... */
static int begin(struct question **out, const struct question *made)
{
    if (!made->sv->started)
        return UT_EIO;
    if (made->sv->asked >= UT__ASKED_MAX)
        return UT_ETOOBIG;
    struct question *q = malloc(sizeof *q);
    if (!q)
        return UT_ENOMEM;
    *q = *made;
    *out = q;
    return 0;
}

/* err: of the ledger; where there is none the question is on its way, and may be answered already. */
static int begun(struct ut__supervise *sv, struct question *q, int err)
{
    if (err)
        free(q);
    else
        sv->asked++;
    return err;
}

int ut__ask(struct ut__supervise *sv, enum ut__ledger_op op, const char *args, ut__answered *fn,
            void *arg)
{
    struct question *q;
    int err = begin(&q, &(struct question){.sv = sv, .fn = fn, .arg = arg});
    return err ? err : begun(sv, q, sv->ledger.ask(sv->ledger.state, op, args, on_answered, q));
}

int ut__inquire(struct ut__supervise *sv, const struct ut__inquiry *inquiry, ut__answered *fn,
                void *arg)
{
    struct question *q;
    int err = begin(&q, &(struct question){.sv = sv, .fn = fn, .arg = arg});
    return err ? err : begun(sv, q, sv->ledger.inquire(sv->ledger.state, inquiry, on_answered, q));
}

void ut__log_access(struct ut__supervise *sv, const struct ut__who *who, const char *action,
                    const char *what)
{
    struct ut__inquiry q = {.kind = UT__INQUIRE_ACCESS_ADD};
    /* Names come in headers and in addresses: one that is no UTF-8 would make the whole log unreadable. */
    ut__utf8_copy(q.access.who, sizeof q.access.who, who->name);
    snprintf(q.access.role, sizeof q.access.role, "%s", ut__role_name(who->role));
    snprintf(q.access.action, sizeof q.access.action, "%s", action);
    ut__utf8_copy(q.access.what, sizeof q.access.what, what);
    (void)sv->ledger.inquire(sv->ledger.state, &q, NULL, NULL);
}

/* A question that is waited for: at the start alone, before the loop runs. */
struct waited {
    pthread_mutex_t lock;
    pthread_cond_t there;
    int done;
    struct ut__answer answer;
};

static void on_there(void *arg, struct ut__answer *answer)
{
    struct waited *w = arg;
    pthread_mutex_lock(&w->lock);
    w->answer = *answer;
    *answer = (struct ut__answer){0};
    w->done = 1;
    pthread_cond_signal(&w->there);
    pthread_mutex_unlock(&w->lock);
}

/* The first request must find tokens and alerts as they are: nobody is asked to try again. */
int ut__inquire_now(struct ut__supervise *sv, const struct ut__inquiry *inquiry, ut__answered *fn,
                    void *arg)
{
    struct waited w = {.lock = PTHREAD_MUTEX_INITIALIZER, .there = PTHREAD_COND_INITIALIZER};
    int err = sv->ledger.inquire(sv->ledger.state, inquiry, on_there, &w);
    if (err)
        return err;
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.there, &w.lock);
    pthread_mutex_unlock(&w.lock);
    fn(arg, &w.answer);
    ut__answer_free(&w.answer);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Questions to the ledger, answered in the loop of the hub. */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/state.h"

/* A question on its way through the thread of the ledger and back. */
struct question {
    struct ut__supervise *sv;
    ut__reply *fn;
    void *arg;
    enum ut__ledger_status status;
    char *json;
};

static void on_hub(void *arg, void *data)
{
    struct question *q = data;
    (void)arg;
    q->sv->asked--;
    if (q->fn)
        q->fn(q->arg, q->status, q->json ? q->json : "{}");
    free(q->json);
    free(q);
}

/* All has ended: fn is still called, so that it can free what it holds. */
static void on_dropped(void *arg, void *data)
{
    struct question *q = data;
    q->status = UT__LEDGER_AWAY;
    on_hub(arg, data);
}

static void on_ledger(void *arg, enum ut__ledger_status status, const char *json)
{
    struct question *q = arg;
    q->status = status;
    q->json = strdup(json);
    if (ut__hand_over(q->sv->hand, on_hub, on_dropped, NULL, q)) {
        free(q->json);
        free(q);
    }
}

int ut__ask(struct ut__supervise *sv, enum ut__ledger_op op, const char *args, ut__reply *fn,
            void *arg)
{
    if (!sv->started)
        return UT_EIO;
    if (sv->asked >= UT__ASKED_MAX)
        return UT_ETOOBIG;
    struct question *q = calloc(1, sizeof *q);
    if (!q)
        return UT_ENOMEM;
    *q = (struct question){.sv = sv, .fn = fn, .arg = arg};
    int err = sv->ledger.ask(sv->ledger.state, op, args, on_ledger, q);
    if (err)
        free(q);
    else
        sv->asked++;
    return err;
}

void ut__log_access(struct ut__supervise *sv, const struct ut__who *who, const char *action,
                    const char *what)
{
    json_t *args = json_pack("{ss ss ss ss}", "who", who->name, "role", ut__role_name(who->role),
                             "action", action, "what", what);
    char *json = args ? json_dumps(args, JSON_COMPACT) : NULL;
    if (json)
        (void)sv->ledger.ask(sv->ledger.state, UT__LEDGER_ACCESS_ADD, json, NULL, NULL);
    free(json);
    json_decref(args);
}

/* A question that is waited for: at the start alone, before the loop runs. */
struct waited {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    int done;
    enum ut__ledger_status status;
    char *json;
};

static void on_waited(void *arg, enum ut__ledger_status status, const char *json)
{
    struct waited *w = arg;
    pthread_mutex_lock(&w->lock);
    w->status = status;
    w->json = strdup(json);
    w->done = 1;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

/* The first request must find tokens and alerts as they are: nobody is asked to try again. */
int ut__ask_now(struct ut__supervise *sv, enum ut__ledger_op op, const char *args, ut__reply *fn,
                void *arg)
{
    struct waited w = {.lock = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER};
    int err = sv->ledger.ask(sv->ledger.state, op, args, on_waited, &w);
    if (err)
        return err;
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.answered, &w.lock);
    pthread_mutex_unlock(&w.lock);
    fn(arg, w.status, w.json ? w.json : "{}");
    free(w.json);
    return 0;
}

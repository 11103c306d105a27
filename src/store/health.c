/* SPDX-License-Identifier: MIT */
/* How the record fares. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/questions.h"
#include "store/state.h"

static void report(struct ut__record_state *st, const struct ut__problem *p)
{
    if (!p->code || st->problem_count == UT__RECORD_PROBLEMS_MAX)
        return;
    struct ut__problem_report *r = &st->problems[st->problem_count++];
    snprintf(r->code, sizeof r->code, "%s", p->code);
    snprintf(r->message, sizeof r->message, "%s", p->message);
    snprintf(r->remedy, sizeof r->remedy, "%s", p->remedy);
    r->since_ms = p->since_ms;
}

int ut__i_state(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    struct stat file = {0};
    struct ut__record_state *st = calloc(1, sizeof *st);
    (void)q;
    if (!st)
        return SQLITE_NOMEM;
    out->state = st;
    out->count = 1;
    st->in_memory = s->memory || !s->dir[0];
    st->schema = UT__STORE_SCHEMA;
    st->dropped = (int64_t)atomic_load(&s->dropped);
    snprintf(st->path, sizeof st->path, "%s", s->path);
    if (!st->in_memory && stat(s->path, &file) == 0)
        st->size_bytes = file.st_size;
    report(st, &s->open_problem);
    report(st, &s->problem);
    if (s->file_problem.code != s->problem.code)
        report(st, &s->file_problem);
    pthread_mutex_lock(&s->lock);
    st->queued = (int64_t)s->scores + s->asks;
    pthread_mutex_unlock(&s->lock);
    return SQLITE_OK;
}

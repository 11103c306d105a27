/* SPDX-License-Identifier: MIT */
/* How the record fares. */

#include "store/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

/* Says once that the disk is in trouble, and once that it is well again. */
void ut__health_note(struct ut__store *s, int rc)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    const char *before = s->problem.code;
    if (rc == SQLITE_OK) {
        s->problem.code = NULL;
    } else {
        ut__schema_problem(&s->problem, rc, s->path);
        s->damaged |= (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
        if (!before)
            s->problem.since_ms = ut__wall_ms();
    }
    if (before == s->problem.code)
        return;
    if (s->problem.code)
        UT__LOG(UT__LOG_ERROR, "store failed", ut__log_str("code", s->problem.code),
                ut__log_str("problem", s->problem.message),
                ut__log_str("remedy", s->problem.remedy));
    else
        UT__LOG0(UT__LOG_INFO, "store works again");
    if (l->changed)
        l->changed(l->arg, UT__LEDGER_CHANGED_PROBLEMS, "");
}

static void set_file_problem(struct ut__store *s, const struct ut__problem *now)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    if (s->file_problem.code == now->code)
        return;
    s->file_problem = *now;
    s->file_problem.since_ms = ut__wall_ms();
    if (now->code)
        UT__LOG(UT__LOG_ERROR, "store failed", ut__log_str("code", now->code),
                ut__log_str("problem", now->message), ut__log_str("remedy", now->remedy));
    if (l->changed)
        l->changed(l->arg, UT__LEDGER_CHANGED_PROBLEMS, "");
}

/* SQLite goes on writing to a file that is not there any more: nobody would find out. */
void ut__health_look_at_file(struct ut__store *s)
{
    struct stat st, log = {.st_ino = 0};
    char path[sizeof s->path + sizeof "-wal"];
    struct ut__problem now = {.code = NULL};
    if (s->memory || !s->dir[0])
        return;
    snprintf(path, sizeof path, "%s-wal", s->path);
    if (stat(s->path, &st) || st.st_ino != s->inode || st.st_dev != s->device || !st.st_size)
        ut__problem_set(&now, "store_gone",
                        "Stop Undertone, put the file or a backup back, and start it again: what "
                        "comes until then is lost with the file.",
                        "%s was deleted, emptied or replaced while Undertone uses it.", s->path);
    else if ((stat(path, &log) || log.st_ino != s->log_inode) && s->log_inode)
        ut__problem_set(
            &now, "store_gone",
            "Stop Undertone, which writes the rest into its database, and start it again: "
            "what comes until then is lost if it crashes.",
            "%s was deleted or replaced while Undertone uses it.", path);
    else if (!(st.st_mode & 0222))
        ut__schema_problem(&now, SQLITE_READONLY, s->path);
    else if (s->damaged)
        ut__schema_problem(&now, SQLITE_CORRUPT, s->path);
    else if (snprintf(path, sizeof path, "%s/key", s->dir) < 0 || stat(path, &st))
        ut__problem_set(
            &now, "key_wrong",
            "Put it back before Undertone is started again: with another one callers are "
            "strangers.",
            "%s was deleted while Undertone uses it.", path);
    else
        s->log_inode = log.st_ino; /* 0: a disk on which SQLite keeps no log. */
    set_file_problem(s, &now);
}

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
    (void)ut__sql_int(s->db, &st->overdue,
                      "SELECT count(*) FROM follow_ups WHERE done_ms IS NULL AND due_ms < ?", "i",
                      ut__wall_ms());
    report(st, &s->open_problem);
    report(st, &s->problem);
    if (s->file_problem.code != s->problem.code)
        report(st, &s->file_problem);
    pthread_mutex_lock(&s->lock);
    st->queued = (int64_t)s->scores + s->asks;
    pthread_mutex_unlock(&s->lock);
    return SQLITE_OK;
}

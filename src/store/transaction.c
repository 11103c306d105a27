/* SPDX-License-Identifier: MIT */
/* A transaction, and what the listener is told after it. */

#include "store/transaction.h"

#include <stdlib.h>

#include "store/state.h"

static void let_go(struct ut__notice *n)
{
    if (n->news)
        ut__alert_state_free(&n->news->alert);
    free(n->news);
    free(n->call);
}

static void remember(struct ut__store *s, struct ut__notice n)
{
    if (s->notice_count == UT__TELL_MAX)
        let_go(&n);
    else
        s->notices[s->notice_count++] = n;
}

void ut__tell(struct ut__store *s, enum ut__ledger_change what, char *call_take)
{
    remember(s, (struct ut__notice){.what = what, .call = call_take});
}

int ut__tell_news(struct ut__store *s, struct ut__news *news)
{
    struct ut__notice n = {.news = malloc(sizeof *news)};
    if (!n.news) {
        ut__alert_state_free(&news->alert);
        return SQLITE_NOMEM;
    }
    *n.news = *news;
    *news = (struct ut__news){0};
    remember(s, n);
    return SQLITE_OK;
}

/* After the commit, or without telling after a roll-back. */
void ut__flush_notices(struct ut__store *s, int tell)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    for (uint32_t i = 0; i < s->notice_count; i++) {
        struct ut__notice *n = &s->notices[i];
        if (tell && n->news && l->alert)
            l->alert(l->arg, n->news);
        if (tell && !n->news && l->changed)
            l->changed(l->arg, n->what, n->call ? n->call : "");
        let_go(n);
    }
    s->notice_count = 0;
}

int ut__begin(struct ut__store *s)
{
    return sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
}

/* Commits or rolls back; returns the code that tells how it went. */
int ut__end(struct ut__store *s, int rc)
{
    if (s->shared_changed)
        ut__tell(s, UT__LEDGER_CHANGED_SHARED, NULL);
    s->shared_changed = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    ut__flush_notices(s, rc == SQLITE_OK);
    return rc;
}

void ut__wipe_log(struct ut__store *s)
{
    sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA incremental_vacuum", NULL, NULL,
                 NULL);
}

/* SPDX-License-Identifier: MIT */
/* A transaction, and what the listener is told after it. */

#include "store/transaction.h"

#include <stdlib.h>

#include "store/state.h"

void ut__tell(struct ut__store *s, enum ut__tell_kind kind, enum ut__ledger_change what,
              char *text_take)
{
    if (s->notice_count == UT__TELL_MAX) {
        free(text_take);
        return;
    }
    s->notices[s->notice_count++] =
        (struct ut__notice){.kind = kind, .what = what, .text = text_take};
}

/* After the commit, or without telling after a roll-back. */
void ut__flush_notices(struct ut__store *s, int tell)
{
    const struct ut__ledger_listener *l = &s->cfg.listener;
    for (uint32_t i = 0; i < s->notice_count; i++) {
        struct ut__notice *n = &s->notices[i];
        if (tell && n->kind == UT__TELL_ALERT && l->alert && n->text)
            l->alert(l->arg, n->text);
        if (tell && n->kind == UT__TELL_CHANGED && l->changed)
            l->changed(l->arg, n->what, n->text ? n->text : "");
        free(n->text);
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
        ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_SHARED, NULL);
    s->shared_changed = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    ut__flush_notices(s, rc == SQLITE_OK);
    return rc;
}

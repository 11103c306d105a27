/* SPDX-License-Identifier: MIT */
/* What is quiet, and until when. */

#include "store/args.h"
#include "store/questions.h"
#include "store/shared.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

static void fill_quiet(void *row, sqlite3_stmt *st)
{
    struct ut__quiet *q = row;
    ut__sql_column(st, 0, q->kind, sizeof q->kind);
    ut__sql_column(st, 1, q->name, sizeof q->name);
    q->until_ms = sqlite3_column_int64(st, 2);
    ut__sql_column(st, 3, q->by, sizeof q->by);
    ut__sql_column(st, 4, q->why, sizeof q->why);
    q->set_ms = sqlite3_column_int64(st, 5);
}

int ut__i_quiets(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    return ut__sql_rows(
        s->db, &out->rows, &out->count, sizeof *out->quiets, fill_quiet,
        "SELECT kind, name, until_ms, by, why, set_ms FROM quiets WHERE until_ms > ?", "i",
        ut__wall_ms());
}

/* Whatever is over is told to nobody: each node forgets it by itself. */
static int put(struct ut__store *s, const struct ut__quiet *t)
{
    int rc = ut__sql_run(s->db, "DELETE FROM quiets WHERE until_ms <= ? OR (kind = ? AND name = ?)",
                         "iss", ut__wall_ms(), t->kind, t->name);
    if (rc != SQLITE_OK || !t->until_ms)
        return rc;
    return ut__sql_run(s->db, "INSERT INTO quiets VALUES(?,?,?,?,?,?)", "ssissi", t->kind, t->name,
                       t->until_ms, t->by, t->why, t->set_ms);
}

int ut__quiet_apply(struct ut__store *s, const char *kind, const char *name, json_t *value)
{
    static const int64_t longest_ms = 2 * (int64_t)86400000;
    struct ut__quiet t = {.until_ms = ut__arg_int(value, "until_ms", 0),
                          .set_ms = ut__arg_int(value, "set_ms", 0)};
    ut__inquiry_text(t.kind, sizeof t.kind, kind);
    ut__inquiry_text(t.name, sizeof t.name, name);
    ut__inquiry_text(t.by, sizeof t.by, ut__arg_text(value, "set_by"));
    ut__inquiry_text(t.why, sizeof t.why, ut__arg_text(value, "why"));
    if (!t.name[0] || t.until_ms > ut__wall_ms() + longest_ms)
        return SQLITE_MISMATCH;
    if (t.until_ms <= ut__wall_ms())
        t.until_ms = 0;
    ut__tell(s, UT__LEDGER_CHANGED_QUIETS, NULL);
    return put(s, &t);
}

int ut__i_quiet_set(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)out;
    return put(s, &q->quiet);
}

/* SPDX-License-Identifier: MIT */
/* What is quiet, and until when. */

#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

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

int ut__i_quiet_set(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__quiet *t = &q->quiet;
    (void)out;
    int rc = ut__sql_run(s->db, "DELETE FROM quiets WHERE until_ms <= ? OR (kind = ? AND name = ?)",
                         "iss", ut__wall_ms(), t->kind, t->name);
    if (rc != SQLITE_OK || !t->until_ms)
        return rc;
    return ut__sql_run(s->db, "INSERT INTO quiets VALUES(?,?,?,?,?,?)", "ssissi", t->kind, t->name,
                       t->until_ms, t->by, t->why, t->set_ms);
}

/* SPDX-License-Identifier: MIT */
/* Thresholds by queue, as supervisors have set them. */

#include "store/sql.h"
#include "store/state.h"

static const double BUDGET_MIN = 0.01, BUDGET_MAX = 10000.0;

static double number_or_none(sqlite3_stmt *st, int column)
{
    return sqlite3_column_type(st, column) == SQLITE_NULL ? -1.0
                                                          : sqlite3_column_double(st, column);
}

static void fill_threshold(void *row, sqlite3_stmt *st)
{
    struct ut__threshold *t = row;
    ut__sql_column(st, 0, t->queue, sizeof t->queue);
    t->threshold = number_or_none(st, 1);
    t->budget = number_or_none(st, 2);
    ut__sql_column(st, 3, t->set_by, sizeof t->set_by);
    t->set_ms = sqlite3_column_int64(st, 4);
}

#define SELECT "SELECT queue, threshold, budget, set_by, set_ms FROM thresholds"

int ut__i_thresholds(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->thresholds, fill_threshold,
                        SELECT " ORDER BY queue <> '*', queue", "");
}

int ut__i_threshold_set(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__threshold *t = &q->threshold;
    int one = (t->threshold >= 0.0) != (t->budget >= 0.0);
    if (!t->queue[0] || !one || t->threshold > 1.0 ||
        (t->budget >= 0.0 && (t->budget < BUDGET_MIN || t->budget > BUDGET_MAX)))
        return ut__fail(out, UT__LEDGER_BAD, "The threshold or budget is missing or out of range.",
                        "Give a threshold of 0 to 1, or a budget of 0.01 to 10000 false alerts in "
                        "100 h, not both.");
    int rc = ut__sql_run(s->db,
                         "INSERT OR REPLACE INTO thresholds VALUES(?1, iif(?2 < 0, NULL, ?2),"
                         " iif(?3 < 0, NULL, ?3), ?4, ?5)",
                         "sddsi", t->queue, t->threshold, t->budget, t->set_by, ut__wall_ms());
    if (rc == SQLITE_OK)
        rc = ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->thresholds, fill_threshold,
                          SELECT " WHERE queue = ?", "s", t->queue);
    ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    return rc;
}

int ut__i_threshold_unset(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM thresholds WHERE queue = ?", "s", q->queue);
    int n = sqlite3_changes(s->db);
    if (rc != SQLITE_OK)
        return rc;
    ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    return n ? SQLITE_OK
             : ut__fail(out, UT__LEDGER_NOT_FOUND, "This queue has no threshold of its own.",
                        "Nothing needs to be done.");
}

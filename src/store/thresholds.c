/* SPDX-License-Identifier: MIT */
/* Thresholds by queue, as supervisors have set them. */

#include "store/args.h"
#include "store/questions.h"
#include "store/shared.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

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

/* Keeps what held before, so that a change can be undone. An unset of what is not set is no change. */
static int note_step(struct ut__store *s, const char *queue, const char *by, double threshold,
                     double budget)
{
    return ut__sql_run(
        s->db,
        "INSERT INTO threshold_steps(queue, time_ms, by, threshold, budget,"
        " was_threshold, was_budget, was_by, was_ms) SELECT ?1, ?2, ?3, iif(?4 < 0,"
        " NULL, ?4), iif(?5 < 0, NULL, ?5), t.threshold, t.budget, t.set_by, t.set_ms"
        " FROM (SELECT 1) LEFT JOIN thresholds t ON t.queue = ?1 WHERE ?4 >= 0 OR ?5 >="
        " 0 OR t.queue IS NOT NULL",
        "sisdd", queue, ut__wall_ms(), by, threshold, budget);
}

static int is_sound(const struct ut__threshold *t)
{
    int one = (t->threshold >= 0.0) != (t->budget >= 0.0);
    return t->queue[0] && one && t->threshold <= 1.0 &&
           (t->budget < 0.0 || (t->budget >= BUDGET_MIN && t->budget <= BUDGET_MAX));
}

static int put(struct ut__store *s, const struct ut__threshold *t, int64_t set_ms)
{
    int rc = note_step(s, t->queue, t->set_by, t->threshold, t->budget);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "INSERT OR REPLACE INTO thresholds VALUES(?1, iif(?2 < 0, NULL, ?2),"
                         " iif(?3 < 0, NULL, ?3), ?4, ?5)",
                         "sddsi", t->queue, t->threshold, t->budget, t->set_by, set_ms);
    return rc;
}

int ut__threshold_apply(struct ut__store *s, const char *queue, json_t *value)
{
    struct ut__threshold t = {.threshold = ut__arg_num(value, "threshold", -1.0),
                              .budget = ut__arg_num(value, "budget", -1.0)};
    ut__inquiry_text(t.queue, sizeof t.queue, queue);
    ut__inquiry_text(t.set_by, sizeof t.set_by, ut__arg_text(value, "set_by"));
    ut__tell(s, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    if (value)
        return is_sound(&t) ? put(s, &t, ut__arg_int(value, "set_ms", 0)) : SQLITE_MISMATCH;
    int rc = note_step(s, queue, "", -1, -1);
    return rc == SQLITE_OK
               ? ut__sql_run(s->db, "DELETE FROM thresholds WHERE queue = ?", "s", queue)
               : rc;
}

int ut__i_threshold_set(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__threshold *t = &q->threshold;
    if (!is_sound(t))
        return ut__fail(out, UT__LEDGER_BAD, "The threshold or budget is missing or out of range.",
                        "Give a threshold of 0 to 1, or a budget of 0.01 to 10000 false alerts in "
                        "100 h, not both.");
    int rc = put(s, t, ut__wall_ms());
    if (rc == SQLITE_OK)
        rc = ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->thresholds, fill_threshold,
                          SELECT " WHERE queue = ?", "s", t->queue);
    ut__tell(s, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    return rc;
}

int ut__i_threshold_unset(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    int rc = note_step(s, q->queue, "", -1, -1), n = 0;
    if (rc == SQLITE_OK) {
        rc = ut__sql_run(s->db, "DELETE FROM thresholds WHERE queue = ?", "s", q->queue);
        n = sqlite3_changes(s->db);
    }
    if (rc != SQLITE_OK)
        return rc;
    ut__tell(s, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    return n ? SQLITE_OK
             : ut__fail(out, UT__LEDGER_NOT_FOUND, "This queue has no threshold of its own.",
                        "Nothing needs to be done.");
}

int ut__q_threshold_undo(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t step = 0;
    const char *queue = ut__arg_text(args, "queue");
    int rc = ut__sql_int(s->db, &step, "SELECT max(id) FROM threshold_steps WHERE queue = ?", "s",
                         queue);
    if (rc == SQLITE_OK && !step)
        return ut__fail(out, UT__LEDGER_NOT_FOUND, "No change of this queue's threshold is kept.",
                        "Nothing needs to be done.");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "DELETE FROM thresholds WHERE queue = ?", "s", queue);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(
            s->db,
            "INSERT INTO thresholds SELECT queue, was_threshold, was_budget, was_by, was_ms"
            " FROM threshold_steps WHERE id = ? AND was_by IS NOT NULL",
            "i", step);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "DELETE FROM threshold_steps WHERE id = ?", "i", step);
    ut__tell(s, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    return rc == SQLITE_OK
               ? ut__sql_text(
                     s->db, &out->json,
                     "SELECT json_object('queue', ?1, 'threshold', t.threshold, 'budget',"
                     " t.budget, 'set_by', t.set_by, 'set_ms', t.set_ms) FROM (SELECT 1) LEFT"
                     " JOIN thresholds t ON t.queue = ?1",
                     "s", queue)
               : rc;
}

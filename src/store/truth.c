/* SPDX-License-Identifier: MIT */
/* Verdicts and marks as labels of recordings. */

#include "store/truth.h"

#include <stdlib.h>

#include <undertone/error.h>

#include "base/csv.h"
#include "store/desk.h"

/* The second call of a capture is PATH:2, as in a replay. */
static const char sql[] =
    "WITH said AS (SELECT a.call_id, a.t, a.for_s, " UT__SQL_RIGHT " AS right FROM alerts a),"
    " known AS (SELECT call_id, iif(right, max(t - for_s, 0), NULL) AS onset FROM said WHERE right"
    " IS NOT NULL UNION ALL SELECT call_id, t FROM " UT__SQL_MISSES
    " UNION ALL SELECT call_id, NULL FROM marks WHERE kind = 'calm'),"
    " named AS (SELECT c.id, r.path || iif(row_number() OVER (PARTITION BY c.recording ORDER BY"
    " c.id) > 1, ':' || row_number() OVER (PARTITION BY c.recording ORDER BY c.id), '') AS path"
    " FROM calls c JOIN recordings r ON r.hash = c.recording)"
    " SELECT n.path, min(k.onset) FROM known k LEFT JOIN named n ON n.id = k.call_id GROUP BY"
    " k.call_id ORDER BY n.path";

static void put_field(struct ut__text *t, const char *field)
{
    size_t n = ut__csv_field(NULL, 0, field);
    char *buf = malloc(n + 1);
    if (buf)
        (void)ut__csv_field(buf, n + 1, field);
    t->failed |= !buf;
    ut__text_raw(t, buf ? buf : "");
    free(buf);
}

static void put_row(struct ut__text *t, struct ut__truth *truth, sqlite3_stmt *st)
{
    const char *path = (const char *)sqlite3_column_text(st, 0);
    int escalated = sqlite3_column_type(st, 1) != SQLITE_NULL;
    if (!path) {
        truth->elsewhere++;
        return;
    }
    put_field(t, path);
    ut__text_raw(t, ",");
    if (escalated)
        ut__text_num(t, sqlite3_column_double(st, 1), 2);
    ut__text_raw(t, "\n");
    truth->rows++;
    truth->escalated += escalated != 0;
}

int ut__truth_read(const char *dir, struct ut__text *csv, struct ut__truth *truth,
                   struct ut__problem *problem)
{
    sqlite3_stmt *st = NULL;
    *truth = (struct ut__truth){.rows = 0};
    sqlite3 *db = ut__schema_of(dir, problem);
    if (!db)
        return UT_EIO;
    ut__text_raw(csv, "file,onset_s\n");
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        put_row(csv, truth, st);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    if (rc == SQLITE_DONE)
        return 0;
    ut__schema_problem(problem, rc, dir);
    return UT_EIO;
}

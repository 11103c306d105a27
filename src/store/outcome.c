/* SPDX-License-Identifier: MIT */
/* How callers left, and what agents had to listen to. Both are of callers' stress alone. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/args.h"
#include "store/query.h"
#include "store/questions.h"
#include "store/recovery.h"
#include "store/sql.h"
#include "store/state.h"

enum { HOUR_MS = 3600000 };
static const int64_t DAY_MS = 24 * (int64_t)HOUR_MS;

static void put_recovery(json_t *row, const struct ut__recovery *r)
{
    json_object_set_new(row, "recovery_adjusted",
                        r ? json_real(round(r->mean * 1e3) / 1e3) : json_null());
    json_object_set_new(row, "recovery_low",
                        r && r->n > 1 ? json_real(round(r->low * 1e3) / 1e3) : json_null());
    json_object_set_new(row, "recovery_high",
                        r && r->n > 1 ? json_real(round(r->high * 1e3) / 1e3) : json_null());
    json_object_set_new(row, "rank", r && r->rank ? json_integer(r->rank) : json_null());
}

/* Adds to each row what is fair to compare. */
static int add_recovery(struct ut__store *s, int agent, int64_t from_ms, int64_t to_ms,
                        const char *scope, struct ut__answer *out)
{
    struct ut__recovery *list = NULL;
    size_t n = 0, i;
    double mean;
    int rc = ut__recovery(s->db, agent, from_ms, to_ms, scope, &list, &n, &mean);
    json_t *root = rc == SQLITE_OK ? json_loads(out->json ? out->json : "", 0, NULL) : NULL, *row;
    json_array_foreach(json_object_get(root, "rows"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        const struct ut__recovery *found = NULL;
        for (size_t k = 0; name && k < n && !found; k++)
            found = strcmp(list[k].name, name) == 0 ? &list[k] : NULL;
        put_recovery(row, found);
    }
    free(list);
    free(out->json);
    out->json = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(root);
    return rc == SQLITE_OK && !out->json ? SQLITE_NOMEM : rc;
}

int ut__q_outcomes(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by");
    int64_t now = ut__wall_ms();
    int agent = by && strcmp(by, "agent") == 0;
    if (by && !agent && strcmp(by, "queue") != 0)
        return ut__fail(out, UT__LEDGER_BAD, "Outcomes are not counted by that.",
                        "Give by=queue or agent.");
    int64_t from = ut__arg_int(args, "from_ms", now - 30 * DAY_MS);
    int64_t to = ut__arg_int(args, "to_ms", now);
    char sql[4096];
    const char *name = agent ? "agent" : "queue";
    /* Alerts and what callers said are few beside calls: each is summed by itself. */
    snprintf(sql, sizeof sql,
             "WITH told AS (SELECT c.%s AS name,"
             " round(avg(acknowledged_ms - raised_ms) / 1000.0, 1) AS answer_s,"
             " round(avg(cleared_t - t), 1) AS recovery_s"
             " FROM alerts a CROSS JOIN calls c ON c.id = a.call_id"
             " WHERE raised_ms BETWEEN ?2 AND ?3"
             " AND (?4 IS NULL OR c.queue IN (SELECT value FROM json_each(?4))) GROUP BY 1),"
             " said AS (SELECT c.%s AS name, count(*) AS n, round(avg(share), 3) AS share"
             " FROM feedback f CROSS JOIN calls c ON c.id = f.call_id"
             " WHERE started_ms BETWEEN ?2 AND ?3"
             " AND (?4 IS NULL OR c.queue IN (SELECT value FROM json_each(?4))) GROUP BY 1),"
             " sums AS (SELECT ut_sums(%s, scored, peak, end_stress, peak_end,"
             " iif(episodes > 0, recovery, NULL), episodes > 0,"
             " " UT__SQL_RESCUED ", recovered, alerts) AS list"
             " FROM calls WHERE ended_ms IS NOT NULL AND started_ms BETWEEN ?2 AND ?3"
             " AND (?4 IS NULL OR queue IN (SELECT value FROM json_each(?4)))),"
             " seen AS (SELECT value->>0 AS name, value->>1 AS calls, value->>2 AS scored,"
             " value->>5 AS peak, value->>7 AS end, value->>9 AS peak_end,"
             " value->>11 AS recovery, value->>12 AS episodes, value->>14 AS rescued,"
             " value->>17 AS rate, value->>18 AS alerts FROM sums, json_each(list))"
             " SELECT json_object('by', ?1, 'from_ms', ?2, 'to_ms', ?3, 'rows',"
             " json(coalesce(json_group_array(json(j)), '[]'))) FROM (SELECT"
             " json_object('name', s.name, 'calls', calls, 'scored', scored,"
             " 'mean_peak', round(peak, 3), 'mean_end', round(end, 3),"
             " 'mean_peak_end', round(peak_end, 3), 'mean_recovery', round(recovery, 3),"
             " 'episodes', episodes, 'rescued', rescued, 'feedback', coalesce(n, 0),"
             " 'mean_feedback', share, 'recovery_rate', round(rate, 3), 'alerts', alerts,"
             " 'mean_answer_s', answer_s, 'mean_recovery_s', recovery_s) AS j FROM seen s"
             " LEFT JOIN told USING(name) LEFT JOIN said USING(name)"
             " ORDER BY recovery DESC, s.name)",
             name, name, name);
    int rc =
        ut__sql_text(s->db, &out->json, sql, "siis", name, from, to, ut__arg_text(args, "scope"));
    return rc == SQLITE_OK ? add_recovery(s, agent, from, to, ut__arg_text(args, "scope"), out)
                           : rc;
}

int ut__q_exposure(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const char sql[] =
        "SELECT json_object('from_ms', ?1, 'to_ms', ?2, 'rows',"
        " json(coalesce(json_group_array(json(j)), '[]'))) FROM (SELECT json_object('agent',"
        " agent, 'from_ms', min(started_ms), 'to_ms', max(coalesce(ended_ms, ?2)), 'calls',"
        " count(*), 'talk_minutes', round(sum(coalesce(ended_ms, ?2) - started_ms) / 60000.0,"
        " 1), 'stressed_minutes', round(sum(elevated_s) / 60.0, 1), 'alert_minutes',"
        " round(sum(alert_s) / 60.0, 1), 'break_due', json(iif(sum(iif(coalesce(ended_ms, ?2) >"
        " ?2 - 3600000, alert_s, 0)) >= ?4 * 60 AND ?4 > 0, 'true', 'false'))) AS j FROM calls"
        " WHERE agent <> '' AND started_ms BETWEEN ?1 AND ?2 AND (?3 IS NULL OR agent = ?3) AND"
        " (?5 IS NULL OR queue IN (SELECT value FROM json_each(?5))) GROUP BY agent ORDER BY"
        " sum(alert_s) DESC, agent)";
    int64_t now = ut__wall_ms();
    return ut__sql_text(s->db, &out->json, sql, "iisis",
                        ut__arg_int(args, "from_ms", now - 12 * (int64_t)HOUR_MS),
                        ut__arg_int(args, "to_ms", now), ut__arg_text(args, "agent"),
                        (int64_t)s->cfg.break_min, ut__arg_text(args, "scope"));
}

static void fill_exposed(void *row, sqlite3_stmt *st)
{
    struct ut__exposed *e = row;
    ut__sql_column(st, 0, e->agent, sizeof e->agent);
    e->minute = sqlite3_column_int64(st, 1);
    e->seconds = (uint32_t)sqlite3_column_int64(st, 2);
}

/* Of calls alone that had an alert: the seconds of the others need not be read. */
int ut__i_exposed(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    int64_t now = ut__wall_ms();
    (void)q;
    return ut__sql_rows(
        s->db, &out->rows, &out->count, sizeof *out->exposed, fill_exposed,
        "WITH recent AS (SELECT * FROM calls WHERE started_ms > ?1 - 86400000 AND"
        " coalesce(ended_ms, ?1) > ?1 - 3600000 AND (alerts > 0 OR alert_s > 0) AND agent <> ''"
        " AND source <> 'import') SELECT agent, minute, sum(n) FROM (SELECT agent, CAST(started_ms"
        " + t * 1000 AS INTEGER) / 60000 AS minute, 1 AS n FROM recent JOIN scores ON call_id ="
        " recent.id WHERE state = ?2 UNION ALL SELECT agent, value->>0, value->>1 FROM recent,"
        " json_each(exposed)) GROUP BY agent, minute HAVING minute > ?1 / 60000 - 60 ORDER BY"
        " minute",
        "ii", now, (int64_t)UT_STATE_ALERT);
}

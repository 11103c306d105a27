/* SPDX-License-Identifier: MIT */
/* How calls and alerts went over the days, or over the hours of a day, in all queues or one. */

#include <stdio.h>
#include <string.h>

#include "store/args.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { SQL_BYTES = 4096, ROWS_MAX = 400 };
static const int64_t DAYS_30_MS = 30 * (int64_t)86400000;

int ut__q_trends(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char sql[SQL_BYTES];
    const char *by = ut__arg_text(args, "by");
    int64_t now = ut__wall_ms();
    int hour = by && strcmp(by, "hour") == 0;
    if (by && !hour && strcmp(by, "day") != 0)
        return ut__fail(out, UT__LEDGER_BAD, "Trends are not told by that.",
                        "Give by=day or hour.");
    snprintf(
        sql, sizeof sql,
        "WITH seen AS (SELECT id, strftime('%s', started_ms / 1000, 'unixepoch', 'localtime') AS"
        " name, scored, peak, end_stress, alerts FROM calls WHERE ended_ms IS NOT NULL AND"
        " started_ms BETWEEN ?2 AND ?3 AND (?4 IS NULL OR queue = ?4) AND (?5 IS NULL OR queue IN"
        " (SELECT value FROM json_each(?5)))), told AS (SELECT name, count(*) AS alerts,"
        " count(acknowledged_ms) AS answered, round(avg(acknowledged_ms - raised_ms) / 1000.0, 1)"
        " AS answer_s, count(escalated_ms) AS escalated, sum(state = 'expired') AS expired,"
        " count(ut_right(outcome)) AS judged, coalesce(sum(ut_right(outcome)), 0) AS right FROM"
        " alerts JOIN seen ON seen.id = call_id GROUP BY name) SELECT json_object('by', ?1,"
        " 'from_ms', ?2, 'to_ms', ?3, 'rows', json(coalesce((SELECT json_group_array(json(j)) FROM"
        " (SELECT json_object('name', s.name, 'calls', count(*), 'scored', sum(scored), "
        "'mean_peak',"
        " round(avg(iif(scored, peak, NULL)), 3), 'mean_end', round(avg(iif(scored, end_stress,"
        " NULL)), 3), 'alerted', sum(s.alerts > 0), 'alerts', coalesce(t.alerts, 0), 'answered',"
        " coalesce(t.answered, 0), 'mean_answer_s', t.answer_s, 'escalated', coalesce(t.escalated,"
        " 0), 'expired', coalesce(t.expired, 0), 'judged', coalesce(t.judged, 0), 'right',"
        " coalesce(t.right, 0), 'precision', round(t.right * 1.0 / nullif(t.judged, 0), 3), 'low',"
        " ut_wilson(t.right, t.judged, 0), 'high', ut_wilson(t.right, t.judged, 1)) AS j FROM seen "
        "s LEFT JOIN told t ON t.name = s.name GROUP BY "
        "s.name"
        " ORDER BY s.name LIMIT %d)), '[]')))",
        hour ? "%H" : "%Y-%m-%d", ROWS_MAX);
    return ut__sql_text(s->db, &out->json, sql, "siiss", hour ? "hour" : "day",
                        ut__arg_int(args, "from_ms", now - DAYS_30_MS),
                        ut__arg_int(args, "to_ms", now), ut__arg_text(args, "queue"),
                        ut__arg_text(args, "scope"));
}

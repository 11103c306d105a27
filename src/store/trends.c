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
    const char *name = hour ? "%H" : "%Y-%m-%d";
    snprintf(
        sql, sizeof sql,
        /* By quarters of an hour first, each a stretch of an index, so that nothing is sorted and the local time is asked
         * for seldom: no zone steps but by quarters. */
        "WITH RECURSIVE quarters(ms) AS (SELECT max(?2, (SELECT min(started_ms) FROM calls)) /"
        " 900000 * 900000 UNION ALL SELECT ms + 900000 FROM quarters WHERE ms + 900000 <="
        " min(?3, (SELECT max(started_ms) FROM calls))), sums AS MATERIALIZED (SELECT ms,"
        " (SELECT json_array(count(*), sum(scored), sum(iif(scored, peak, NULL)),"
        " count(iif(scored, peak, NULL)), sum(iif(scored, end_stress, NULL)), count(iif(scored,"
        " end_stress, NULL)), sum(alerts > 0)) FROM calls WHERE ended_ms IS NOT NULL AND"
        " started_ms BETWEEN max(ms, ?2) AND min(ms + 899999, ?3) AND (?4 IS NULL OR queue = ?4)"
        " AND (?5 IS NULL OR queue IN (SELECT value FROM json_each(?5)))) AS j FROM quarters),"
        " seen AS (SELECT strftime('%s', ms / 1000, 'unixepoch', 'localtime') AS name,"
        " sum(j->>0) AS calls, sum(j->>1) AS scored, sum(j->>2) / sum(j->>3) AS peak, sum(j->>4)"
        " / sum(j->>5) AS end, sum(j->>6) AS alerted FROM sums WHERE j->>0 GROUP BY name), told"
        " AS (SELECT strftime('%s', started_ms / 1000, 'unixepoch', 'localtime') AS name,"
        " count(*) AS alerts, count(acknowledged_ms) AS answered, round(avg(acknowledged_ms -"
        " raised_ms) / 1000.0, 1) AS answer_s, count(escalated_ms) AS escalated, sum(a.state ="
        " 'expired') AS expired, count(ut_right(outcome)) AS judged,"
        " coalesce(sum(ut_right(outcome)), 0) AS right FROM alerts a CROSS JOIN calls c ON c.id"
        " = a.call_id WHERE a.raised_ms >= ?2 AND c.ended_ms IS NOT NULL AND c.started_ms"
        " BETWEEN ?2 AND ?3 AND (?4 IS NULL OR queue = ?4) AND (?5 IS NULL OR queue IN (SELECT"
        " value FROM json_each(?5))) GROUP BY name) SELECT json_object('by', ?1, 'from_ms', ?2,"
        " 'to_ms', ?3, 'rows', json(coalesce((SELECT json_group_array(json(j)) FROM (SELECT"
        " json_object('name', s.name, 'calls', s.calls, 'scored', s.scored, 'mean_peak',"
        " round(s.peak, 3), 'mean_end', round(s.end, 3), 'alerted', s.alerted, 'alerts',"
        " coalesce(t.alerts, 0), 'answered', coalesce(t.answered, 0), 'mean_answer_s',"
        " t.answer_s, 'escalated', coalesce(t.escalated, 0), 'expired', coalesce(t.expired, 0),"
        " 'judged', coalesce(t.judged, 0), 'right', coalesce(t.right, 0), 'precision',"
        " round(t.right * 1.0 / nullif(t.judged, 0), 3), 'low', ut_wilson(t.right, t.judged, 0),"
        " 'high', ut_wilson(t.right, t.judged, 1)) AS j FROM seen s LEFT JOIN told t ON t.name ="
        " s.name ORDER BY s.name LIMIT %d)), '[]')))",
        name, name, ROWS_MAX);
    return ut__sql_text(s->db, &out->json, sql, "siiss", hour ? "hour" : "day",
                        ut__arg_int(args, "from_ms", now - DAYS_30_MS),
                        ut__arg_int(args, "to_ms", now), ut__arg_text(args, "queue"),
                        ut__arg_text(args, "scope"));
}

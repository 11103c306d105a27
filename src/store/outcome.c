/* SPDX-License-Identifier: MIT */
/* How callers left, and what agents had to listen to. Both are of callers' stress alone. */

#include <string.h>

#include "store/sql.h"
#include "store/state.h"

enum { HOUR_MS = 3600000 };
static const int64_t DAY_MS = 24 * (int64_t)HOUR_MS;

int ut__q_outcomes(struct ut__store *s, json_t *args, struct ut__answer *out)
{
#define OUTCOMES_BY(column)                                                                        \
    "SELECT json_object('by', ?1, 'from_ms', ?2, 'to_ms', ?3, 'rows',"                             \
    " json(coalesce(json_group_array(json(j)), '[]'))) FROM (SELECT json_object('name', " column   \
    ", 'calls', count(*), 'scored', sum(scored), 'mean_peak', round(avg(peak), 3), 'mean_end',"    \
    " round(avg(end_stress), 3), 'mean_peak_end', round(avg(peak_end), 3), 'mean_recovery',"       \
    " round(avg(recovery), 3), 'recovery_rate', round(avg(recovered), 3), 'alerts', sum(alerts),"  \
    " 'mean_answer_s', (SELECT round(avg(a.acknowledged_ms - a.raised_ms) / 1000.0, 1) FROM"       \
    " alerts a JOIN calls x ON x.id = a.call_id WHERE x." column " = c." column " AND (?4 IS NULL" \
    " OR x.queue IN (SELECT value FROM json_each(?4))) AND a.raised_ms BETWEEN ?2 AND ?3), "       \
    "'mean_recovery_s', (SELECT round(avg(a.cleared_t - a.t), 1)"                                  \
    " FROM alerts a JOIN calls x ON x.id = a.call_id WHERE x." column " = c." column " AND (?4 IS" \
    " NULL OR x.queue IN (SELECT value FROM json_each(?4))) AND a.raised_ms BETWEEN ?2 AND ?3)) "  \
    "AS j FROM calls c WHERE ended_ms IS NOT NULL AND started_ms"                                  \
    " BETWEEN ?2 AND ?3 AND (?4 IS NULL OR queue IN (SELECT value FROM json_each(?4))) GROUP "     \
    "BY " column " ORDER BY avg(recovery) DESC, " column ")"
    const char *by = ut__arg_text(args, "by");
    int64_t now = ut__wall_ms();
    int agent = by && strcmp(by, "agent") == 0;
    if (by && !agent && strcmp(by, "queue") != 0)
        return ut__fail(out, UT__LEDGER_BAD, "Outcomes are not counted by that.",
                        "Give by=queue or agent.");
    return ut__sql_text(s->db, &out->json, agent ? OUTCOMES_BY("agent") : OUTCOMES_BY("queue"),
                        "siis", agent ? "agent" : "queue",
                        ut__arg_int(args, "from_ms", now - 30 * DAY_MS),
                        ut__arg_int(args, "to_ms", now), ut__arg_text(args, "scope"));
}

int ut__q_exposure(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const char sql[] =
        "SELECT json_object('from_ms', ?1, 'to_ms', ?2, 'rows',"
        " json(coalesce(json_group_array(json(j)), '[]'))) FROM (SELECT json_object('agent', agent,"
        " 'from_ms', min(started_ms), 'to_ms', max(coalesce(ended_ms, ?2)), 'calls', count(*),"
        " 'talk_minutes', round(sum(coalesce(ended_ms, ?2) - started_ms) / 60000.0, 1),"
        " 'stressed_minutes', round(sum(elevated_s) / 60.0, 1), 'alert_minutes',"
        " round(sum(alert_s) / 60.0, 1), 'break_due', json(iif(sum(iif(coalesce(ended_ms, ?2) > ?2"
        " - 3600000, alert_s, 0)) >= ?4 * 60 AND ?4 > 0, 'true', 'false'))) AS j FROM calls WHERE"
        " agent <> '' AND started_ms BETWEEN ?1 AND ?2 AND (?3 IS NULL OR agent = ?3) AND (?5 IS "
        "NULL"
        " OR queue IN (SELECT value FROM json_each(?5))) GROUP BY agent"
        " ORDER BY sum(alert_s) DESC, agent)";
    int64_t now = ut__wall_ms();
    return ut__sql_text(s->db, &out->json, sql, "iisis",
                        ut__arg_int(args, "from_ms", now - 12 * (int64_t)HOUR_MS),
                        ut__arg_int(args, "to_ms", now), ut__arg_text(args, "agent"),
                        (int64_t)s->cfg.break_min, ut__arg_text(args, "scope"));
}

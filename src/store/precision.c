/* SPDX-License-Identifier: MIT */
/*
 * How many of the alerts were right, by the verdicts: with the interval of Wilson (base/interval.h), beside
 * the share of alerts without a verdict, and the moments at which an alert was missed.
 */

#include <stdio.h>
#include <string.h>

#include "store/args.h"
#include "store/desk.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { SQL_BYTES = 4096, ROWS_MAX = 200 };
static const int64_t DAYS_30_MS = 30 * (int64_t)86400000;

/* What alerts and missed moments are told apart by. */
static const struct {
    const char *by, *alert, *missed;
} parts[] = {
    {"queue", "c.queue", "c.queue"},
    {"hour", "strftime('%H', a.raised_ms / 1000, 'unixepoch', 'localtime')",
     "strftime('%H', c.started_ms / 1000 + m.t, 'unixepoch', 'localtime')"},
    {"reason",
     "coalesce(json_extract(a.reasons, '$[0].feature'), iif(a.text LIKE '%words:%', 'words',"
     " 'voice'))",
     "NULL"},
};

/* Members of a sum over `seen`. */
#define SUMS                                                                                       \
    "'alerts', coalesce(sum(alert), 0), 'judged', count(right), 'right', coalesce(sum(right), 0)," \
    " 'wrong', count(right) - coalesce(sum(right), 0), 'precision', round(sum(right) * 1.0 /"      \
    " nullif(count(right), 0), 3), 'low', ut_wilson(coalesce(sum(right), 0), count(right), 0),"    \
    " 'high', ut_wilson(coalesce(sum(right), 0), count(right), 1), 'unjudged',"                    \
    " coalesce(sum(alert), 0) - count(right), 'unjudged_share', round(1 - count(right) * 1.0 /"    \
    " nullif(sum(alert), 0), 3), 'missed', coalesce(sum(miss), 0)"

int ut__q_precision(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char sql[SQL_BYTES];
    const char *by = ut__arg_text(args, "by");
    int64_t now = ut__wall_ms();
    size_t i = 0;
    while (by && i < sizeof parts / sizeof parts[0] && strcmp(by, parts[i].by) != 0)
        i++;
    if (i == sizeof parts / sizeof parts[0])
        return ut__fail(out, UT__LEDGER_BAD, "Precision is not counted by that.",
                        "Give by=queue, hour or reason.");
#define WITHIN                                                                                     \
    " BETWEEN ?2 AND ?3 AND (?4 IS NULL OR c.queue = ?4) AND (?5 IS NULL OR c.queue IN (SELECT"    \
    " value FROM json_each(?5)))"
    snprintf(
        sql, sizeof sql,
        "WITH seen AS (SELECT %s AS name, 1 AS alert, " UT__SQL_RIGHT " AS right, 0 AS miss"
        " FROM alerts a JOIN calls c ON c.id = a.call_id WHERE a.raised_ms" WITHIN
        " UNION ALL SELECT %s, 0, NULL, 1 FROM " UT__SQL_MISSES
        " m JOIN calls c ON c.id = m.call_id WHERE"
        " c.started_ms" WITHIN ") SELECT json_object('by', ?1, 'from_ms', ?2, 'to_ms', ?3,"
        " 'total', (SELECT json_object(" SUMS ") FROM seen), 'rows',"
        " json(coalesce((SELECT json_group_array(json(j)) FROM (SELECT json_object('name', name,"
        " " SUMS ") AS j FROM seen WHERE name IS NOT NULL GROUP BY name ORDER BY sum(alert)"
        " DESC, name LIMIT %d)), '[]')))",
        parts[i].alert, parts[i].missed, ROWS_MAX);
    return ut__sql_text(s->db, &out->json, sql, "siiss", parts[i].by,
                        ut__arg_int(args, "from_ms", now - DAYS_30_MS),
                        ut__arg_int(args, "to_ms", now), ut__arg_text(args, "queue"),
                        ut__arg_text(args, "scope"));
}

/* SPDX-License-Identifier: MIT */
/* Calls, scores, timelines and alerts: SQLite itself makes the JSON. */

#include "store/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/args.h"
#include "store/desk.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/verdict.h"

enum { SQL_BYTES = 16384, LIMIT_DEFAULT = 50, LIMIT_MAX = 500 };

/* A Call of the OpenAPI file from a row of `calls`. A live one shows its stored part alone. */
const char ut__sql_call[] =
    "json_object('call', c.call, 'node', c.node, 'live', json(iif(c.ended_ms IS NULL, 'true',"
    " 'false')), 'source', c.source, 'queue', c.queue, 'agent', c.agent, 'has_agent',"
    " json(iif(c.has_agent, 'true', 'false')), 'caller_key', c.caller_key, 'started_ms',"
    " c.started_ms, 'ended_ms', c.ended_ms, 'end_reason', c.end_reason, 'on_hold', json('false'),"
    " 't', coalesce(c.duration_s, 0), 'stress', NULL, 'arousal', NULL, 'valence', NULL,"
    " 'confidence', NULL, 'state', coalesce((SELECT ut_state(state) FROM scores WHERE call_id ="
    " c.id ORDER BY t DESC LIMIT 1), 'abstain'), 'why', (SELECT ut_why(why) FROM scores WHERE"
    " call_id = c.id ORDER BY t DESC LIMIT 1), 'state_since', 0, 'talk', 'none', 'level_dbfs', "
    "NULL,"
    " 'speech_s', coalesce(json_extract(c.summary, '$.caller_speech_s'), 0), 'line', 'unknown',"
    " 'spark', json('[]'), 'peak', c.peak, 'alerts', c.alerts, 'open_alert', (SELECT alert FROM"
    " alerts WHERE call_id = c.id AND state IN ('raised', 'acknowledged') ORDER BY id DESC LIMIT "
    "1),"
    " 'peak_end', c.peak_end, 'end', c.end_stress, 'recovery', iif(c.episodes > 0, c.recovery, "
    "NULL))";

/* An Alert from a row `a` of alerts and `c` of its call. */
const char ut__sql_alert[] =
    "json_object('alert', a.alert, 'call', c.call, 'n', a.n, 'node', c.node, 'source', c.source,"
    " 'queue', c.queue, 'agent', c.agent, 't', a.t, 'stress', iif(a.stress < 0, NULL,"
    " a.stress), 'for_s', a.for_s,"
    " 'reasons', json(a.reasons), 'text', a.text, 'rule', json(a.rule), 'channels', "
    "json(ut_names(a.channels)), 'severity', "
    "ut_severity(a.severity, a.stress,"
    " a.escalated_ms IS NOT NULL), 'state', a.state, 'cleared',"
    " json(iif(a.cleared, 'true', 'false')), 'escalated', json(iif(a.escalated_ms IS NULL, 'false',"
    " 'true')), 'assigned_to', a.assigned_to, 'raised_ms', a.raised_ms, 'asked_ms', a.due_ms,"
    " 'escalated_ms',"
    " a.escalated_ms, 'acknowledged_ms', a.acknowledged_ms, 'acknowledged_by', a.acknowledged_by,"
    " 'cleared_ms', a.cleared_ms, 'cleared_t', a.cleared_t, 'resolved_ms', a.resolved_ms,"
    " 'resolved_by', a.resolved_by, 'expired_ms', a.expired_ms, 'outcome', a.outcome, 'judged_ms', "
    "a.judged_ms, 'judged_by', a.judged_by, 'judged_source',"
    " a.judged_source, 'answer_s',"
    " (a.acknowledged_ms - a.raised_ms) / 1000.0, 'recovery_s', round(a.cleared_t - a.t, 2),"
    " 'notes', json((SELECT coalesce(json_group_array(json_object('time_ms', time_ms, 'by', by,"
    " 'text', text)), '[]') FROM (SELECT * FROM life WHERE alert_id = a.id AND text IS NOT NULL AND"
    " action IN ('noted', 'acknowledged', 'resolved', 'judged') ORDER BY id))), 'stored', "
    "json('true'),"
    " 'suggestion', json_object('action', CASE WHEN a.state IN ('resolved', 'expired') OR a.cleared"
    " THEN 'none' WHEN a.escalated_ms IS NOT NULL THEN 'take_over' ELSE 'offer_help' END, 'call',"
    " c.call, 'free_script', json(iif(a.cleared, 'false', 'true')), 'agents', json(a.agents)))";
const char ut__sql_alert_from[] = " FROM alerts a JOIN calls c ON c.id = a.call_id";

static const char score_row[] =
    "json_array(t, stress, arousal, valence, confidence, ut_state(state), ut_why(why),"
    " ut_talk(talk), level, speech, f0, effort, rate, harshness, variation, words)";
#define SCORE_COLUMNS                                                                              \
    "json_array('t', 'stress', 'arousal', 'valence', 'confidence', 'state', 'why', 'talk',"        \
    " 'level_dbfs', 'speech_s', 'f0', 'effort', 'rate', 'harshness', 'variation',"                 \
    " 'words')"

/* A page of a list: how many, and how many to leave out before. */
struct page {
    int64_t limit, offset;
    char next[24];
};

static int read_page(json_t *args, struct page *p)
{
    const char *cursor = ut__arg_text(args, "cursor");
    char *rest = NULL;
    p->limit = ut__arg_int(args, "limit", LIMIT_DEFAULT);
    p->offset = cursor ? strtoll(cursor, &rest, 10) : 0;
    snprintf(p->next, sizeof p->next, "%lld", (long long)(p->offset + p->limit));
    return p->limit >= 1 && p->limit <= LIMIT_MAX && p->offset >= 0 &&
           (!cursor || (rest != cursor && !*rest));
}

static int bad_page(struct ut__answer *out)
{
    return ut__fail(out, UT__LEDGER_BAD, "limit or cursor makes no sense.",
                    "Give a limit of 1 to 500, and as cursor what `next` said.");
}

/*
 * SELECT json_object(NAME, rows, 'next', cursor) around an inner select of one column `j`, which
 * ends with LIMIT ?1 OFFSET ?2 and asks for one row more than is shown.
 */
static void wrap_page(char *sql, size_t cap, const char *name, const char *inner)
{
    snprintf(sql, cap,
             "WITH rows AS (%s) SELECT json_object('%s', json(coalesce((SELECT"
             " json_group_array(json(j)) FROM (SELECT j FROM rows LIMIT ?1)), '[]')), 'next',"
             " iif((SELECT count(*) FROM rows) > ?1, ?3, NULL))",
             inner, name);
}

/* Calls without the value come last, the newer first among equals. */
static const char *order_of(const char *sort)
{
    static const char *const orders[][2] = {
        {"oldest", "c.started_ms, c.id"},
        {"peak", "c.peak DESC, c.id DESC"},
        {"end", "c.end_stress DESC, c.id DESC"},
        {"peak_end", "c.peak_end DESC, c.id DESC"},
        {"recovery", "c.episodes = 0, c.recovery, c.id DESC"},
        {"length", "c.duration_s DESC, c.id DESC"},
        {"alerts", "c.alerts DESC, c.id DESC"},
    };
    for (size_t i = 0; sort && i < sizeof orders / sizeof orders[0]; i++)
        if (strcmp(sort, orders[i][0]) == 0)
            return orders[i][1];
    return "c.started_ms DESC, c.id DESC";
}

/*
 * Which calls are asked for. What lies beside calls is looked through once, not once a call; what is said of a
 * call itself stands in the index calls_started, so that the rows of a million calls need not be read.
 */
static const char calls_where[] =
    " FROM calls c WHERE (?4 IS NULL OR c.queue = ?4) AND (?5 IS NULL OR c.agent = ?5) AND (?6"
    " IS NULL OR ut_has(?6, c.call, c.queue, c.agent, c.source) OR c.id IN (SELECT call_id FROM "
    "tags"
    " WHERE ut_has(?6, name || '=' || value) UNION ALL SELECT call_id FROM alerts WHERE ut_has(?6,"
    " text) UNION ALL SELECT a.call_id FROM life l JOIN alerts a ON a.id = l.alert_id WHERE"
    " ut_has(?6, l.text) UNION ALL SELECT call_id FROM marks WHERE ut_has(?6, text) UNION ALL"
    " SELECT call_id FROM follow_ups WHERE ut_has(?6, who, text) UNION ALL SELECT call_id FROM"
    " missed WHERE ut_has(?6, note) UNION ALL SELECT call_id FROM lines WHERE ut_has(?6, text)"
    " UNION ALL SELECT call_id FROM feedback WHERE ut_has(?6, text)))"
    " AND (?7 IS NULL OR c.caller_key = ?7) AND (?8 < 0 OR c.peak >= ?8) AND (?9 IS NULL OR"
    " (c.alerts > 0) = (?9 = 'yes')) AND c.started_ms BETWEEN ?10 AND ?11 AND (?12 = 'all' OR"
    " (c.ended_ms IS NULL) = (?12 = 'live')) AND (?13 IS NULL OR c.queue IN (SELECT value FROM"
    " json_each(?13))) AND (?14 IS NULL OR (c.source = 'import') = (?14 = 'import')) AND (?15 IS"
    " NULL OR " UT__SQL_RESCUED
    ") AND (?16 IS NULL OR c.id IN (SELECT call_id FROM marks WHERE ?16 = 'any' OR kind = ?16))"
    " AND (?17 IS NULL OR c.id IN (SELECT call_id FROM marks WHERE kind = 'tag' AND text = ?17"
    " UNION ALL SELECT call_id FROM tags WHERE name || '=' || value = ?17)) AND (?18 IS NULL OR"
    " c.id IN (SELECT call_id FROM alerts WHERE CASE ?18 WHEN 'words' THEN text LIKE '%words:%'"
    " WHEN 'rule' THEN rule IS NOT NULL ELSE EXISTS(SELECT 1 FROM json_each(reasons) WHERE"
    " json_extract(value, '$.feature') = ?18) END)) AND (?19 IS NULL OR c.id IN (SELECT call_id"
    " FROM follow_ups WHERE (done_ms IS NOT NULL) = (?19 = 'done') AND (?19 <> 'overdue' OR due_ms"
    " < ?20))) ORDER BY ";

int ut__q_calls(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char inner[SQL_BYTES / 2], sql[SQL_BYTES];
    const char *state = ut__arg_text(args, "state"), *order = order_of(ut__arg_text(args, "sort"));
    struct page p;
    if (!read_page(args, &p))
        return bad_page(out);
    /* Only what is shown is made into JSON, and not what is put in order. */
    snprintf(inner, sizeof inner,
             "SELECT %s AS j FROM (SELECT c.id AS shown%s%s LIMIT ?1 + 1 OFFSET ?2) CROSS JOIN"
             " calls c ON c.id = shown ORDER BY %s",
             ut__sql_call, calls_where, order, order);
    wrap_page(sql, sizeof sql, "calls", inner);
    return ut__sql_text(
        s->db, &out->json, sql, "iisssssdsiissssssssi", p.limit, p.offset, p.next,
        ut__arg_text(args, "queue"), ut__arg_text(args, "agent"), ut__arg_text(args, "q"),
        ut__arg_text(args, "caller"), ut__arg_num(args, "min_peak", -1.0),
        ut__arg_text(args, "alerted"), ut__arg_int(args, "from_ms", 0),
        ut__arg_int(args, "to_ms", INT64_MAX), state ? state : "all", ut__arg_text(args, "scope"),
        ut__arg_text(args, "origin"), ut__arg_text(args, "rescued"), ut__arg_text(args, "marked"),
        ut__arg_text(args, "tag"), ut__arg_text(args, "reason"), ut__arg_text(args, "follow_up"),
        ut__wall_ms());
}

/* The row of a call, 0 when there is none. */
static int call_row(struct ut__store *s, json_t *args, int64_t *row)
{
    *row = 0;
    return ut__sql_int(s->db, row, "SELECT id FROM calls WHERE call = ?", "s",
                       ut__arg_text(args, "call"));
}

int ut__q_call(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char sql[SQL_BYTES], *json = NULL;
    /* json_patch would lose nulls; so the call's closing brace is taken off and the rest appended.
     */
    snprintf(
        sql, sizeof sql,
        "SELECT rtrim(%s, '}') || ',\"summary\":' || coalesce(c.summary, 'null') ||"
        " ',\"turns\":' || coalesce(c.turns, 'null') || ',\"baseline\":' ||"
        " json_quote(c.baseline) || ',\"site\":' || json_quote(c.site) || ',\"alert_list\":' || "
        "coalesce((SELECT"
        " json_group_array(json(j)) FROM (SELECT %s AS j FROM alerts a WHERE a.call_id = c.id"
        " ORDER BY a.id)), '[]') || ',\"missed\":' || %s || ',\"feedback\":' || %s ||"
        " ',\"tags\":' || (SELECT json_group_object(name, value) FROM tags WHERE call_id = c.id)"
        " || ',\"marks\":' || %s || ',\"follow_ups\":' || %s || '}' "
        "FROM calls c WHERE c.call = ?1",
        ut__sql_call, ut__sql_alert, ut__sql_missed, ut__sql_feedback, ut__sql_marks,
        ut__sql_follow_ups);
    int rc = ut__sql_text(s->db, &json, sql, "s", ut__arg_text(args, "call"));
    return rc == SQLITE_OK ? ut__found(out, json, "There is no such call.") : rc;
}

int ut__q_recording(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char *json = NULL;
    int rc = ut__sql_text(s->db, &json,
                          "SELECT json_object('call', c.call, 'queue', c.queue, 'agent', c.agent,"
                          " 'started_ms', c.started_ms, 'path', r.path) FROM calls c LEFT JOIN"
                          " recordings r ON r.hash = c.recording WHERE c.call = ?",
                          "s", ut__arg_text(args, "call"));
    return rc == SQLITE_OK ? ut__found(out, json, "There is no such call.") : rc;
}

static int scores_text(struct ut__store *s, int64_t row, double from, double to, int64_t step,
                       char **out)
{
    char sql[SQL_BYTES];
    /* With a maximum, SQLite takes the other columns from the row that has it. */
    const char *pick = step > 1 ? "SELECT *, max(coalesce(stress, -1)) AS top FROM scores WHERE"
                                  " call_id = ?1 AND t BETWEEN ?2 AND ?3 GROUP BY CAST(t / ?4 AS"
                                  " INTEGER) ORDER BY t"
                                : "SELECT * FROM scores WHERE call_id = ?1 AND t BETWEEN ?2 AND ?3"
                                  " ORDER BY t";
    snprintf(sql, sizeof sql,
             "SELECT json_object('call', (SELECT call FROM calls WHERE id = ?1), 'columns',"
             " " SCORE_COLUMNS ", 'rows', json(coalesce((SELECT json_group_array(%s) FROM (%s)),"
             " '[]')), 'step_s', ?4)",
             score_row, pick);
    return ut__sql_text(s->db, out, sql, "iddi", row, from, to, step);
}

int ut__q_scores(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t row, step = ut__arg_int(args, "step_s", 1);
    int rc = call_row(s, args, &row);
    if (rc != SQLITE_OK)
        return rc;
    if (step < 1 || step > 3600)
        return ut__fail(out, UT__LEDGER_BAD, "step_s is out of its range.", "Give 1 to 3600.");
    if (!row)
        return ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such call.",
                        "Ask /api/v1/calls?state=all for those there are.");
    return scores_text(s, row, ut__arg_num(args, "from_s", 0.0), ut__arg_num(args, "to_s", 1e9),
                       step, &out->json);
}

int ut__q_timeline(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char sql[SQL_BYTES], *scores = NULL;
    int64_t row, step = ut__arg_int(args, "step_s", 1);
    int rc = call_row(s, args, &row);
    if (rc != SQLITE_OK)
        return rc;
    if (!row)
        return ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such call.",
                        "Ask /api/v1/calls?state=all for those there are.");
    rc = scores_text(s, row, 0.0, 1e9, step >= 1 && step <= 3600 ? step : 1, &scores);
    if (rc != SQLITE_OK)
        return rc;
    snprintf(
        sql, sizeof sql,
        "SELECT json_object('call', %s, 'scores', json(?2), 'alerts', json(coalesce((SELECT"
        " json_group_array(json(j)) FROM (SELECT %s AS j FROM alerts a WHERE a.call_id = c.id"
        " ORDER BY a.id)), '[]')), 'missed', json(%s), 'marks', json(%s), 'follow_ups', json(%s),"
        " 'tags', (SELECT json_group_object(name, value) FROM tags WHERE call_id = c.id),"
        " 'episodes', "
        "json(coalesce(json_extract(c.summary,"
        " '$.episodes'), '[]')), 'turns', json(c.turns), 'summary', json(c.summary),"
        " 'threshold', c.threshold) FROM calls c WHERE c.id = ?1",
        ut__sql_call, ut__sql_alert, ut__sql_missed, ut__sql_marks, ut__sql_follow_ups);
    rc = ut__sql_text(s->db, &out->json, sql, "is", row, scores);
    free(scores);
    return rc;
}

int ut__q_alerts(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const char where[] =
        " WHERE (?4 IS NULL OR c.queue = ?4) AND (?5 IS NULL OR c.agent = ?5) AND (?6 IS NULL OR"
        " c.call = ?6) AND a.raised_ms BETWEEN ?7 AND ?8 AND (?9 = 'all' OR a.state = ?9 OR (?9 ="
        " 'open' AND a.state IN ('raised', 'acknowledged'))) AND (?10 IS NULL OR c.queue IN (SELECT"
        " value FROM json_each(?10))) ORDER BY a.id DESC LIMIT ?1 + 1 OFFSET ?2";
    char inner[SQL_BYTES / 2], sql[SQL_BYTES];
    const char *state = ut__arg_text(args, "state");
    struct page p;
    if (!read_page(args, &p))
        return bad_page(out);
    snprintf(inner, sizeof inner, "SELECT %s AS j%s%s", ut__sql_alert, ut__sql_alert_from, where);
    wrap_page(sql, sizeof sql, "alerts", inner);
    return ut__sql_text(s->db, &out->json, sql, "iissssiiss", p.limit, p.offset, p.next,
                        ut__arg_text(args, "queue"), ut__arg_text(args, "agent"),
                        ut__arg_text(args, "call"), ut__arg_int(args, "from_ms", 0),
                        ut__arg_int(args, "to_ms", INT64_MAX), state ? state : "all",
                        ut__arg_text(args, "scope"));
}

int ut__q_alert(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char sql[SQL_BYTES], *json = NULL;
    snprintf(sql, sizeof sql, "SELECT %s%s WHERE a.alert = ?1", ut__sql_alert, ut__sql_alert_from);
    int rc = ut__sql_text(s->db, &json, sql, "s", ut__arg_text(args, "alert"));
    return rc == SQLITE_OK ? ut__found(out, json, "There is no such alert.") : rc;
}

/* The columns are those of ut__alert_rows. A row without texts is one for which there is no memory. */
static void fill_alert(void *row, sqlite3_stmt *st)
{
    struct ut__alert_state *a = row;
    int at = 0;
    const struct {
        char *to;
        size_t cap;
    } texts[] = {{a->id, sizeof a->id},
                 {a->node, sizeof a->node},
                 {a->call, sizeof a->call},
                 {a->queue, sizeof a->queue},
                 {a->agent, sizeof a->agent},
                 {a->state, sizeof a->state},
                 {a->severity, sizeof a->severity},
                 {a->outcome, sizeof a->outcome},
                 {a->acknowledged_by, sizeof a->acknowledged_by},
                 {a->judged_by, sizeof a->judged_by}};
    a->row = sqlite3_column_int64(st, at++);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ut__sql_column(st, at++, texts[i].to, texts[i].cap);
    a->n = (uint32_t)sqlite3_column_int64(st, at++);
    a->t_s = sqlite3_column_double(st, at++);
    a->for_s = sqlite3_column_double(st, at++);
    a->stress = sqlite3_column_double(st, at++);
    a->has_stress = a->stress >= 0;
    a->has_cleared = sqlite3_column_type(st, at) != SQLITE_NULL;
    a->cleared_t_s = sqlite3_column_double(st, at++);
    a->stored = 1;
    (void)ut__alert_set_texts(a, (const char *)sqlite3_column_text(st, at),
                              (const char *)sqlite3_column_text(st, at + 1),
                              (const char *)sqlite3_column_text(st, at + 2));
}

int ut__alert_rows(struct ut__store *s, struct ut__answer *out, const char *where, int64_t row,
                   const char *name)
{
    static const char columns[] =
        "SELECT a.id, a.alert, c.node, c.call, c.queue, c.agent, a.state, ut_severity(a.severity,"
        " a.stress, a.escalated_ms IS NOT NULL), a.outcome, a.acknowledged_by, a.judged_by, a.n,"
        " a.t, a.for_s, a.stress, a.cleared_t, ";
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql, "%s%s, a.reasons, a.text%s WHERE %s", columns, ut__sql_alert,
             ut__sql_alert_from, where);
    int rc = ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->alerts, fill_alert, sql,
                          "is", row, name);
    out->are_alerts = 1;
    for (uint32_t i = 0; rc == SQLITE_OK && i < out->count; i++)
        rc = out->alerts[i].texts ? SQLITE_OK : SQLITE_NOMEM;
    return rc;
}

int ut__i_alert(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    return ut__alert_rows(s, out, "a.alert = ?2 AND ?1 = 0", 0, q->alert);
}

/* In the order of their rows, so that none is missed while others are settled. */
int ut__i_open_alerts(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    char where[160];
    snprintf(where, sizeof where,
             "a.state IN ('raised', 'acknowledged') AND a.id > ?1 AND ?2 IS NULL AND NOT"
             " c.elsewhere ORDER BY a.id LIMIT %d",
             UT__ALERTS_PAGE);
    return ut__alert_rows(s, out, where, q->after, NULL);
}

int ut__q_life(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char *json = NULL;
    int rc = ut__sql_text(
        s->db, &json,
        "SELECT json_object('alert', a.alert, 'life', json((SELECT"
        " json_group_array(json_object('time_ms', time_ms, 'action', action, 'by', by, 'text',"
        " coalesce(text, outcome), 'outcome', outcome)) FROM (SELECT * FROM life"
        " WHERE alert_id = a.id ORDER BY id)))) FROM alerts a WHERE a.alert = ?",
        "s", ut__arg_text(args, "alert"));
    return rc == SQLITE_OK ? ut__found(out, json, "There is no such alert.") : rc;
}

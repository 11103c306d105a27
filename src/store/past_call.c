/* SPDX-License-Identifier: MIT */
/*
 * A call that has ended as nodes tell it each other: its row, its alerts with their life, what people
 * said of it, and in which minutes its caller was in state alert. Seconds, lines of conversation and
 * recordings stay on its node.
 *
 * Two nodes may have calls of one name. Ours keeps it; another's has its node behind it here, CALL@NODE.
 */

#include "store/past_call.h"

#include <stdlib.h>
#include <string.h>

#include <undertone/event.h>

#include "base/text.h"
#include "store/sql.h"
#include "store/state.h"

enum { SQL_BYTES = 8192 };

static const char call_columns[] =
    "source,queue,agent,has_agent,caller_key,started_ms,ended_ms,end_reason,threshold,scored,peak,"
    "end_stress,peak_end,recovery,duration_s,alerts,recovered,elevated_s,alert_s,baseline,summary,"
    "turns,arrival,episodes,top_evidence";

static const char alert_columns[] =
    "n,t,stress,for_s,reasons,text,state,cleared,escalated_ms,assigned_to,raised_ms,due_ms,"
    "acknowledged_ms,acknowledged_by,cleared_ms,cleared_t,resolved_ms,resolved_by,expired_ms,"
    "outcome,agents,severity,judged_ms,judged_by,judged_source,rule,channels";

static const char life_columns[] = "time_ms,action,by,text,outcome";

/* What hangs from a call by its row. */
static const struct {
    const char *table, *columns;
} parts[] = {
    {"missed", "t,time_ms,by,source,note"},
    {"feedback", "time_ms,by,source,share,score,best,worst,text"},
    {"marks", "t,kind,text,time_ms,by"},
    {"follow_ups", "who,due_ms,text,by,time_ms,done_ms,done_by"},
    {"tags", "name,value"},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

/* 'name', name, 'other', other */
static void put_members(struct ut__text *sql, const char *columns)
{
    for (const char *at = columns; *at;) {
        size_t n = strcspn(at, ",");
        ut__text_raw(sql, at == columns ? "'" : ", '");
        ut__text_bytes(sql, at, n);
        ut__text_raw(sql, "', ");
        ut__text_bytes(sql, at, n);
        at += n + (at[n] == ',');
    }
}

/* value->>'$.name', value->>'$.other' */
static void put_values(struct ut__text *sql, const char *columns)
{
    for (const char *at = columns; *at;) {
        size_t n = strcspn(at, ",");
        ut__text_raw(sql, at == columns ? "value->>'$." : ", value->>'$.");
        ut__text_bytes(sql, at, n);
        ut__text_raw(sql, "'");
        at += n + (at[n] == ',');
    }
}

static int run_text(struct ut__store *s, struct ut__text *sql, int64_t row, char **out)
{
    int rc = sql->failed ? SQLITE_NOMEM : ut__sql_text(s->db, out, sql->buf, "i", row);
    ut__text_free(sql);
    return rc;
}

int ut__past_call_text(struct ut__store *s, int64_t row, char **out)
{
    struct ut__text sql = {0};
    ut__text_raw(&sql, "SELECT json_object('call', json_object(");
    put_members(&sql, call_columns);
    ut__text_raw(&sql, "), 'alerts', json((SELECT json_group_array(json_object('life',"
                       " json((SELECT json_group_array(json_object(");
    put_members(&sql, life_columns);
    ut__text_raw(&sql, ")) FROM (SELECT * FROM life WHERE alert_id = a.id ORDER BY id))), 'alert',"
                       " alert, ");
    put_members(&sql, alert_columns);
    ut__text_raw(&sql, ")) FROM (SELECT * FROM alerts WHERE call_id = c.id ORDER BY id) a))");
    for (size_t i = 0; i < PARTS; i++) {
        ut__text_printf(&sql, ", '%s', json((SELECT json_group_array(json_object(", parts[i].table);
        put_members(&sql, parts[i].columns);
        ut__text_printf(&sql, ")) FROM %s WHERE call_id = c.id))", parts[i].table);
    }
    ut__text_printf(&sql,
                    ", 'exposed', json((SELECT json_group_array(json_array(minute, n)) FROM (SELECT"
                    " CAST(c.started_ms + t * 1000 AS INTEGER) / 60000 AS minute, count(*) AS n"
                    " FROM scores WHERE call_id = c.id AND scores.state = %d GROUP BY minute))))"
                    " FROM calls c WHERE c.id = ?",
                    (int)UT_STATE_ALERT);
    return run_text(s, &sql, row, out);
}

/* The call's own name, or with its node behind it where somebody else has that. */
static int name_it(struct ut__store *s, const char *node, const char *call, char **out)
{
    return ut__sql_text(s->db, out,
                        "SELECT iif(EXISTS(SELECT 1 FROM calls WHERE call = ?1 AND NOT (elsewhere"
                        " AND node = ?2)), ?1 || '@' || ?2, ?1)",
                        "ss", call, node);
}

static int forget_version(struct ut__store *s, int64_t row)
{
    static const char *const sql[] = {
        "DELETE FROM life WHERE alert_id IN (SELECT id FROM alerts WHERE call_id = ?)",
        "DELETE FROM alerts WHERE call_id = ?",
        "DELETE FROM missed WHERE call_id = ?",
        "DELETE FROM feedback WHERE call_id = ?",
        "DELETE FROM marks WHERE call_id = ?",
        "DELETE FROM follow_ups WHERE call_id = ?",
        "DELETE FROM tags WHERE call_id = ?",
        "DELETE FROM calls WHERE id = ?"};
    int rc = SQLITE_OK;
    for (size_t i = 0; row && i < sizeof sql / sizeof sql[0] && rc == SQLITE_OK; i++)
        rc = ut__sql_run(s->db, sql[i], "i", row);
    return rc;
}

static int put_row(struct ut__store *s, int64_t row, const char *node, const char *name,
                   int64_t version, const char *json)
{
    struct ut__text sql = {0};
    ut__text_raw(&sql, "INSERT INTO calls(id, call, node, elsewhere, changes, told, exposed, ");
    ut__text_raw(&sql, call_columns);
    ut__text_raw(&sql,
                 ") SELECT nullif(?1, 0), ?2, ?3, ?4, ?5, ?5, json_extract(?6, '$.exposed'), ");
    put_values(&sql, call_columns);
    ut__text_raw(&sql, " FROM (SELECT json_extract(?6, '$.call') AS value)");
    int rc = sql.failed ? SQLITE_NOMEM
                        : ut__sql_run(s->db, sql.buf, "issiis", row, name, node,
                                      (int64_t)(strcmp(node, s->node) != 0), version, json);
    ut__text_free(&sql);
    return rc;
}

/* behind: what names of its alerts have behind them here. */
static int put_alerts(struct ut__store *s, int64_t row, const char *behind, const char *json)
{
    struct ut__text sql = {0};
    ut__text_raw(&sql, "INSERT INTO alerts(call_id, alert, ");
    ut__text_raw(&sql, alert_columns);
    ut__text_raw(&sql, ") SELECT ?1, value->>'$.alert' || ?2, ");
    put_values(&sql, alert_columns);
    ut__text_raw(&sql, " FROM json_each(?3, '$.alerts')");
    int rc = sql.failed ? SQLITE_NOMEM : ut__sql_run(s->db, sql.buf, "iss", row, behind, json);
    ut__text_free(&sql);
    if (rc != SQLITE_OK)
        return rc;
    ut__text_raw(&sql, "INSERT INTO life(alert_id, ");
    ut__text_raw(&sql, life_columns);
    ut__text_raw(&sql, ") SELECT (SELECT id FROM alerts WHERE call_id = ?1 AND n = whose), ");
    put_values(&sql, life_columns);
    ut__text_raw(&sql, " FROM (SELECT a.value->>'$.n' AS whose, l.value AS value FROM"
                       " json_each(?2, '$.alerts') a, json_each(a.value, '$.life') l)");
    rc = sql.failed ? SQLITE_NOMEM : ut__sql_run(s->db, sql.buf, "is", row, json);
    ut__text_free(&sql);
    return rc;
}

static int put_parts(struct ut__store *s, int64_t row, const char *json)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < PARTS && rc == SQLITE_OK; i++) {
        struct ut__text sql = {0};
        ut__text_printf(&sql, "INSERT INTO %s(call_id, %s) SELECT ?1, ", parts[i].table,
                        parts[i].columns);
        put_values(&sql, parts[i].columns);
        ut__text_printf(&sql, " FROM json_each(?2, '$.%s')", parts[i].table);
        rc = sql.failed ? SQLITE_NOMEM : ut__sql_run(s->db, sql.buf, "is", row, json);
        ut__text_free(&sql);
    }
    return rc;
}

static int put_all(struct ut__store *s, int64_t row, const char *node, const char *name,
                   const char *behind, int64_t version, const char *json)
{
    int rc = forget_version(s, row);
    if (rc == SQLITE_OK)
        rc = put_row(s, row, node, name, version, json);
    if (rc == SQLITE_OK && !row)
        rc = ut__sql_int(s->db, &row, "SELECT id FROM calls WHERE call = ?", "s", name);
    if (rc == SQLITE_OK)
        rc = put_alerts(s, row, behind, json);
    if (rc == SQLITE_OK)
        rc = put_parts(s, row, json);
    /* What the triggers counted while it was put in is no change. */
    return rc == SQLITE_OK
               ? ut__sql_run(s->db, "UPDATE calls SET changes = ?2, told = ?2 WHERE id = ?1", "ii",
                             row, version)
               : rc;
}

int ut__past_call_put(struct ut__store *s, const char *node, const char *call, int64_t version,
                      const char *json)
{
    char *name = NULL;
    int64_t row = 0;
    int rc = name_it(s, node, call, &name);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &row, "SELECT id FROM calls WHERE call = ? AND node = ?", "ss",
                         name, node);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, "SAVEPOINT past", NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        free(name);
        return rc;
    }
    rc = put_all(s, row, node, name, name + strlen(call), version, json);
    free(name);
    int sound = rc != SQLITE_CONSTRAINT && rc != SQLITE_ERROR && rc != SQLITE_MISMATCH;
    if (!sound)
        (void)sqlite3_exec(s->db, "ROLLBACK TO past", NULL, NULL, NULL);
    (void)sqlite3_exec(s->db, "RELEASE past", NULL, NULL, NULL);
    return sound ? rc : SQLITE_MISMATCH;
}

int ut__past_call_step_aside(struct ut__store *s, const char *call)
{
    int rc =
        ut__sql_run(s->db,
                    "UPDATE alerts SET alert = alert || '@' || (SELECT node FROM calls WHERE id"
                    " = call_id) WHERE call_id = (SELECT id FROM calls WHERE call = ? AND"
                    " elsewhere)",
                    "s", call);
    return rc == SQLITE_OK
               ? ut__sql_run(s->db,
                             "UPDATE calls SET call = call || '@' || node WHERE call = ? AND"
                             " elsewhere",
                             "s", call)
               : rc;
}

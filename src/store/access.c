/* SPDX-License-Identifier: MIT */
/* Who may, who did, and the thresholds by queue. Tokens and sessions are here as hashes alone. */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sql.h"
#include "store/state.h"

int ut__i_access_add(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__access *a = &q->access;
    (void)out;
    return ut__sql_run(s->db,
                       "INSERT INTO access(time_ms, who, role, action, what) VALUES(?,?,?,?,?)",
                       "issss", ut__wall_ms(), a->who, a->role, a->action, a->what);
}

int ut__q_access(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t limit, before;
    if (!ut__arg_page(args, INT64_MAX, &limit, &before, out))
        return SQLITE_OK;
    return ut__sql_text(
        s->db, &out->json,
        "WITH rows AS (SELECT id, json_object('time_ms', time_ms, 'who', who, 'role', role,"
        " 'action', action, 'what', what) AS j FROM access WHERE id < ?2 AND time_ms BETWEEN ?3 AND"
        " ?4 ORDER BY id DESC LIMIT ?1 + 1) SELECT json_object('entries', json(coalesce((SELECT"
        " json_group_array(json(j)) FROM (SELECT j FROM rows LIMIT ?1)), '[]')), 'next',"
        " iif((SELECT count(*) FROM rows) > ?1, (SELECT CAST(min(id) AS TEXT) FROM (SELECT id FROM"
        " rows LIMIT ?1)), NULL))",
        "iiii", limit, before, ut__arg_int(args, "from_ms", 0),
        ut__arg_int(args, "to_ms", INT64_MAX));
}

static void fill_token(void *row, sqlite3_stmt *st)
{
    struct ut__token *t = row;
    ut__sql_column(st, 0, t->name, sizeof t->name);
    ut__sql_column(st, 1, t->role, sizeof t->role);
    ut__sql_column(st, 2, t->hash, sizeof t->hash);
    t->created_ms = sqlite3_column_int64(st, 3);
    t->last_used_ms = sqlite3_column_int64(st, 4);
}

int ut__i_tokens(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    if (s->tokens_lost)
        return ut__fail(out, UT__LEDGER_AWAY, s->open_problem.message, s->open_problem.remedy);
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->tokens, fill_token,
                        "SELECT name, role, hash, created_ms, last_used_ms FROM tokens", "");
}

int ut__i_token_add(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__token *t = &q->token;
    int64_t taken = 0;
    int rc = ut__sql_int(s->db, &taken, "SELECT 1 FROM tokens WHERE name = ?", "s", t->name);
    if (rc == SQLITE_OK && taken)
        return ut__fail(out, UT__LEDGER_CONFLICT, "There is a token of this name already.",
                        "Withdraw that one first, or choose another name.");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT INTO tokens(name, role, hash, created_ms) VALUES(?,?,?,?)",
                         "sssi", t->name, t->role, t->hash, ut__wall_ms());
    ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_TOKENS, NULL);
    return rc;
}

int ut__i_token_drop(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM sessions WHERE name = ?", "s", q->name);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "DELETE FROM tokens WHERE name = ?", "s", q->name);
    int n = sqlite3_changes(s->db);
    if (rc != SQLITE_OK)
        return rc;
    ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_TOKENS, NULL);
    return n ? SQLITE_OK
             : ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no token of this name.",
                        "Look at the list of those there are.");
}

static void fill_session(void *row, sqlite3_stmt *st)
{
    struct ut__session *t = row;
    ut__sql_column(st, 0, t->hash, sizeof t->hash);
    ut__sql_column(st, 1, t->name, sizeof t->name);
    ut__sql_column(st, 2, t->role, sizeof t->role);
    t->expires_ms = sqlite3_column_int64(st, 3);
}

int ut__i_sessions(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->sessions, fill_session,
                        "SELECT hash, name, role, expires_ms FROM sessions WHERE expires_ms > ?",
                        "i", ut__wall_ms());
}

int ut__i_session_add(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__session *t = &q->session;
    int64_t now = ut__wall_ms();
    (void)out;
    int rc = ut__sql_run(s->db, "DELETE FROM sessions WHERE expires_ms <= ?", "i", now);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT OR REPLACE INTO sessions VALUES(?,?,?,?)", "sssi", t->hash,
                         t->name, t->role, t->expires_ms);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "UPDATE tokens SET last_used_ms = ? WHERE name = ?", "is", now,
                         t->name);
    return rc;
}

int ut__i_session_drop(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)out;
    return ut__sql_run(s->db, "DELETE FROM sessions WHERE hash = ?", "s", q->hash);
}

#define THRESHOLD_JSON                                                                             \
    "json_object('queue', queue, 'threshold', threshold, 'budget', budget, 'set_by', set_by,"      \
    " 'set_ms', set_ms)"

int ut__q_thresholds(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    (void)args;
    return ut__sql_text(
        s->db, &out->json,
        "SELECT json_object('thresholds', json(json_group_array(json(j)))) FROM (SELECT j FROM"
        " (SELECT queue, " THRESHOLD_JSON " AS j FROM thresholds UNION ALL SELECT '*',"
        " json_object('queue', '*', 'threshold', NULL, 'budget', NULL, 'set_by', NULL, 'set_ms',"
        " NULL) WHERE NOT EXISTS (SELECT 1 FROM thresholds WHERE queue = '*')) ORDER BY queue <>"
        " '*', queue)",
        "");
}

int ut__q_threshold_set(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *queue = ut__arg_text(args, "queue");
    double threshold = ut__arg_num(args, "threshold", -1.0);
    double budget = ut__arg_num(args, "budget", -1.0);
    int one = (threshold >= 0.0) != (budget >= 0.0);
    if (!queue || !queue[0] || strlen(queue) >= UT__CALL_LABEL_MAX || !one || threshold > 1.0 ||
        (budget >= 0.0 && (budget < 0.01 || budget > 10000.0)))
        return ut__fail(out, UT__LEDGER_BAD, "The threshold or budget is missing or out of range.",
                        "Give a threshold of 0 to 1, or a budget of 0.01 to 10000 false alerts in "
                        "100 h, not both.");
    int rc =
        ut__sql_run(s->db,
                    "INSERT OR REPLACE INTO thresholds VALUES(?1, iif(?2 < 0, NULL, ?2),"
                    " iif(?3 < 0, NULL, ?3), ?4, ?5)",
                    "sddsi", queue, threshold, budget, ut__arg_text(args, "by"), ut__wall_ms());
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &out->json,
                          "SELECT " THRESHOLD_JSON " FROM thresholds WHERE queue = ?", "s", queue);
    ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    return rc;
}

int ut__q_threshold_unset(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM thresholds WHERE queue = ?", "s",
                         ut__arg_text(args, "queue"));
    int n = sqlite3_changes(s->db);
    if (rc != SQLITE_OK)
        return rc;
    ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_THRESHOLDS, NULL);
    return n ? ut__count(out, "erased", n)
             : ut__fail(out, UT__LEDGER_NOT_FOUND, "This queue has no threshold of its own.",
                        "Nothing needs to be done.");
}

static json_t *problem_json(const struct ut__problem *p)
{
    return json_pack("{ss ss ss sI}", "code", p->code, "message", p->message, "remedy", p->remedy,
                     "since_ms", (json_int_t)p->since_ms);
}

int ut__q_state(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    struct stat st = {0};
    (void)args;
    if (s->dir[0] && !s->memory && stat(s->path, &st))
        st.st_size = 0;
    json_t *problems = json_array();
    if (s->open_problem.code)
        json_array_append_new(problems, problem_json(&s->open_problem));
    if (s->problem.code)
        json_array_append_new(problems, problem_json(&s->problem));
    if (s->file_problem.code && s->file_problem.code != s->problem.code)
        json_array_append_new(problems, problem_json(&s->file_problem));
    pthread_mutex_lock(&s->lock);
    json_int_t queued = (json_int_t)s->scores + s->asks;
    pthread_mutex_unlock(&s->lock);
    json_t *json = json_pack(
        "{ss ss si sI sI sI so}", "state", s->memory || !s->dir[0] ? "memory" : "ok", "path",
        s->path, "schema", UT__STORE_SCHEMA, "size_bytes", (json_int_t)st.st_size, "queued", queued,
        "dropped", (json_int_t)atomic_load(&s->dropped), "problems", problems);
    out->json = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return SQLITE_OK;
}

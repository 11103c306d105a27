/* SPDX-License-Identifier: MIT */
/* Who may, and who did. Tokens and sessions are here as hashes alone. */

#include "store/args.h"
#include "store/questions.h"
#include "store/shared.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

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
    ut__sql_column(st, 5, t->queues, sizeof t->queues);
    t->expires_ms = sqlite3_column_int64(st, 6);
}

int ut__i_tokens(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    if (s->tokens_lost)
        return ut__fail(out, UT__LEDGER_AWAY, s->open_problem.message, s->open_problem.remedy);
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->tokens, fill_token,
                        "SELECT name, role, hash, created_ms, last_used_ms, coalesce(queues, ''),"
                        " expires_ms FROM tokens",
                        "");
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
        rc = ut__sql_run(s->db,
                         "INSERT INTO tokens(name, role, hash, created_ms, queues, expires_ms)"
                         " VALUES(?,?,?,?,?,nullif(?,0))",
                         "sssisi", t->name, t->role, t->hash, ut__wall_ms(), t->queues,
                         t->expires_ms);
    ut__tell(s, UT__LEDGER_CHANGED_TOKENS, NULL);
    return rc;
}

int ut__token_apply(struct ut__store *s, const char *name, json_t *value)
{
    struct ut__token t = {.created_ms = ut__arg_int(value, "created_ms", 0),
                          .expires_ms = ut__arg_int(value, "expires_ms", 0)};
    ut__tell(s, UT__LEDGER_CHANGED_TOKENS, NULL);
    ut__inquiry_text(t.name, sizeof t.name, name);
    ut__inquiry_text(t.role, sizeof t.role, ut__arg_text(value, "role"));
    ut__inquiry_text(t.hash, sizeof t.hash, ut__arg_text(value, "hash"));
    ut__inquiry_text(t.queues, sizeof t.queues, ut__arg_text(value, "queues"));
    const char *queues = ut__arg_text(value, "queues");
    if (value && (!t.name[0] || !t.role[0] || !t.hash[0] || t.expires_ms < 0 ||
                  (queues && strlen(queues) >= sizeof t.queues)))
        return SQLITE_MISMATCH;
    /* Who had it under another secret has it no more. */
    int rc = ut__sql_run(s->db,
                         "DELETE FROM sessions WHERE name = ?1 AND NOT EXISTS(SELECT 1 FROM tokens"
                         " WHERE name = ?1 AND hash = ?2 AND role = ?3)",
                         "sss", name, t.hash, t.role);
    if (rc == SQLITE_OK)
        rc = value
                 ? ut__sql_run(s->db,
                               "INSERT OR REPLACE INTO tokens(name, role, hash, created_ms,"
                               " queues, expires_ms, last_used_ms) VALUES(?1,?2,?3,?4,?5,"
                               " nullif(?6,0), (SELECT last_used_ms FROM tokens WHERE name = ?1))",
                               "sssisi", t.name, t.role, t.hash, t.created_ms, t.queues,
                               t.expires_ms)
                 : ut__sql_run(s->db, "DELETE FROM tokens WHERE name = ?", "s", name);
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
    ut__tell(s, UT__LEDGER_CHANGED_TOKENS, NULL);
    return n ? SQLITE_OK
             : ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no token of this name.",
                        "Look at the list of those there are.");
}

static void fill_person(void *row, sqlite3_stmt *st)
{
    struct ut__person *p = row;
    ut__sql_column(st, 0, p->name, sizeof p->name);
    ut__sql_column(st, 1, p->role, sizeof p->role);
    ut__sql_column(st, 2, p->queues, sizeof p->queues);
}

int ut__i_people(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    static const int64_t month_ms = 30 * (int64_t)86400000;
    (void)q;
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->people, fill_person,
                        "SELECT name, role, coalesce(queues, '') FROM people WHERE seen_ms > ?",
                        "i", ut__wall_ms() - month_ms);
}

int ut__i_person_met(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__person *p = &q->person;
    (void)out;
    return ut__sql_run(s->db, "INSERT OR REPLACE INTO people VALUES(?,?,?,?)", "sssi", p->name,
                       p->role, p->queues, ut__wall_ms());
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

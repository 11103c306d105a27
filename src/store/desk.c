/* SPDX-License-Identifier: MIT */
/*
 * What people write beside calls: notes, tags and marks, of a call or a moment of it; what somebody is
 * to do about a call, until when; and the searches that somebody keeps.
 */

#include "store/desk.h"

#include <string.h>

#include "store/args.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum {
    TAG_MAX = 63,
    MARKS_MAX = 500, /* Of one call, */
    FOLLOW_UPS_MAX = 50,
    SEARCHES_MAX = 100, /* and of one person. */
    SEARCH_NAME_MAX = 63,
    SEARCH_MAX = 1000
};
#define SAME_S 10.0 /* Who marks a moment this near to a mark of the same kind means that one. */

/* A row `k` of marks, of the call `c`. */
#define MARK                                                                                       \
    "json_object('id', k.id, 'call', c.call, 'kind', k.kind, 't', k.t, 'text', k.text, 'time_ms'," \
    " k.time_ms, 'by', k.by)"

const char ut__sql_marks[] = "coalesce((SELECT json_group_array(json(j)) FROM (SELECT " MARK
                             " AS j FROM marks k WHERE k.call_id = c.id ORDER BY k.t IS NOT NULL,"
                             " k.t, k.id)), '[]')";

/* A row `f` of follow_ups, of the call `c`. */
#define FOLLOW_UP                                                                                  \
    "json_object('id', f.id, 'call', c.call, 'queue', c.queue, 'agent', c.agent, 'started_ms',"    \
    " c.started_ms, 'who', f.who, 'due_ms', f.due_ms, 'text', f.text, 'by', f.by, 'time_ms',"      \
    " f.time_ms, 'done_ms', f.done_ms, 'done_by', f.done_by)"

const char ut__sql_follow_ups[] =
    "coalesce((SELECT json_group_array(json(j)) FROM (SELECT " FOLLOW_UP
    " AS j FROM follow_ups f WHERE f.call_id = c.id ORDER BY f.done_ms IS NOT NULL, f.due_ms)),"
    " '[]')";

/* Of what `id` names, seen by whom `scope` is of. */
#define IN_SCOPE                                                                                   \
    " WHERE id = CAST(?1 AS INTEGER) AND (?2 IS NULL OR (SELECT queue FROM calls WHERE id ="       \
    " call_id) IN (SELECT value FROM json_each(?2)))"

/* The row of a call and how long it is; a live one may be any length. 0 after an answer. */
static int find_call(struct ut__store *s, json_t *args, int64_t *row, int64_t *length_s, int *rc,
                     struct ut__answer *out)
{
    const char *call = ut__arg_text(args, "call");
    *row = *length_s = 0;
    *rc = ut__sql_int(s->db, row, "SELECT id FROM calls WHERE call = ?", "s", call);
    if (*rc == SQLITE_OK)
        *rc = ut__sql_int(s->db, length_s,
                          "SELECT iif(ended_ms IS NULL, 86400, coalesce(duration_s, 0) + 1) FROM"
                          " calls WHERE id = ?",
                          "i", *row);
    if (*rc == SQLITE_OK && !*row)
        *rc = ut__found(out, NULL, "There is no such call.");
    return *row != 0 && *rc == SQLITE_OK;
}

/* 1: there is room for one more. */
static int has_room(struct ut__store *s, const char *sql, const char *types, int64_t row,
                    int64_t most, int *rc, struct ut__answer *out)
{
    int64_t n = 0;
    *rc = ut__sql_int(s->db, &n, sql, types, row);
    if (*rc == SQLITE_OK && n >= most)
        *rc = ut__fail(out, UT__LEDGER_CONFLICT, "There are too many of these already.",
                       "Take away those that nobody needs.");
    return *rc == SQLITE_OK && n < most;
}

static int good_mark(const char *kind, const char *text, json_t *args, struct ut__answer *out)
{
    const json_t *t = json_object_get(args, "t");
    int verdict = kind && (strcmp(kind, "stressed") == 0 || strcmp(kind, "calm") == 0);
    int note = kind && strcmp(kind, "note") == 0, tag = kind && strcmp(kind, "tag") == 0;
    if (!verdict && !note && !tag)
        (void)ut__fail(out, UT__LEDGER_BAD, "The kind of the mark is missing or unknown.",
                       "Give one of note, tag, stressed, calm.");
    else if (!verdict && !text)
        (void)ut__fail(out, UT__LEDGER_BAD, "A note or tag without a text says nothing.",
                       "Give `text`.");
    else if (tag && (strlen(text) > TAG_MAX || strpbrk(text, "\r\n")))
        (void)ut__fail(out, UT__LEDGER_BAD, "The tag is too long, or more than a line.",
                       "Give at most 63 bytes, or write a note.");
    else if (verdict && !json_is_number(t))
        (void)ut__fail(out, UT__LEDGER_BAD, "A mark of how the caller was needs its moment.",
                       "Give `t`, the seconds since the call began.");
    else
        return 1;
    return 0;
}

/* A tag is there once a moment, and stressed or calm once within SAME_S. */
static int same_mark(struct ut__store *s, int64_t row, const char *kind, double t, int has_t,
                     const char *text, int64_t *id)
{
    static const char sql[] =
        "SELECT id FROM marks WHERE call_id = ?1 AND kind = ?2 AND CASE ?2 WHEN 'tag' THEN text ="
        " ?5 AND t IS iif(?4, round(?3, 2), NULL) WHEN 'note' THEN 0 ELSE abs(t - ?3) < ?6 END"
        " ORDER BY abs(t - ?3) LIMIT 1";
    *id = 0;
    return ut__sql_int(s->db, id, sql, "isdisd", row, kind, t, (int64_t)has_t, text, SAME_S);
}

int ut__q_mark_add(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const char insert[] =
        "INSERT OR REPLACE INTO marks(id, call_id, t, kind, text, time_ms, by) VALUES(nullif(?1,"
        " 0), ?2, coalesce((SELECT t FROM marks WHERE id = ?1), iif(?8, round(?3, 2), NULL)), ?4, "
        "coalesce(?5, (SELECT text FROM marks WHERE id ="
        " ?1)), ?6, ?7)";
    const char *by = ut__arg_text(args, "by"), *kind = ut__arg_text(args, "kind"), *text;
    int has_t = json_is_number(json_object_get(args, "t")), rc = SQLITE_OK;
    double t = ut__arg_num(args, "t", 0);
    int64_t row, length_s, id;
    if (!ut__arg_note(args, "text", UT__NOTE_MAX, &text, out) ||
        !good_mark(kind, text, args, out) || !find_call(s, args, &row, &length_s, &rc, out))
        return out->status == UT__LEDGER_OK ? rc : SQLITE_OK;
    if (!(t >= 0) || t > (double)length_s)
        return ut__fail(out, UT__LEDGER_BAD, "`t` is no moment of this call.",
                        "Give the seconds since the call began, within its length.");
    if (!has_room(s, "SELECT count(*) FROM marks WHERE call_id = ?", "i", row, MARKS_MAX, &rc, out))
        return rc;
    rc = same_mark(s, row, kind, t, has_t, text, &id);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, insert, "iidssisi", id, row, t, kind, text, ut__wall_ms(),
                         by ? by : "", (int64_t)has_t);
    id = id ? id : sqlite3_last_insert_rowid(s->db);
    return rc == SQLITE_OK ? ut__sql_text(s->db, &out->json,
                                          "SELECT " MARK " FROM marks k JOIN calls c ON c.id ="
                                          " k.call_id WHERE k.id = ?",
                                          "i", id)
                           : rc;
}

int ut__q_mark_drop(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM marks" IN_SCOPE, "ss", ut__arg_text(args, "id"),
                         ut__arg_text(args, "scope"));
    if (rc != SQLITE_OK)
        return rc;
    return sqlite3_changes(s->db) ? ut__count(out, "erased", 1)
                                  : ut__found(out, NULL, "There is no such mark.");
}

/* ---- follow-ups ---- */

static int one_follow_up(struct ut__store *s, int64_t id, struct ut__answer *out)
{
    return ut__sql_text(s->db, &out->json,
                        "SELECT " FOLLOW_UP " FROM follow_ups f JOIN calls c ON c.id = f.call_id"
                        " WHERE f.id = ?",
                        "i", id);
}

int ut__q_follow_up_add(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *who = ut__arg_text(args, "who"), *text;
    int64_t row, length_s, due_ms = ut__arg_int(args, "due_ms", 0);
    int rc;
    if (!ut__arg_note(args, "text", UT__NOTE_MAX, &text, out))
        return SQLITE_OK;
    if (!who || !*who || strlen(who) >= UT__PERSON_MAX || strpbrk(who, "\r\n") || due_ms <= 0)
        return ut__fail(out, UT__LEDGER_BAD, "It is not said who is to do it, or until when.",
                        "Give `who`, a name of at most 63 bytes, and `due_ms`.");
    if (!find_call(s, args, &row, &length_s, &rc, out) ||
        !has_room(s, "SELECT count(*) FROM follow_ups WHERE call_id = ?", "i", row, FOLLOW_UPS_MAX,
                  &rc, out))
        return rc;
    rc = ut__sql_run(s->db,
                     "INSERT INTO follow_ups(call_id, who, due_ms, text, by, time_ms)"
                     " VALUES(?,?,?,?,?,?)",
                     "isissi", row, who, due_ms, text, by ? by : "", ut__wall_ms());
    return rc == SQLITE_OK ? one_follow_up(s, sqlite3_last_insert_rowid(s->db), out) : rc;
}

/* Done once: who comes second changes nothing. */
int ut__q_follow_up_done(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *id = ut__arg_text(args, "id"), *by = ut__arg_text(args, "by");
    int64_t row = 0;
    int rc = ut__sql_int(s->db, &row, "SELECT id FROM follow_ups" IN_SCOPE, "ss", id,
                         ut__arg_text(args, "scope"));
    if (rc == SQLITE_OK && !row)
        return ut__found(out, NULL, "There is no such follow-up.");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "UPDATE follow_ups SET done_ms = ?2, done_by = ?3 WHERE id = ?1 AND"
                         " done_ms IS NULL",
                         "iis", row, ut__wall_ms(), by ? by : "");
    return rc == SQLITE_OK ? one_follow_up(s, row, out) : rc;
}

static int good_state(const char *state, struct ut__answer *out)
{
    static const char *const known[] = {"open", "overdue", "done", "all"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!state || strcmp(state, known[i]) == 0)
            return 1;
    (void)ut__fail(out, UT__LEDGER_BAD, "A follow-up has no such state.",
                   "Give open, overdue, done or all.");
    return 0;
}

/* The most pressing first. */
int ut__q_follow_ups(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const char sql[] =
        "WITH rows AS (SELECT " FOLLOW_UP
        " AS j FROM follow_ups f JOIN calls c ON c.id = f.call_id WHERE (?3 IS NULL OR f.who = ?3)"
        " AND CASE ?4 WHEN 'all' THEN 1 WHEN 'done' THEN f.done_ms IS NOT NULL WHEN 'overdue' THEN"
        " f.done_ms IS NULL AND f.due_ms < ?6 ELSE f.done_ms IS NULL END AND (?5 IS NULL OR c.queue"
        " IN (SELECT value FROM json_each(?5))) ORDER BY f.done_ms IS NOT NULL, f.due_ms, f.id"
        " LIMIT ?1 + 1 OFFSET ?2) SELECT json_object('follow_ups', json(coalesce((SELECT"
        " json_group_array(json(j)) FROM (SELECT j FROM rows LIMIT ?1)), '[]')), 'next',"
        " iif((SELECT count(*) FROM rows) > ?1, CAST(?1 + ?2 AS TEXT), NULL))";
    const char *state = ut__arg_text(args, "state");
    int64_t limit, from;
    if (!good_state(state, out) || !ut__arg_page(args, 0, &limit, &from, out))
        return SQLITE_OK;
    return ut__sql_text(s->db, &out->json, sql, "iisssi", limit, from, ut__arg_text(args, "who"),
                        state ? state : "open", ut__arg_text(args, "scope"), ut__wall_ms());
}

/* ---- searches ---- */

int ut__q_searches(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    return ut__sql_text(s->db, &out->json,
                        "SELECT json_object('searches', json(coalesce(json_group_array(json_object("
                        "'name', name, 'query', query, 'set_ms', set_ms)), '[]'))) FROM (SELECT *"
                        " FROM searches WHERE owner = ? ORDER BY name)",
                        "s", ut__arg_text(args, "by"));
}

int ut__q_search_set(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *name = ut__arg_text(args, "name");
    const char *query = ut__arg_text(args, "query");
    int64_t others = 0;
    if (!by || !name || !*name || strlen(name) > SEARCH_NAME_MAX || strpbrk(name, "\r\n") ||
        !query || strlen(query) > SEARCH_MAX)
        return ut__fail(out, UT__LEDGER_BAD, "The search or its name is missing or too long.",
                        "Give a name of at most 63 bytes and a `query` of at most 1000.");
    int rc =
        ut__sql_int(s->db, &others, "SELECT count(*) FROM searches WHERE owner = ? AND name <> ?",
                    "ss", by, name);
    if (rc == SQLITE_OK && others >= SEARCHES_MAX)
        return ut__fail(out, UT__LEDGER_CONFLICT, "You keep 100 searches already.",
                        "Take away one that you do not need.");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT OR REPLACE INTO searches VALUES(?,?,?,?)", "sssi", by, name,
                         query, ut__wall_ms());
    return rc == SQLITE_OK ? ut__q_searches(s, args, out) : rc;
}

int ut__q_search_drop(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM searches WHERE owner = ? AND name = ?", "ss",
                         ut__arg_text(args, "by"), ut__arg_text(args, "name"));
    if (rc != SQLITE_OK)
        return rc;
    return sqlite3_changes(s->db) ? ut__count(out, "erased", 1)
                                  : ut__found(out, NULL, "You keep no such search.");
}

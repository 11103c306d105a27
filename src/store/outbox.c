/* SPDX-License-Identifier: MIT */
/*
 * The outbox: letters that wait for a channel's confirmation, and dead ones. A letter is written in
 * the transaction of what it tells, and deleted when the receiver has confirmed it.
 */

#include <stdlib.h>
#include <string.h>

#include "store/sql.h"
#include "store/state.h"

enum { TAKE_MAX = 64, ALL = -1, AHEAD_MS = 3600000 };

int ut__q_outbox_take(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    /* One alert's letters leave in their order: a later one waits while an earlier one is not due.
     * No letter is put off for as long as AHEAD_MS: then the clock has been set back, and it goes.
     */
    static const char sql[] =
        "SELECT json_object('letters', json(coalesce((SELECT json_group_array(json_object('id', id,"
        " 'key', key, 'action', action, 'attempts', attempts, 'body', json(body))) FROM (SELECT * "
        "FROM outbox o WHERE channel = ?1 AND dead = 0 AND due_ms NOT BETWEEN ?2 + 1 AND ?4 AND"
        " NOT EXISTS (SELECT 1"
        " FROM outbox e WHERE e.channel = ?1 AND e.dead = 0 AND e.alert_id = o.alert_id AND e.id <"
        " o.id AND e.due_ms BETWEEN ?2 + 1 AND ?4) ORDER BY id LIMIT ?3)), '[]')), 'wait_ms', "
        "(SELECT max(0, "
        "min(due) - ?2)"
        " FROM (SELECT max(e.due_ms) AS due FROM outbox o JOIN outbox e ON e.channel = ?1 AND "
        "e.dead"
        " = 0 AND e.alert_id = o.alert_id AND e.id <= o.id WHERE o.channel = ?1 AND o.dead = 0 "
        "GROUP"
        " BY o.id)))";
    int64_t limit = ut__arg_int(args, "limit", TAKE_MAX);
    int64_t now = ut__wall_ms();
    return ut__sql_text(s->db, &out->json, sql, "siii", ut__arg_text(args, "channel"), now,
                        limit < 1 || limit > TAKE_MAX ? TAKE_MAX : limit, now + AHEAD_MS);
}

int ut__q_outbox_done(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM outbox WHERE id = ?", "i", ut__arg_int(args, "id", 0));
    return rc == SQLITE_OK ? ut__count(out, "done", sqlite3_changes(s->db)) : rc;
}

int ut__q_outbox_failed(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t now = ut__wall_ms(), retry = ut__arg_int(args, "retry_ms", -1);
    int rc = ut__sql_run(s->db,
                         "UPDATE outbox SET attempts = attempts + 1, first_ms = coalesce(first_ms,"
                         " ?2), last_ms = ?2, due_ms = ?3, dead = ?4, error = ?5 WHERE id = ?1",
                         "iiiis", ut__arg_int(args, "id", 0), now, now + (retry > 0 ? retry : 0),
                         (int64_t)(retry < 0), ut__arg_text(args, "error"));
    return rc == SQLITE_OK ? ut__count(out, "done", sqlite3_changes(s->db)) : rc;
}

int ut__q_outbox_hurry(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int rc =
        ut__sql_run(s->db,
                    "UPDATE outbox SET due_ms = ?2 WHERE channel = ?1 AND NOT dead AND due_ms >"
                    " ?2",
                    "si", ut__arg_text(args, "channel"), ut__wall_ms());
    return rc == SQLITE_OK ? ut__count(out, "hurried", sqlite3_changes(s->db)) : rc;
}

int ut__q_dead(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t limit, after;
    if (!ut__arg_page(args, 0, &limit, &after, out))
        return SQLITE_OK;
    return ut__sql_text(
        s->db, &out->json,
        "WITH rows AS (SELECT o.id AS id, json_object('id', o.id, 'channel', o.channel, 'alert',"
        " a.alert, 'action', o.action, 'first_ms', o.first_ms, 'last_ms', o.last_ms, 'attempts',"
        " o.attempts, 'error', coalesce(o.error, '')) AS j FROM outbox o JOIN alerts a ON a.id ="
        " o.alert_id WHERE o.dead AND o.id > ?2 AND (?3 IS NULL OR o.channel = ?3) ORDER BY o.id"
        " LIMIT ?1 + 1) SELECT json_object('dead_letters', json(coalesce((SELECT"
        " json_group_array(json(j)) FROM (SELECT j FROM rows LIMIT ?1)), '[]')), 'next',"
        " iif((SELECT count(*) FROM rows) > ?1, (SELECT CAST(max(id) AS TEXT) FROM (SELECT id FROM"
        " rows LIMIT ?1)), NULL))",
        "iis", limit, after, ut__arg_text(args, "channel"));
}

/* A number, or "*" for all. 0 when it is neither. */
static int64_t letter_id(json_t *args)
{
    const char *text = ut__arg_text(args, "id");
    char *rest = NULL;
    if (text && strcmp(text, "*") == 0)
        return ALL;
    int64_t id = text ? strtoll(text, &rest, 10) : ut__arg_int(args, "id", 0);
    return id > 0 && (!rest || !*rest) ? id : 0;
}

static int none_such(struct ut__answer *out)
{
    return ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such dead letter.",
                    "Ask /api/v1/dead-letters for those there are.");
}

int ut__q_dead_resend(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t id = letter_id(args);
    int rc = ut__sql_run(s->db,
                         "UPDATE outbox SET dead = 0, attempts = 0, first_ms = NULL, due_ms = ?2"
                         " WHERE dead AND (id = ?1 OR ?1 = -1)",
                         "ii", id, ut__wall_ms());
    int n = sqlite3_changes(s->db);
    if (rc != SQLITE_OK)
        return rc;
    if (n == 0 && id != ALL)
        return none_such(out);
    ut__tell(s, UT__TELL_CHANGED, UT__LEDGER_CHANGED_OUTBOX, NULL);
    return ut__count(out, "queued", n);
}

int ut__q_dead_drop(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t id = letter_id(args);
    int rc = ut__sql_run(s->db, "DELETE FROM outbox WHERE dead AND (id = ?1 OR ?1 = -1)", "i", id);
    int n = sqlite3_changes(s->db);
    if (rc != SQLITE_OK)
        return rc;
    return n == 0 && id != ALL ? none_such(out) : ut__count(out, "erased", n);
}

int ut__q_channels(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    (void)args;
    return ut__sql_text(s->db, &out->json,
                        "SELECT json_object('channels', json(coalesce(json_group_array(json_object("
                        "'name', channel, 'queued', q, 'dead', d)), '[]'))) FROM (SELECT channel,"
                        " sum(NOT dead) AS q, sum(dead) AS d FROM outbox GROUP BY channel)",
                        "");
}

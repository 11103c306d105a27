/* SPDX-License-Identifier: MIT */
/*
 * The outbox: letters that wait for a channel's confirmation, and dead ones. A letter is written in
 * the transaction of what it tells, and deleted when the receiver has confirmed it.
 */

#include "store/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/args.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

enum { ALL = -1, AHEAD_MS = 3600000 };

static char *put(char *at, const char **to, sqlite3_stmt *st, int column)
{
    size_t n = (size_t)sqlite3_column_bytes(st, column);
    const unsigned char *text = sqlite3_column_text(st, column);
    memcpy(at, text ? (const void *)text : "", n);
    at[n] = '\0';
    *to = at;
    return at + n + 1;
}

/* The row that the statement stands at. Returns 0 for want of memory. */
static int read_letter(struct ut__letter *out, sqlite3_stmt *st)
{
    size_t bytes = 0;
    for (int i = 3; i < 7; i++) {
        (void)sqlite3_column_text(st, i);
        bytes += (size_t)sqlite3_column_bytes(st, i) + 1;
    }
    *out = (struct ut__letter){.id = sqlite3_column_int64(st, 0),
                               .alert_row = sqlite3_column_int64(st, 1),
                               .attempts = sqlite3_column_int64(st, 2),
                               .texts = malloc(bytes)};
    if (!out->texts)
        return 0;
    char *at = put(out->texts, &out->key, st, 3);
    at = put(at, &out->action, st, 4);
    at = put(at, &out->alert, st, 5);
    (void)put(at, &out->body, st, 6);
    return 1;
}

/* Letters with from_ms < due_ms <= to_ms, added to the *n there are. Both ends of the index. */
static int take_between(sqlite3 *db, const char *channel, int64_t from_ms, int64_t to_ms,
                        struct ut__letter *out, int *n)
{
    static const char sql[] = "SELECT o.id, o.alert_id, o.attempts, o.key, o.action, "
                              "coalesce(a.alert, o.key), o.body FROM"
                              " outbox o LEFT JOIN alerts a ON a.id = o.alert_id WHERE o.channel = "
                              "?1 AND o.dead = 0 AND o.due_ms > ?2"
                              " AND o.due_ms <= ?3 ORDER BY o.due_ms, o.id LIMIT ?4";
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 1, channel, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 2, from_ms);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 3, to_ms);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int(st, 4, UT__LETTERS_MAX - *n);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        rc = read_letter(&out[*n], st) ? SQLITE_OK : SQLITE_NOMEM;
        *n += rc == SQLITE_OK;
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int ut__outbox_take(sqlite3 *db, const char *channel, struct ut__letter *out, int *n,
                    int64_t *wait_ms)
{
    int64_t now = ut__wall_ms(), due = INT64_MAX;
    *n = 0;
    *wait_ms = -1;
    int rc = take_between(db, channel, INT64_MIN, now, out, n);
    /* No letter is put off for as long as AHEAD_MS: then the clock was set back, and it goes. */
    if (rc == SQLITE_OK && *n < UT__LETTERS_MAX)
        rc = take_between(db, channel, now + AHEAD_MS, INT64_MAX, out, n);
    if (rc == SQLITE_OK && *n == 0)
        rc = ut__sql_int(db, &due,
                         "SELECT due_ms FROM outbox WHERE channel = ? AND dead = 0 ORDER BY due_ms"
                         " LIMIT 1",
                         "s", channel);
    if (due != INT64_MAX)
        *wait_ms = due > now ? due - now : 0;
    while (rc != SQLITE_OK && *n > 0)
        free(out[--*n].texts);
    return rc;
}

static int settle_one(struct ut__store *s, const struct ut__settled *l, int64_t now_ms)
{
    /* Letters of one alert keep their order: a later one is due no earlier than the ones before. */
    static const char later[] =
        "UPDATE outbox SET due_ms = ?3 WHERE alert_id = ?1 AND id > ?2 AND"
        " NOT dead AND channel = (SELECT channel FROM outbox WHERE id = ?2)";
    int64_t due = l->end == UT__LETTER_LATER ? now_ms + l->retry_ms : now_ms;
    int rc = ut__sql_run(s->db, later, "iii", l->alert_row, l->id, due);
    if (rc == SQLITE_OK && l->end == UT__LETTER_SENT)
        return ut__sql_run(s->db, "DELETE FROM outbox WHERE id = ?", "i", l->id);
    if (rc != SQLITE_OK)
        return rc;
    return ut__sql_run(s->db,
                       "UPDATE outbox SET attempts = attempts + 1, first_ms = coalesce(first_ms,"
                       " ?2), last_ms = ?2, due_ms = ?3, dead = ?4, error = ?5, held = ?6 WHERE id"
                       " = ?1",
                       "iiiisi", l->id, now_ms, due, (int64_t)(l->end == UT__LETTER_DEAD), l->error,
                       (int64_t)l->held);
}

/* A break as channels get it: like an alert's step, so that templates and filters hold for it. */
static char *break_body(const struct ut__store *s, const struct ut__break_due *b, const char *key,
                        int64_t now_ms)
{
    struct ut__text t = {0}, text = {0};
    ut__text_printf(&text, "%s has had %.0f minutes with stressed callers in an hour.", b->agent,
                    b->alert_min);
    ut__text_raw(&t, "{");
    ut__text_kstr(&t, "key", key);
    ut__text_kint(&t, "time_ms", now_ms);
    ut__text_kstr(&t, "node", s->node);
    ut__text_kstr(&t, "action", "break_due");
    ut__text_knum(&t, "alert_minutes", b->alert_min, 1);
    ut__text_key(&t, "alert");
    ut__text_raw(&t, "{");
    ut__text_kstr(&t, "alert", key);
    ut__text_kstr(&t, "node", s->node);
    ut__text_kstr(&t, "queue", b->queue);
    ut__text_kstr(&t, "agent", b->agent);
    ut__text_knull(&t, "t");
    ut__text_knull(&t, "stress");
    ut__text_kstr(&t, "severity", "low");
    ut__text_kstr(&t, "state", "break_due");
    ut__text_kstr(&t, "text", text.failed ? NULL : text.buf);
    ut__text_raw(&t, "}}");
    ut__text_free(&text);
    if (!t.failed)
        return t.buf;
    ut__text_free(&t);
    return NULL;
}

int ut__i_break_due(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    char key[UT__NODE_MAX + 48];
    int64_t now = ut__wall_ms(), before = 0; /* Letters that there ever were: no key comes again. */
    int rc =
        ut__sql_int(s->db, &before, "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'", "");
    snprintf(key, sizeof key, "break-%lld@%s.%s", (long long)before + 1, s->node, s->life);
    char *body = break_body(s, &q->break_due, key, now);
    rc = body ? rc : SQLITE_NOMEM;
    (void)out;
    for (uint32_t i = 0; i < s->cfg.channel_count && rc == SQLITE_OK; i++)
        if (s->cfg.channels[i].actions & (uint32_t)UT__LIFE_BREAK_DUE)
            rc = ut__sql_run(s->db,
                             "INSERT OR IGNORE INTO outbox(channel, alert_id, action, key, body,"
                             " created_ms, due_ms) VALUES(?1,0,'break_due',?2,?3,?4,?4)",
                             "sssi", s->cfg.channels[i].name, key, body, now);
    ut__tell(s, UT__LEDGER_CHANGED_OUTBOX, NULL);
    free(body);
    return rc;
}

int ut__outbox_settle(struct ut__store *s, const struct ut__settled *list, uint32_t n)
{
    int64_t now = ut__wall_ms();
    int rc = SQLITE_OK;
    for (uint32_t i = 0; i < n && rc == SQLITE_OK; i++)
        rc = settle_one(s, &list[i], now);
    return rc;
}

int ut__outbox_hurry(struct ut__store *s, const char *channel)
{
    int64_t now = ut__wall_ms();
    return ut__sql_run(s->db,
                       "UPDATE outbox SET due_ms = ?2 WHERE channel = ?1 AND dead = 0 AND due_ms >"
                       " ?2 AND NOT held",
                       "si", channel, now);
}

int ut__q_dead(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t limit, after;
    if (!ut__arg_page(args, 0, &limit, &after, out))
        return SQLITE_OK;
    return ut__sql_text(
        s->db, &out->json,
        "WITH rows AS (SELECT o.id AS id, json_object('id', o.id, 'channel', o.channel, 'alert',"
        " coalesce(a.alert, o.key), 'action', o.action, 'first_ms', o.first_ms, 'last_ms', "
        "o.last_ms, 'attempts',"
        " o.attempts, 'error', coalesce(o.error, '')) AS j FROM outbox o LEFT JOIN alerts a ON a.id"
        " = o.alert_id WHERE o.dead AND o.id > ?2 AND (?3 IS NULL OR o.channel = ?3) AND (?4 IS"
        " NULL OR (SELECT queue FROM calls WHERE id = a.call_id) IN (SELECT value FROM"
        " json_each(?4))) ORDER BY o.id LIMIT ?1 + 1) SELECT json_object('dead_letters', "
        "json(coalesce((SELECT"
        " json_group_array(json(j)) FROM (SELECT j FROM rows LIMIT ?1)), '[]')), 'next',"
        " iif((SELECT count(*) FROM rows) > ?1, (SELECT CAST(max(id) AS TEXT) FROM (SELECT id FROM"
        " rows LIMIT ?1)), NULL))",
        "iiss", limit, after, ut__arg_text(args, "channel"), ut__arg_text(args, "scope"));
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
    int rc = ut__sql_run(
        s->db,
        "UPDATE outbox SET dead = 0, held = 0, attempts = 0, first_ms = NULL, due_ms = ?2"
        " WHERE dead AND (id = ?1 OR ?1 = -1)",
        "ii", id, ut__wall_ms());
    int n = sqlite3_changes(s->db);
    if (rc != SQLITE_OK)
        return rc;
    if (n == 0 && id != ALL)
        return none_such(out);
    ut__tell(s, UT__LEDGER_CHANGED_OUTBOX, NULL);
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

static void fill_load(void *row, sqlite3_stmt *st)
{
    struct ut__channel_load *l = row;
    ut__sql_column(st, 0, l->name, sizeof l->name);
    l->queued = sqlite3_column_int64(st, 1);
    l->dead = sqlite3_column_int64(st, 2);
}

int ut__i_channels(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->channels, fill_load,
                        "SELECT channel, sum(NOT dead), sum(dead) FROM outbox GROUP BY channel",
                        "");
}

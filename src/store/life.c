/* SPDX-License-Identifier: MIT */
/*
 * An alert's life.
 *
 *     raised --acknowledge--> acknowledged --resolve--> resolved
 *        |  \__________________resolve____________________/
 *        |--nobody for N s--> escalated, still raised, to a second person
 *        |--hand over--> raised again, to another person (from acknowledged, too)
 *        `--call over, nobody for M s--> expired
 *
 * A verdict can be given, and corrected, in any of these states.
 *
 * Each step is one row of `life`, one letter a channel in the outbox, and one notice after the
 * commit.
 */

#include "store/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/json.h>

#include "base/text.h"
#include "store/args.h"
#include "store/query.h"
#include "store/questions.h"
#include "store/recovery.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"
#include "store/verdict.h"

enum { ID_BYTES = UT__CALL_ID_MAX + 16, FORGOTTEN_DAYS = 7, DUE_MAX = 256 };

static const struct {
    enum ut__life bit;
    const char *name;
} actions[] = {
    {UT__LIFE_RAISED, "raised"},           {UT__LIFE_CLEARED, "cleared"},
    {UT__LIFE_ESCALATED, "escalated"},     {UT__LIFE_ACKNOWLEDGED, "acknowledged"},
    {UT__LIFE_HANDED_OVER, "handed_over"}, {UT__LIFE_NOTED, "noted"},
    {UT__LIFE_RESOLVED, "resolved"},       {UT__LIFE_EXPIRED, "expired"},
    {UT__LIFE_JUDGED, "judged"},
};

static const char *action_name(enum ut__life bit)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (actions[i].bit == bit)
            return actions[i].name;
    return "";
}

enum ut__life ut__life_named(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].bit;
    return (enum ut__life)0;
}

/* One step of an alert's life. Texts may be NULL. */
struct step {
    int64_t alert;
    enum ut__life what;
    const char *by, *text, *outcome;
    int64_t now_ms;
};

/* A rule may name the channels that its alerts leave by. list: names ended by line feeds; NULL: all. */
static int leaves_by(const char *list, const char *channel)
{
    size_t n = strlen(channel);
    for (const char *at = list; at && *at; at += strcspn(at, "\n") + 1)
        if (strncmp(at, channel, n) == 0 && at[n] == '\n')
            return 1;
    return !list;
}

/* The step as channels get it: {"key","time_ms","node","action","by","text","alert":{...}}. */
static char *letter_body(const struct ut__store *s, const struct step *step, const char *key,
                         const struct ut__news *news)
{
    struct ut__text t = {0};
    ut__text_raw(&t, "{");
    ut__text_kstr(&t, "key", key);
    ut__text_kint(&t, "time_ms", news->time_ms);
    ut__text_kstr(&t, "node", s->node);
    ut__text_kstr(&t, "action", news->action);
    ut__text_kstr(&t, "by", step->by);
    ut__text_kstr(&t, "text", step->text);
    ut__text_key(&t, "alert");
    ut__text_raw(&t, news->alert.json);
    ut__text_raw(&t, "}");
    if (!t.failed)
        return t.buf;
    ut__text_free(&t);
    return NULL;
}

/* A letter for each channel that wants the step. */
static int write_letters(struct ut__store *s, const struct step *step, const char *key,
                         const struct ut__news *news)
{
    /* Due with the alert's letter before it, if that one is put off. */
    static const char letter[] =
        "INSERT OR IGNORE INTO outbox(channel, alert_id, action, key, body, created_ms, due_ms)"
        " VALUES(?1,?2,?3,?4,?5,?6, max(?6, coalesce((SELECT max(due_ms) FROM outbox WHERE alert_id"
        " = ?2 AND channel = ?1 AND NOT dead), 0)))";
    if (s->told) /* Another node has, while this one was away. */
        return SQLITE_OK;
    char *by = NULL, *body = letter_body(s, step, key, news);
    int rc = body ? ut__sql_text(s->db, &by, "SELECT channels FROM alerts WHERE id = ?", "i",
                                 step->alert)
                  : SQLITE_NOMEM;
    for (uint32_t i = 0; i < s->cfg.channel_count && rc == SQLITE_OK; i++)
        if (s->cfg.channels[i].actions & (uint32_t)step->what &&
            leaves_by(by, s->cfg.channels[i].name)) {
            rc = ut__sql_run(s->db, letter, "sisssi", s->cfg.channels[i].name, step->alert,
                             news->action, key, body, step->now_ms);
            ut__tell(s, UT__LEDGER_CHANGED_OUTBOX, NULL);
        }
    free(body);
    free(by);
    return rc;
}

void ut__life_due_key(char *out, size_t cap, const char *alert, const char *action,
                      int64_t asked_ms, const char *node)
{
    snprintf(out, cap, "%.150s-%.16s-%lld@%s", alert, action, (long long)asked_ms, node);
}

/* Node and life of the record are part of it: the same name comes again at another node, or when a record is begun
 * anew, and is no repetition then. */
static int name_step(const struct ut__store *s, const struct step *step,
                     const struct ut__news *news, int64_t row, char *key, size_t cap)
{
    int64_t asked = 0;
    int rc = SQLITE_OK;
    if (step->what == UT__LIFE_RAISED) {
        snprintf(key, cap, "%s@%s.%s", news->alert.id, s->node, s->life);
    } else if (step->what == UT__LIFE_ESCALATED || step->what == UT__LIFE_EXPIRED) {
        rc = ut__sql_int(s->db, &asked, "SELECT due_ms FROM alerts WHERE id = ?", "i", step->alert);
        ut__life_due_key(key, cap, news->alert.id, news->action, asked, s->node);
    } else {
        snprintf(key, cap, "%s-%s-%lld@%s.%s", news->alert.id, news->action, (long long)row,
                 s->node, s->life);
    }
    return rc;
}

/* Writes the life's row, the letters, and remembers the news. */
static int life_step(struct ut__store *s, const struct step *step)
{
    char key[ID_BYTES + UT__NODE_MAX + 72];
    struct ut__news news = {.time_ms = step->now_ms};
    struct ut__answer now = {0};
    snprintf(news.action, sizeof news.action, "%s", action_name(step->what));
    snprintf(news.by, sizeof news.by, "%s", step->by ? step->by : "");
    int rc = ut__sql_run(s->db,
                         "INSERT INTO life(alert_id, time_ms, action, by, text, outcome)"
                         " VALUES(?,?,?,?,?,?)",
                         "iissss", step->alert, step->now_ms, news.action, step->by, step->text,
                         step->outcome);
    int64_t row = sqlite3_last_insert_rowid(s->db);
    if (rc == SQLITE_OK)
        rc = ut__alert_rows(s, &now, "a.id = ?1 AND ?2 IS NULL", step->alert, NULL);
    if (rc != SQLITE_OK || !now.count) {
        ut__answer_free(&now);
        return rc;
    }
    news.alert = now.alerts[0];
    now.are_alerts = 0; /* Its texts are the news'. */
    ut__answer_free(&now);
    rc = name_step(s, step, &news, row, key, sizeof key);
    if (rc == SQLITE_OK)
        rc = write_letters(s, step, key, &news);
    if (rc == SQLITE_OK)
        return ut__tell_news(s, &news);
    ut__alert_state_free(&news.alert);
    return rc;
}

static int happen(struct ut__store *s, int64_t alert, enum ut__life what, const char *by,
                  const char *text, int64_t now_ms)
{
    return life_step(
        s, &(struct step){.alert = alert, .what = what, .by = by, .text = text, .now_ms = now_ms});
}

/* The reasons of an event, cut from its JSON Lines object, so that there is one writer of them. */
static int event_json(struct ut__store *s, const struct ut__stream_item *item, json_t **out)
{
    char json[UT_JSON_MAX];
    int64_t valid = 0;
    *out = NULL;
    if (ut_event_to_json(json, sizeof json, item->info.id, &item->event) < 0)
        return SQLITE_OK;
    *out = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    if (*out)
        return SQLITE_OK;
    /* Which of the two it was jansson does not say: no JSON, or no memory for it. */
    int rc = ut__sql_int(s->db, &valid, "SELECT json_valid(?)", "s", json);
    return rc == SQLITE_OK && valid ? SQLITE_NOMEM : rc;
}

static int raise_alert(struct ut__store *s, const struct ut__live *call,
                       const struct ut__stream_item *item)
{
    static const char sql[] =
        "INSERT OR IGNORE INTO alerts(alert, call_id, n, t, stress, for_s, reasons, text, state,"
        " raised_ms, due_ms, agents, severity, rule, assigned_to, channels)"
        " VALUES(?,?,?,?,?,?,?,?,'raised',?9,?9,?10,?11,?12,?13,?14)";
    char *agents = NULL;
    char id[ID_BYTES];
    uint32_t n = call->n_before + item->event.u.alert.n;
    json_t *json;
    int rc = event_json(s, item, &json);
    if (rc != SQLITE_OK || !json)
        return rc;
    char *reasons =
        json_dumps(json_object_get(json, "reasons"), JSON_COMPACT | JSON_REAL_PRECISION(15));
    const json_t *rule = json_object_get(json, "rule");
    char *rule_text = rule ? json_dumps(rule, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    const json_t *num[] = {json_object_get(json, "t"), json_object_get(json, "stress"),
                           json_object_get(json, "for_s")};
    snprintf(id, sizeof id, "%s-%u", item->info.id, n);
    if (!reasons || (rule && !rule_text))
        rc = SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        rc = ut__recovery_good(s->db, item->info.queue, item->info.agent, item->time_us / 1000,
                               &agents);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(
            s->db, sql, "siidddssisssss", id, call->row, (int64_t)n, json_number_value(num[0]),
            json_is_null(num[1]) ? -1.0 : json_number_value(num[1]), json_number_value(num[2]),
            reasons, json_string_value(json_object_get(json, "text")), item->time_us / 1000, agents,
            json_string_value(json_object_get(rule, "severity")), rule_text,
            item->to[0] ? item->to : NULL, item->channels[0] ? item->channels : NULL);
    int fresh = rc == SQLITE_OK && sqlite3_changes(s->db) > 0;
    int64_t alert = sqlite3_last_insert_rowid(s->db);
    free(reasons);
    free(rule_text);
    free(agents);
    json_decref(json);
    if (!fresh)
        return rc;
    rc = ut__sql_run(s->db, "UPDATE calls SET alerts = alerts + 1 WHERE id = ?", "i", call->row);
    return rc == SQLITE_OK ? happen(s, alert, UT__LIFE_RAISED, NULL, NULL, item->time_us / 1000)
                           : rc;
}

static int clear_alert(struct ut__store *s, const struct ut__live *call,
                       const struct ut__stream_item *item)
{
    const struct ut_alert_event *a = &item->event.u.alert;
    int64_t alert = 0, now = item->time_us / 1000;
    int rc = ut__sql_int(s->db, &alert,
                         "SELECT id FROM alerts WHERE call_id = ? AND n = ? AND NOT cleared", "ii",
                         call->row, (int64_t)call->n_before + a->n);
    if (rc != SQLITE_OK || !alert)
        return rc;
    rc = ut__sql_run(s->db,
                     "UPDATE alerts SET cleared = 1, cleared_ms = ?2, cleared_t = round(?3, 2)"
                     " WHERE id = ?1",
                     "iid", alert, now, a->t_s);
    return rc == SQLITE_OK ? happen(s, alert, UT__LIFE_CLEARED, NULL, NULL, now) : rc;
}

int ut__life_event(struct ut__store *s, const struct ut__live *call,
                   const struct ut__stream_item *item)
{
    return item->event.u.alert.action == UT_ALERT_RAISED ? raise_alert(s, call, item)
                                                         : clear_alert(s, call, item);
}

int ut__life_call_ended(struct ut__store *s, int64_t call_row)
{
    return ut__sql_run(s->db, "UPDATE alerts SET cleared = 1 WHERE call_id = ? AND NOT cleared",
                       "i", call_row);
}

/* Each row of a query of ids, DUE_MAX in a turn: the query may walk over all open alerts. */
static int each_due(struct ut__store *s, const char *select, int64_t a, int64_t b,
                    const char *update, enum ut__life what, const char *to, int64_t now_ms)
{
    int64_t due[DUE_MAX];
    int n = 0;
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, select, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 1, a);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 2, b);
    while (rc == SQLITE_OK && n < DUE_MAX && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        due[n++] = sqlite3_column_int64(st, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    for (int i = 0; i < n && rc == SQLITE_OK; i++) {
        rc = ut__sql_run(s->db, update, "iis", due[i], now_ms, to);
        if (rc == SQLITE_OK)
            rc = happen(s, due[i], what, NULL, to, now_ms);
    }
    return rc;
}

int ut__life_tick(struct ut__store *s, int64_t now_ms)
{
    /* Orders of the node that stood in for this one come first. */
    if (ut__clock_mono_us() < s->hold_us)
        return SQLITE_OK;
    const char *to = s->escalate_to[0] ? s->escalate_to : NULL;
    int rc = SQLITE_OK;
    if (s->cfg.escalate_s)
        rc =
            each_due(s,
                     "SELECT id FROM alerts WHERE state = 'raised' AND escalated_ms IS NULL AND"
                     " due_ms <= ?1 AND ?2 AND NOT (SELECT elsewhere FROM calls WHERE id = call_id)"
                     " ORDER BY id",
                     now_ms - (int64_t)s->cfg.escalate_s * 1000, 1,
                     "UPDATE alerts SET escalated_ms = ?2, assigned_to = coalesce(?3,"
                     " assigned_to) WHERE id = ?1",
                     UT__LIFE_ESCALATED, to, now_ms);
    if (rc == SQLITE_OK)
        rc = each_due(
            s,
            "SELECT a.id FROM alerts a JOIN calls c ON c.id = a.call_id WHERE NOT c.elsewhere"
            " AND ((a.state = 'raised' AND c.ended_ms <= ?1 AND a.due_ms <= ?1) OR"
            " (a.state = 'acknowledged' AND c.ended_ms <= ?2)) ORDER BY a.id",
            now_ms - (int64_t)s->cfg.expire_s * 1000, now_ms - (int64_t)FORGOTTEN_DAYS * 86400000,
            "UPDATE alerts SET state = 'expired', expired_ms = ?2 WHERE id = ?1 AND ?3 IS"
            " NULL",
            UT__LIFE_EXPIRED, NULL, now_ms);
    return rc;
}

/* What is known of the alert that somebody acts on. */
struct acted {
    int64_t id;
    char state[16], by[UT__PERSON_MAX], outcome[32], judged_by[UT__PERSON_MAX];
};

static int find_acted(struct ut__store *s, const char *name, struct acted *out)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db,
                                "SELECT id, state, coalesce(acknowledged_by, ''),"
                                " coalesce(outcome, ''), coalesce(judged_by, '') FROM alerts WHERE"
                                " alert = ?",
                                -1, &st, NULL);
    *out = (struct acted){0};
    if (rc == SQLITE_OK && name)
        rc = sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK && name && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        out->id = sqlite3_column_int64(st, 0);
        snprintf(out->state, sizeof out->state, "%s", (const char *)sqlite3_column_text(st, 1));
        snprintf(out->by, sizeof out->by, "%s", (const char *)sqlite3_column_text(st, 2));
        snprintf(out->outcome, sizeof out->outcome, "%s", (const char *)sqlite3_column_text(st, 3));
        snprintf(out->judged_by, sizeof out->judged_by, "%s",
                 (const char *)sqlite3_column_text(st, 4));
    }
    sqlite3_finalize(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* What somebody wrote is kept, whatever became of the act that it came with. */
static int keep_note(struct ut__store *s, const struct acted *a, const char *by, const char *note,
                     int64_t now_ms)
{
    return note && note[0] ? happen(s, a->id, UT__LIFE_NOTED, by, note, now_ms) : SQLITE_OK;
}

static int conflict(struct ut__answer *out, const struct acted *a, const char *verb)
{
    char text[160];
    if (strcmp(a->state, "acknowledged") == 0)
        snprintf(text, sizeof text, "%s has acknowledged this alert already.", a->by);
    else
        snprintf(text, sizeof text, "This alert is %s: nobody can %s it any more.", a->state, verb);
    return ut__fail(out, UT__LEDGER_CONFLICT, text, "Look at the alert's newest state.");
}

static int acknowledge(struct ut__store *s, const struct acted *a, json_t *args,
                       struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *note = ut__arg_text(args, "note");
    int64_t now = ut__wall_ms();
    if (strcmp(a->state, "acknowledged") == 0 && strcmp(a->by, by) == 0)
        return keep_note(s, a, by, note, now);
    if (strcmp(a->state, "raised") != 0)
        return conflict(out, a, "acknowledge");
    int rc = ut__sql_run(s->db,
                         "UPDATE alerts SET state = 'acknowledged', acknowledged_ms ="
                         " coalesce(acknowledged_ms, ?2), acknowledged_by = ?3, assigned_to = ?3"
                         " WHERE id = ?1",
                         "iis", a->id, now, by);
    return rc == SQLITE_OK ? happen(s, a->id, UT__LIFE_ACKNOWLEDGED, by, note, now) : rc;
}

static int resolve(struct ut__store *s, const struct acted *a, json_t *args, struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *outcome = ut__arg_text(args, "outcome");
    const char *note = ut__arg_text(args, "note");
    int64_t now = ut__wall_ms();
    if (!ut__good_outcome(outcome, out))
        return SQLITE_OK;
    if (strcmp(a->state, "resolved") == 0 && strcmp(a->outcome, outcome) == 0)
        return keep_note(s, a, by, note, now);
    if (strcmp(a->state, "raised") != 0 && strcmp(a->state, "acknowledged") != 0)
        return conflict(out, a, "resolve");
    int rc = ut__sql_run(s->db,
                         "UPDATE alerts SET state = 'resolved', resolved_ms = ?2, resolved_by = ?3,"
                         " outcome = ?4, judged_ms = ?2, judged_by = ?3, judged_source = NULL,"
                         " acknowledged_ms = coalesce(acknowledged_ms, ?2), acknowledged_by ="
                         " coalesce(acknowledged_by, ?3) WHERE id = ?1",
                         "iiss", a->id, now, by, outcome);
    if (rc != SQLITE_OK)
        return rc;
    return life_step(s, &(struct step){.alert = a->id,
                                       .what = UT__LIFE_RESOLVED,
                                       .by = by,
                                       .text = note,
                                       .outcome = outcome,
                                       .now_ms = now});
}

static int hand_over(struct ut__store *s, const struct acted *a, json_t *args,
                     struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *to = ut__arg_text(args, "to");
    const char *note = ut__arg_text(args, "note");
    int64_t now = ut__wall_ms();
    if (!to || !to[0] || strlen(to) >= UT__PERSON_MAX)
        return ut__fail(out, UT__LEDGER_BAD, "Nobody is named to hand the alert to.",
                        "Give `to`, a name of 1 to 63 bytes.");
    if (strcmp(a->state, "raised") != 0 && strcmp(a->state, "acknowledged") != 0)
        return conflict(out, a, "hand over");
    int rc = ut__sql_run(
        s->db,
        "UPDATE alerts SET state = 'raised', assigned_to = ?2, due_ms = max(?3, due_ms + 1),"
        " escalated_ms = NULL WHERE id = ?1",
        "isi", a->id, to, now);
    if (rc == SQLITE_OK)
        rc = happen(s, a->id, UT__LIFE_HANDED_OVER, by, to, now);
    return rc == SQLITE_OK ? keep_note(s, a, by, note, now) : rc;
}

static int add_note(struct ut__store *s, const struct acted *a, json_t *args,
                    struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *text = ut__arg_text(args, "text");
    if (!text || !text[0])
        return ut__fail(out, UT__LEDGER_BAD, "The note is empty.", "Give `text`, 1 to 2000 bytes.");
    return happen(s, a->id, UT__LIFE_NOTED, by, text, ut__wall_ms());
}

/* What a node that stood in for this one has told, while this one was cut off and came to the same: what it has not told
 * yet, nobody need hear. */
static int told_already(struct ut__store *s, const struct acted *a, json_t *args,
                        const char *action)
{
    char key[ID_BYTES + UT__NODE_MAX + 72];
    int64_t asked = 0;
    int rc = ut__sql_int(s->db, &asked, "SELECT due_ms FROM alerts WHERE id = ?", "i", a->id);
    ut__life_due_key(key, sizeof key, ut__arg_text(args, "alert"), action, asked, s->node);
    return rc == SQLITE_OK && s->told
               ? ut__sql_run(s->db, "DELETE FROM outbox WHERE alert_id = ? AND key = ?", "is",
                             a->id, key)
               : rc;
}

/* What a node that stood in for this one has done. */
static int escalate(struct ut__store *s, const struct acted *a, json_t *args,
                    struct ut__answer *out)
{
    const char *to = ut__arg_text(args, "to");
    int64_t now = ut__arg_int(args, "time_ms", ut__wall_ms()), fresh = 0;
    (void)out;
    to = to && *to ? to : NULL;
    int rc = ut__sql_int(s->db, &fresh, "SELECT escalated_ms IS NULL FROM alerts WHERE id = ?", "i",
                         a->id);
    if (rc != SQLITE_OK || !fresh || strcmp(a->state, "raised") != 0)
        return rc == SQLITE_OK ? told_already(s, a, args, "escalated") : rc;
    rc = ut__sql_run(s->db,
                     "UPDATE alerts SET escalated_ms = ?2, assigned_to = coalesce(?3, assigned_to)"
                     " WHERE id = ?1",
                     "iis", a->id, now, to);
    return rc == SQLITE_OK ? happen(s, a->id, UT__LIFE_ESCALATED, NULL, to, now) : rc;
}

static int expire(struct ut__store *s, const struct acted *a, json_t *args, struct ut__answer *out)
{
    int64_t now = ut__arg_int(args, "time_ms", ut__wall_ms());
    (void)out;
    if (strcmp(a->state, "raised") != 0)
        return told_already(s, a, args, "expired");
    int rc =
        ut__sql_run(s->db, "UPDATE alerts SET state = 'expired', expired_ms = ?2 WHERE id = ?1",
                    "ii", a->id, now);
    return rc == SQLITE_OK ? happen(s, a->id, UT__LIFE_EXPIRED, NULL, NULL, now) : rc;
}

/* The newest verdict counts; each is a row of the life, with its note. */
static int judge(struct ut__store *s, const struct acted *a, json_t *args, struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *outcome = ut__arg_text(args, "outcome");
    const char *note, *source;
    int64_t now = ut__wall_ms();
    if (!ut__good_outcome(outcome, out) || !ut__arg_note(args, "note", UT__NOTE_MAX, &note, out) ||
        !ut__arg_note(args, "source", UT__SOURCE_MAX, &source, out))
        return SQLITE_OK;
    if (!note && strcmp(a->outcome, outcome) == 0 && strcmp(a->judged_by, by) == 0)
        return SQLITE_OK;
    int rc = ut__sql_run(s->db,
                         "UPDATE alerts SET outcome = ?2, judged_ms = ?3, judged_by = ?4,"
                         " judged_source = ?5 WHERE id = ?1",
                         "isiss", a->id, outcome, now, by, source);
    if (rc != SQLITE_OK)
        return rc;
    return life_step(s, &(struct step){.alert = a->id,
                                       .what = UT__LIFE_JUDGED,
                                       .by = by,
                                       .text = note,
                                       .outcome = outcome,
                                       .now_ms = now});
}

int ut__life_act(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const struct {
        const char *name;
        int (*act)(struct ut__store *, const struct acted *, json_t *, struct ut__answer *);
    } verbs[] = {{"acknowledge", acknowledge},
                 {"resolve", resolve},
                 {"hand_over", hand_over},
                 {"note", add_note},
                 {"judge", judge},
                 {"escalate", escalate},
                 {"expire", expire}};
    const char *verb = ut__arg_text(args, "action"), *by = ut__arg_text(args, "by");
    const char *note = ut__arg_text(args, "note"), *text = ut__arg_text(args, "text");
    struct acted a;
    if (!verb || !by || strlen(by) >= UT__PERSON_MAX || (note && strlen(note) > UT__NOTE_MAX) ||
        (text && strlen(text) > UT__NOTE_MAX))
        return ut__fail(out, UT__LEDGER_BAD, "The order is incomplete, or a text is too long.",
                        "Give a known action and a note of at most 2000 bytes.");
    int rc = find_acted(s, ut__arg_text(args, "alert"), &a);
    if (rc != SQLITE_OK)
        return rc;
    if (!a.id)
        return ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such alert here.",
                        "Ask /api/v1/alerts for those that there are.");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verb, verbs[i].name) != 0)
            continue;
        s->told = json_is_true(json_object_get(args, "told"));
        rc = verbs[i].act(s, &a, args, out);
        s->told = 0;
        return rc == SQLITE_OK && out->status == UT__LEDGER_OK ? ut__q_alert(s, args, out) : rc;
    }
    return ut__fail(out, UT__LEDGER_BAD, "The action is unknown.",
                    "Give acknowledge, note, resolve, hand_over or judge.");
}

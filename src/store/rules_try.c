/* SPDX-License-Identifier: MIT */
/*
 * A rule tried on ended calls: their stored seconds go through the same functions as live ones; charged
 * words stand as long as their alert did, phrases were said where lines are kept. Hold and what was said are told as
 * not tried where they are not known of a call. Bounded, since alerts wait
 * behind one question: the newest calls first, so many seconds of them, and the answer says how many.
 */

#include <stdlib.h>
#include <string.h>

#include "alert/rules.h"
#include "store/args.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { SECONDS_MAX = 150000, CALLS_MAX = 1000, SHOWN_MAX = 20, DAYS_MAX = 31 };

struct tried {
    struct ut__rules *rules;
    struct ut__rules_call *state;
    json_t *shown;
    int64_t seconds, calls, alerts, alerted;
    int unknown; /* 1: whether some call was on hold is not known. */
    int unsaid;  /* 1: of some call nothing that was said is kept. */
    struct ut__said said;
};

/* A kept line counts as it did live: [from, bytes, kind, ...] of each phrase, as line_keeper wrote it. */
static void take_line(struct tried *t, sqlite3_stmt *line)
{
    const char *text = (const char *)sqlite3_column_text(line, 1),
               *hits = (const char *)sqlite3_column_text(line, 2);
    json_t *list = hits ? json_loads(hits, 0, NULL) : NULL, *hit;
    size_t i, len = text ? strlen(text) : 0;
    struct ut_words_score score = {.hits = 0};
    json_array_foreach(list, i, hit)
    {
        json_int_t from = json_integer_value(json_array_get(hit, 0)),
                   bytes = json_integer_value(json_array_get(hit, 1));
        const char *kind = json_string_value(json_array_get(hit, 2));
        int its = kind ? ut__said_kind(kind, strlen(kind)) : -1;
        if (its < 0 || from < 0 || bytes < 0 || (size_t)from > len ||
            (size_t)bytes > len - (size_t)from || score.hits == UT_WORDS_HITS_MAX)
            continue;
        score.hit[score.hits++] = (struct ut_words_hit){
            .kind = (enum ut_words_kind)its, .from = (size_t)from, .len = (size_t)bytes};
    }
    ut__said_add(&t->said, sqlite3_column_double(line, 0), text ? text : "", &score);
    json_decref(list);
}

static void take_row(struct tried *t, sqlite3_stmt *st, sqlite3_stmt *call, int64_t *raised)
{
    struct ut_score score = {.t_s = sqlite3_column_double(st, 0),
                             .stress = (float)sqlite3_column_double(st, 1),
                             .state = (enum ut_state)sqlite3_column_int(st, 2),
                             .talk = (enum ut_talk)sqlite3_column_int(st, 3)};
    struct ut__rules_second second = {.score = &score,
                                      .has_agent = sqlite3_column_int(call, 3) != 0,
                                      .on_hold = sqlite3_column_int(st, 4) != 0,
                                      .words = sqlite3_column_int(st, 5) != 0,
                                      .said = &t->said,
                                      .returning = (uint32_t)sqlite3_column_int64(call, 4),
                                      .week_min =
                                          sqlite3_column_int(call, 5) + (int32_t)(score.t_s / 60)};
    struct ut_alert_event a;
    t->seconds++;
    t->unknown |= sqlite3_column_type(st, 4) == SQLITE_NULL;
    ut__rules_take(t->state, &second);
    if (!ut__rules_ask(t->state, 0, &second, (const char *)sqlite3_column_text(call, 2), &a) ||
        a.action != UT_ALERT_RAISED)
        return;
    (*raised)++;
    if (json_array_size(t->shown) < SHOWN_MAX)
        json_array_append_new(t->shown,
                              json_pack("{ss sf ss}", "call", sqlite3_column_text(call, 1), "t",
                                        a.t_s, "text", a.text));
}

/* The kept lines of a call that counted, and its seconds, by time. */
struct reading {
    sqlite3_stmt *call, *scores, *lines;
};

static int try_call(struct tried *t, const struct reading *r)
{
    int64_t raised = 0;
    sqlite3_stmt *call = r->call;
    int rc = sqlite3_bind_int64(r->scores, 1, sqlite3_column_int64(call, 0));
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(r->lines, 1, sqlite3_column_int64(call, 0));
    int more = rc == SQLITE_OK && sqlite3_step(r->lines) == SQLITE_ROW;
    t->said.count = 0;
    t->unsaid |= !more;
    ut__rules_call_init(t->state, t->rules);
    while (rc == SQLITE_OK && (rc = sqlite3_step(r->scores)) == SQLITE_ROW) {
        for (; more && sqlite3_column_double(r->lines, 0) <= sqlite3_column_double(r->scores, 0);
             more = sqlite3_step(r->lines) == SQLITE_ROW)
            take_line(t, r->lines);
        take_row(t, r->scores, call, &raised);
        rc = SQLITE_OK;
    }
    sqlite3_reset(r->scores);
    sqlite3_reset(r->lines);
    t->calls++;
    t->alerts += raised;
    t->alerted += raised > 0;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* What this rule looks at and the record has not kept of all these calls. */
static json_t *not_tried(const struct tried *t)
{
    json_t *list = json_array();
    if (t->unknown && ut__rules_looks_at(&t->rules->rule[0], UT_FACT_HOLD))
        json_array_append_new(list, json_string(ut_fact_name(UT_FACT_HOLD)));
    if (t->unsaid && ut__rules_looks_at(&t->rules->rule[0], UT_FACT_SAID))
        json_array_append_new(list, json_string(ut_fact_name(UT_FACT_SAID)));
    return list;
}

static int try_all(struct ut__store *s, struct tried *t, int64_t from_ms, const char *scope)
{
    static const char calls[] =
        "SELECT c.id, c.call, c.queue, c.has_agent, iif(c.caller_key IS NULL, 0, (SELECT count(*)"
        " FROM calls b WHERE b.caller_key = c.caller_key AND b.alerts > 0 AND b.ended_ms BETWEEN"
        " c.started_ms - 2592000000 AND c.started_ms)), (CAST(strftime('%w', c.started_ms / 1000,"
        " 'unixepoch', 'localtime') AS INTEGER) + 6) % 7 * 1440 + CAST(strftime('%H', c.started_ms "
        "/"
        " 1000, 'unixepoch', 'localtime') AS INTEGER) * 60 + CAST(strftime('%M', c.started_ms / "
        "1000,"
        " 'unixepoch', 'localtime') AS INTEGER) FROM calls c WHERE c.ended_ms IS NOT NULL AND"
        " c.started_ms >= ?1 AND (?2 IS NULL OR c.queue IN (SELECT value FROM json_each(?2))) ORDER"
        " BY c.started_ms DESC LIMIT ?3";
    struct reading r = {NULL, NULL, NULL};
    int rc = sqlite3_prepare_v2(s->db, calls, -1, &r.call, NULL);
    if (rc == SQLITE_OK)
        rc =
            sqlite3_prepare_v2(s->db,
                               "SELECT counted, text, hits FROM lines WHERE call_id = ? AND counted"
                               " IS NOT NULL ORDER BY counted, id",
                               -1, &r.lines, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(
            s->db,
            "SELECT t, stress, state, talk, held, EXISTS(SELECT 1 FROM alerts a WHERE a.call_id ="
            " s.call_id AND a.n > 1000 AND a.rule IS NULL AND a.t <= s.t AND (a.cleared_t IS NULL"
            " OR a.cleared_t > s.t)) FROM scores s WHERE call_id = ? ORDER BY t",
            -1, &r.scores, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(r.call, 1, from_ms);
    if (rc == SQLITE_OK && scope)
        rc = sqlite3_bind_text(r.call, 2, scope, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int(r.call, 3, CALLS_MAX);
    while (rc == SQLITE_OK && t->seconds < SECONDS_MAX && (rc = sqlite3_step(r.call)) == SQLITE_ROW)
        rc = try_call(t, &r);
    sqlite3_finalize(r.call);
    sqlite3_finalize(r.scores);
    sqlite3_finalize(r.lines);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int ut__q_rule_try(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t days = ut__arg_int(args, "days", 7);
    const char *text = ut__arg_text(args, "text"), *scope = ut__arg_text(args, "scope");
    struct tried t = {.rules = malloc(sizeof *t.rules), .shown = json_array()};
    int64_t from_ms = ut__wall_ms() - days * 86400000, of = 0;
    int rc = SQLITE_NOMEM;
    if (days < 1 || days > DAYS_MAX)
        rc = ut__fail(out, UT__LEDGER_BAD, "days is out of its range.", "Give 1 to 31.");
    else if (t.rules && t.shown && ut__rule_one(t.rules, text ? text : "", out)) {
        t.rules->rule[0].off = 0;
        t.state = malloc(ut__rules_call_bytes(t.rules));
        rc = t.state ? try_all(s, &t, from_ms, scope) : SQLITE_NOMEM;
        if (rc == SQLITE_OK)
            rc = ut__sql_int(
                s->db, &of,
                "SELECT count(*) FROM calls WHERE ended_ms IS NOT NULL AND started_ms >="
                " ?1 AND (?2 IS NULL OR queue IN (SELECT value FROM json_each(?2)))",
                "is", from_ms, scope);
        json_t *answer = json_pack("{sI sI sI sI sI sO so}", "days", (json_int_t)days, "calls",
                                   (json_int_t)t.calls, "of", (json_int_t)of, "alerts",
                                   (json_int_t)t.alerts, "alerted", (json_int_t)t.alerted, "shown",
                                   t.shown, "not_tried", not_tried(&t));
        out->json = answer ? json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
        json_decref(answer);
    } else if (t.rules && t.shown)
        rc = SQLITE_OK;
    json_decref(t.shown);
    free(t.state);
    free(t.rules);
    return rc;
}

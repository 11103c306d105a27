/* SPDX-License-Identifier: MIT */
/* Items of the stream into rows: calls, per-second scores, turns, summaries. */

#include "store/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/json.h>

#include "store/import.h"
#include "store/life.h"
#include "store/live.h"
#include "store/past_call.h"
#include "store/sql.h"
#include "store/state.h"

static int read_life(struct ut__store *s)
{
    char *life = NULL;
    int rc = ut__sql_run(
        s->db, "INSERT OR IGNORE INTO meta VALUES('life', lower(hex(randomblob(4))))", "");
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &life, "SELECT value FROM meta WHERE name = 'life'", "");
    snprintf(s->life, sizeof s->life, "%s", life ? life : "");
    free(life);
    return rc;
}

int ut__write_prepare(struct ut__store *s)
{
    static const char insert[] =
        "INSERT OR REPLACE INTO scores VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    int rc = sqlite3_prepare_v3(s->db, insert, -1, SQLITE_PREPARE_PERSISTENT, &s->put_score, NULL);
    return rc == SQLITE_OK ? read_life(s) : rc;
}

int ut__write_begin(struct ut__store *s)
{
    /* A crash ends calls without a word: their last score is the last that is known of them. */
    static const char close_calls[] =
        "UPDATE calls SET ended_ms = started_ms + coalesce((SELECT CAST(max(t) * 1000 AS INTEGER)"
        " FROM scores WHERE call_id = calls.id), 0), end_reason = 'restart', duration_s ="
        " (SELECT max(t) FROM scores WHERE call_id = calls.id), peak = (SELECT max(stress) FROM"
        " scores WHERE call_id = calls.id) WHERE ended_ms IS NULL";
    int rc = ut__sql_run(s->db, close_calls, "");
    return rc == SQLITE_OK ? ut__write_prepare(s) : rc;
}

/*
 * A peer may come back with the name of a call that is stored: after a crash of ours, or with a
 * second stream of one call. It goes on then, and its alerts are counted on from those there are:
 * under the same names they would be taken for the ones that have been told.
 */
static int count_on(struct ut__store *s, struct ut__live *call)
{
    int64_t n = 0;
    int rc = ut__sql_int(s->db, &n, "SELECT coalesce(max(n), 0) FROM alerts WHERE call_id = ?", "i",
                         call->row);
    call->n_before = (uint32_t)n;
    call->elevated_s = call->alert_s = 0;
    call->ended = 0;
    return rc;
}

static int upsert_call(struct ut__store *s, const struct ut__call_info *info, int starts)
{
    static const char sql[] =
        "INSERT INTO calls(call, node, source, queue, agent, has_agent, caller_key, started_ms,"
        " baseline, site, threshold) VALUES(?,?,?,?,?,?,?,?,?, nullif(?, ''), coalesce((SELECT "
        "threshold FROM "
        "thresholds WHERE"
        " queue IN (?4, '*') ORDER BY queue = '*' LIMIT 1), 0)) ON CONFLICT(call) DO UPDATE SET"
        " queue = excluded.queue, agent = excluded.agent, has_agent = excluded.has_agent,"
        " caller_key = coalesce(excluded.caller_key, caller_key), ended_ms = NULL,"
        " end_reason = NULL,"
        " baseline = iif(excluded.baseline = 'none', baseline, excluded.baseline)";
    char key[UT__CALLER_KEY_MAX];
    int64_t row = 0;
    ut__key_caller(s->key, info->caller, key);
    int rc = ut__past_call_step_aside(s, info->id);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, sql, "sssssisiss", info->id, s->node, info->source, info->queue,
                         info->agent, (int64_t)info->has_agent, key[0] ? key : NULL,
                         info->started_ms, info->returning ? "returning" : "none", info->site);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &row, "SELECT id FROM calls WHERE call = ?", "s", info->id);
    struct ut__live *call = ut__live_find(s, info->id);
    starts |= !call;
    if (rc == SQLITE_OK && !call) {
        call = ut__live_add(s, info->id, row);
        if (!call)
            return SQLITE_NOMEM;
        call->unsure = 1;
    }
    if (rc != SQLITE_OK)
        return rc;
    call->row = row; /* Another one, if the transaction that made it was rolled back. */
    call->lost = 0;
    return starts ? count_on(s, call) : SQLITE_OK;
}

/* Three decimals are what the JSON Lines show; more would only cost bytes. */
static double milli(float v)
{
    double x = (double)v * 1000.0;
    return (double)(int64_t)(x < 0 ? x - 0.5 : x + 0.5) / 1000.0;
}

static void bind_score(sqlite3_stmt *st, int64_t row, const struct ut_score *v)
{
    int scored = v->state != UT_STATE_ABSTAIN;
    const float num[] = {v->stress, v->arousal, v->valence, v->confidence};
    sqlite3_bind_int64(st, 1, row);
    sqlite3_bind_double(st, 2, (double)(int64_t)(v->t_s * 1000.0 + 0.5) / 1000.0);
    for (int i = 0; i < 4; i++)
        if (scored)
            sqlite3_bind_double(st, 3 + i, milli(num[i]));
    sqlite3_bind_int(st, 7, (int)v->state);
    sqlite3_bind_int(st, 8, (int)v->why);
    sqlite3_bind_int(st, 9, (int)v->talk);
    sqlite3_bind_double(st, 10, milli(v->level_dbfs));
    sqlite3_bind_double(st, 11, milli(v->speech_s));
    for (int i = 0; i < UT_REASON_COUNT; i++)
        if (scored && v->has_delta)
            sqlite3_bind_double(st, 12 + i, milli(v->delta[i]));
    if (v->evidence > 0) /* The thresholds of small budgets lie between .99 and 1. */
        sqlite3_bind_double(st, 12 + UT_REASON_COUNT, round((double)v->evidence * 1e5) / 1e5);
}

static int write_score(struct ut__store *s, struct ut__live *call,
                       const struct ut__stream_item *item)
{
    sqlite3_stmt *st = s->put_score;
    const struct ut_score *v = &item->event.u.score;
    bind_score(st, call->row, v);
    if (strcmp(item->info.source, UT__IMPORT_SOURCE) != 0)
        sqlite3_bind_int(st, 13 + UT_REASON_COUNT, item->on_hold);
    if (v->has_words)
        sqlite3_bind_double(st, 14 + UT_REASON_COUNT, milli(v->words));
    int rc = sqlite3_step(st);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    call->elevated_s += v->state == UT_STATE_ELEVATED || v->state == UT_STATE_ALERT;
    call->alert_s += v->state == UT_STATE_ALERT;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int write_summary(struct ut__store *s, int64_t row, const struct ut_summary *v,
                         const char *json)
{
    static const char sql[] =
        "UPDATE calls SET summary = ?2, scored = ?3, duration_s = ?4, peak = iif(?3, ?5, NULL),"
        " end_stress = iif(?3, ?6, NULL), peak_end = iif(?3, ?7, NULL), recovery = iif(?3, ?8,"
        " NULL), episodes = ?9, baseline = iif(baseline = 'none' AND EXISTS(SELECT 1 FROM scores "
        "WHERE call_id ="
        " ?1 AND f0 IS NOT NULL), 'own', baseline) WHERE id = ?1";
    return ut__sql_run(s->db, sql, "isidddddi", row, json, (int64_t)(v->scored != 0), v->duration_s,
                       milli(v->peak), milli(v->end), milli(v->peak_end), milli(v->recovery),
                       (int64_t)v->episode_count);
}

static int write_event(struct ut__store *s, struct ut__live *call,
                       const struct ut__stream_item *item)
{
    char json[UT_JSON_MAX];
    const struct ut_event *ev = &item->event;
    switch (ev->type) {
    case UT_EVENT_SCORE:
        return write_score(s, call, item);
    case UT_EVENT_ALERT:
        return ut__life_event(s, call, item);
    case UT_EVENT_TURNS:
        if (ut_event_to_json(json, sizeof json, item->info.id, ev) < 0)
            return SQLITE_OK;
        return ut__sql_run(s->db, "UPDATE calls SET turns = ? WHERE id = ?", "si", json, call->row);
    case UT_EVENT_SUMMARY:
        if (ut_event_to_json(json, sizeof json, item->info.id, ev) < 0)
            return SQLITE_OK;
        return write_summary(s, call->row, &ev->u.summary, json);
    default:
        return SQLITE_OK;
    }
}

static int write_end(struct ut__store *s, struct ut__live *call, const struct ut__stream_item *item)
{
    static const char sql[] =
        "UPDATE calls SET ended_ms = ?2, end_reason = ?3, elevated_s = elevated_s + ?4, alert_s ="
        " alert_s + ?5, recovered = iif(alerts > 0, NOT EXISTS(SELECT 1 FROM alerts WHERE call_id ="
        " ?1 AND NOT cleared), NULL), arrival = (SELECT avg(stress) FROM (SELECT stress FROM scores"
        " WHERE call_id = ?1 AND stress IS NOT NULL ORDER BY t LIMIT 10)), top_evidence = (SELECT"
        " max(evidence) FROM scores WHERE call_id = ?1) WHERE id = ?1";
    int rc = ut__sql_run(s->db, sql, "iisii", call->row, item->time_us / 1000, item->reason,
                         (int64_t)call->elevated_s, (int64_t)call->alert_s);
    return rc == SQLITE_OK ? ut__life_call_ended(s, call->row) : rc;
}

int ut__write_item(struct ut__store *s, const struct ut__stream_item *item)
{
    struct ut__live *call = ut__live_find(s, item->info.id);
    int rc = SQLITE_OK;
    /* A start that was let go must not cost the call its alerts. */
    if (!call || call->lost || item->kind == UT__STREAM_STARTED ||
        item->kind == UT__STREAM_UPDATED) {
        rc = upsert_call(s, &item->info, item->kind == UT__STREAM_STARTED);
        call = ut__live_find(s, item->info.id);
    }
    if (rc != SQLITE_OK || !call)
        return rc;
    if (item->kind == UT__STREAM_EVENT)
        return write_event(s, call, item);
    if (item->kind == UT__STREAM_ENDED) {
        rc = write_end(s, call, item);
        call->ended = 1;
    }
    return rc;
}

void ut__unwritten(struct ut__store *s, const struct ut__stream_item *item)
{
    struct ut__live *call = ut__live_find(s, item->info.id);
    if (call)
        call->lost = call->unsure;
}

void ut__written(struct ut__store *s, const struct ut__stream_item *item)
{
    struct ut__live *call = ut__live_find(s, item->info.id);
    if (!call)
        return;
    call->unsure = 0;
    if (item->kind == UT__STREAM_ENDED && call->ended)
        ut__live_drop(s, item->info.id);
}

/* SPDX-License-Identifier: MIT */
/*
 * Forgetting: by age, and what erasures.c asks for. The database is opened with secure_delete,
 * so that what is erased is overwritten; the log is folded in and cut after an erasure on demand.
 */

#include "store/erase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/lines.h"
#include "store/past.h"
#include "store/past_call.h"
#include "store/sites.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

enum { SWEEP_MS = 10000, SWEEP_CALLS = 50 };
static const int64_t DAY_MS = 86400000;
static const uint64_t MEMORY_MAX = 256u << 20;

/* The access log keeps who did what and when, and forgets with whose call. */
static const char forget_in_access[] =
    "UPDATE access SET what = '' WHERE what IN (SELECT call FROM calls WHERE id = ?1 UNION ALL"
    " SELECT alert FROM alerts WHERE call_id = ?1)";

/* Of a recording whose calls are all erased the hash alone is kept, so that it stays out. */
static const char forget_recording[] =
    "UPDATE recordings SET path = '' WHERE hash = (SELECT recording FROM calls WHERE id = ?1)"
    " AND NOT EXISTS(SELECT 1 FROM calls WHERE recording = hash AND id <> ?1)";

static int erase_call(struct ut__store *s, int64_t row, int on_demand)
{
    static const char *const sql[] = {
        forget_in_access,
        "DELETE FROM outbox WHERE alert_id IN (SELECT id FROM alerts WHERE call_id = ?)",
        "DELETE FROM life WHERE alert_id IN (SELECT id FROM alerts WHERE call_id = ?)",
        "DELETE FROM alerts WHERE call_id = ?",
        "DELETE FROM missed WHERE call_id = ?",
        "DELETE FROM marks WHERE call_id = ?",
        "DELETE FROM follow_ups WHERE call_id = ?",
        "DELETE FROM feedback WHERE call_id = ?",
        "DELETE FROM scores WHERE call_id = ?",
        "DELETE FROM tags WHERE call_id = ?",
        forget_recording,
        "DELETE FROM calls WHERE id = ?",
    };
    char *call = NULL;
    int rc = ut__sql_text(s->db, &call, "SELECT call FROM calls WHERE id = ?", "i", row);
    if (rc == SQLITE_OK && on_demand)
        rc = ut__past_purge_call(s, row);
    if (rc == SQLITE_OK)
        rc = ut__lines_erase(s, row, on_demand);
    for (size_t i = 0; i < sizeof sql / sizeof sql[0] && rc == SQLITE_OK; i++)
        rc = ut__sql_run(s->db, sql[i], "i", row);
    if (rc == SQLITE_OK)
        ut__tell(s, UT__LEDGER_CHANGED_ERASED, call);
    else
        free(call);
    return rc;
}

/* Whether what lives in memory has grown beyond its bound. */
static int is_too_large(struct ut__store *s, int *is)
{
    int64_t bytes = 0;
    *is = 0;
    if (s->dir[0] && !s->memory)
        return SQLITE_OK;
    int rc = ut__sql_int(s->db, &bytes,
                         "SELECT (p.page_count - f.freelist_count) * z.page_size FROM"
                         " pragma_page_count p, pragma_freelist_count f, pragma_page_size z",
                         "");
    *is = (uint64_t)bytes > (s->cfg.memory_max ? s->cfg.memory_max : MEMORY_MAX);
    return rc;
}

/* Without a folder the oldest calls go for want of room, whatever their age. */
static int make_room(struct ut__store *s)
{
    int is = 0, rc = is_too_large(s, &is);
    for (int i = 0; i < SWEEP_CALLS && rc == SQLITE_OK && is; i++) {
        int64_t row = 0;
        rc = ut__sql_int(s->db, &row,
                         "SELECT id FROM calls WHERE ended_ms IS NOT NULL ORDER BY started_ms"
                         " LIMIT 1",
                         "");
        if (rc != SQLITE_OK || !row)
            break;
        rc = erase_call(s, row, 0);
        if (rc == SQLITE_OK)
            rc = is_too_large(s, &is);
    }
    return rc;
}

int ut__retain(struct ut__store *s, int64_t now_ms)
{
    int64_t before = now_ms - (int64_t)s->cfg.retain_days * DAY_MS;
    if (now_ms >= s->sweep_ms && now_ms < s->sweep_ms + SWEEP_MS)
        return SQLITE_OK;
    s->sweep_ms = now_ms;
    int rc = make_room(s);
    if (!s->cfg.retain_days)
        return rc;
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "DELETE FROM access WHERE time_ms < ?", "i", before);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "DELETE FROM baselines WHERE set_ms < ?", "i", before);
    if (rc == SQLITE_OK)
        rc = ut__sites_retain(s, before);
    if (rc == SQLITE_OK)
        rc = ut__lines_retain(s, now_ms);
    for (int i = 0; i < SWEEP_CALLS && rc == SQLITE_OK; i++) {
        int64_t row = 0;
        rc = ut__sql_int(s->db, &row,
                         "SELECT id FROM calls WHERE started_ms < ? AND ended_ms IS NOT NULL ORDER"
                         " BY started_ms LIMIT 1",
                         "i", before);
        if (rc != SQLITE_OK || !row)
            break;
        rc = erase_call(s, row, 0);
    }
    return rc;
}

/* Every ended call of a caller. *live: so many go on. */
static int erase_calls_of(struct ut__store *s, const char *key, int64_t until_ms, int64_t *calls,
                          int64_t *live)
{
    int rc = SQLITE_OK;
    for (int64_t row = 1; row && rc == SQLITE_OK; *calls += row != 0) {
        row = 0;
        rc = ut__sql_int(s->db, &row,
                         "SELECT id FROM calls WHERE caller_key = ? AND ended_ms IS NOT NULL AND"
                         " started_ms <= ? LIMIT 1",
                         "si", key, until_ms);
        if (rc == SQLITE_OK && row)
            rc = erase_call(s, row, 1);
    }
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, live,
                         "SELECT count(*) FROM calls WHERE caller_key = ? AND started_ms <= ?",
                         "si", key, until_ms);
    return rc;
}

int ut__erase_baseline(struct ut__store *s, const char *caller_key, int64_t asked_ms,
                       struct ut__erased *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM baselines WHERE caller_key = ? AND set_ms <= ?", "si",
                         caller_key, asked_ms);
    out->baselines = sqlite3_changes(s->db);
    if (rc == SQLITE_OK)
        rc = ut__past_purge_baseline(s, caller_key);
    return rc;
}

int ut__erase_caller(struct ut__store *s, const char *caller_key, int64_t asked_ms,
                     struct ut__erased *out)
{
    int rc = ut__erase_baseline(s, caller_key, asked_ms, out);
    if (rc == SQLITE_OK)
        rc = ut__sites_forget_caller(s, caller_key);
    return rc == SQLITE_OK ? erase_calls_of(s, caller_key, asked_ms, &out->calls, &out->live) : rc;
}

int ut__erase_call(struct ut__store *s, const char *call, const char *node, struct ut__erased *out)
{
    int64_t row = 0;
    int rc = ut__sql_int(s->db, &row,
                         "SELECT id FROM calls c WHERE call IN (?1, ?1 || '@' || ?2) AND node ="
                         " coalesce(?2, node) AND ?1 IN (call, " UT__SQL_OWN_NAME ")",
                         "ss", call, node);
    if (rc == SQLITE_OK && node)
        rc = ut__past_purge_named(s, node, call);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &out->live, "SELECT 1 FROM calls WHERE id = ? AND ended_ms IS NULL",
                         "i", row);
    if (rc != SQLITE_OK || !row || out->live)
        return rc;
    out->calls = 1;
    return erase_call(s, row, 1);
}

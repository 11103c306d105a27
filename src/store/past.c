/* SPDX-License-Identifier: MIT */
/*
 * What nodes keep of each other: calls that have ended, and baselines of returning callers.
 *
 *     a call ended or changed -> due -> the bus's stream, the newest version of each
 *     the stream tells -> ours: the others have that version; another's: into the tables
 *     erased -> purges -> the stream forgets it -> no longer a purge
 *
 * How far the stream has been read is written with what was read, so that a crash repeats nothing and leaves
 * nothing out. A stream that was made anew is filled again by each node with what is its own.
 *
 *     call.NODE.CALL, both as hex(): {"v": version, "node", "call", "data": see past_call.c}
 *     baseline.KEY: sealed, {"v": when it was kept, "blob"}
 */

#include "store/past.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/args.h"
#include "store/house.h"
#include "store/past_call.h"
#include "store/questions.h"
#include "store/seal.h"
#include "store/sql.h"
#include "store/state.h"

enum {
    AT_ONCE = 64,           /* Calls that are told in one go, */
    BYTES = 512 * 1024,     /* unless they are larger than this; */
    VALUE_MAX = 384 * 1024, /* and a call that is larger is told to nobody. */
    KEY_MAX = 400
};

int ut__q_past_from(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *stream = ut__arg_text(args, "stream");
    char *known = NULL;
    int64_t after = 0;
    if (!stream || ut__house_of(s) != UT__HOUSE_OURS)
        return ut__count(out, "after", -1);
    int rc = ut__sql_text(s->db, &known, "SELECT value FROM meta WHERE name = 'past_stream'", "");
    int same = known && strcmp(known, stream) == 0;
    free(known);
    static const char *const anew[] = {"UPDATE calls SET told = 0 WHERE NOT elsewhere AND told",
                                       "UPDATE baselines SET told = 0",
                                       "INSERT OR REPLACE INTO meta VALUES('past_after', 0)"};
    for (size_t i = 0; i < sizeof anew / sizeof anew[0] && rc == SQLITE_OK && !same; i++)
        rc = ut__sql_run(s->db, anew[i], "");
    if (rc == SQLITE_OK && !same)
        rc =
            ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('past_stream', ?)", "s", stream);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &after,
                         "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'past_after'", "");
    return rc == SQLITE_OK ? ut__count(out, "after", after) : rc;
}

/* ---- told ---- */

/* A caller's voice is for nobody else who can read the stream. */
static int is_baseline(const char *key)
{
    return strncmp(key, "baseline.", sizeof "baseline." - 1) == 0;
}

static int add_due(struct ut__store *s, json_t *due, const char *key, char *value, size_t *bytes)
{
    char *text = NULL;
    int rc = SQLITE_OK;
    if (is_baseline(key))
        rc = ut__seal(s->key, key, value, &text) ? SQLITE_NOMEM : SQLITE_OK;
    else
        rc = ut__sql_text(s->db, &text, "SELECT ut_sign(?1, ?2) || ?2", "ss", key, value);
    if (rc == SQLITE_OK)
        json_array_append_new(due, json_pack("{ss ss}", "key", key, "value", text));
    *bytes += text ? strlen(text) : 0;
    free(text);
    return rc;
}

/* One that is too large is called told, so that it does not come up for ever. */
static int call_due(struct ut__store *s, json_t *due, int64_t row, size_t *bytes)
{
    char *data = NULL, *key = NULL, *value = NULL;
    int rc = ut__past_call_text(s, row, &data);
    if (rc == SQLITE_OK && data && strlen(data) > VALUE_MAX) {
        UT__LOG(UT__LOG_WARN, "a call is too large to be told to other nodes",
                ut__log_int("bytes", (int64_t)strlen(data)));
        free(data);
        return ut__sql_run(s->db, "UPDATE calls SET told = changes WHERE id = ?", "i", row);
    }
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &key,
                          "SELECT 'call.' || hex(node) || '.' || hex(call) FROM calls WHERE id = ?",
                          "i", row);
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &value,
                          "SELECT json_object('v', changes, 'node', node, 'call', call, 'data',"
                          " json(?2)) FROM calls WHERE id = ?1",
                          "is", row, data);
    if (rc == SQLITE_OK && key && value)
        rc = add_due(s, due, key, value, bytes);
    free(data);
    free(key);
    free(value);
    return rc;
}

/* Rows of calls that the others have not got, the longest ended first. */
static int calls_due(struct ut__store *s, json_t *due, size_t *bytes)
{
    static const char sql[] =
        "SELECT json_group_array(id) FROM (SELECT id FROM calls WHERE changes > told AND NOT"
        " elsewhere AND ended_ms > ? ORDER BY ended_ms LIMIT ?)";
    char *text = NULL;
    size_t i;
    json_t *row;
    int rc = ut__sql_text(s->db, &text, sql, "ii",
                          ut__wall_ms() - (int64_t)UT__PAST_KEEP_DAYS * 86400000, (int64_t)AT_ONCE);
    json_t *rows = text ? json_loads(text, 0, NULL) : NULL;
    json_array_foreach(rows, i, row)
    {
        if (rc == SQLITE_OK && *bytes < BYTES)
            rc = call_due(s, due, (int64_t)json_integer_value(row), bytes);
    }
    json_decref(rows);
    free(text);
    return rc;
}

static int baselines_due(struct ut__store *s, json_t *due, size_t *bytes)
{
    static const char sql[] =
        "SELECT json_group_array(json_array('baseline.' || caller_key, json_object('v', set_ms,"
        " 'blob', blob))) FROM (SELECT * FROM baselines WHERE set_ms > told AND set_ms > ? ORDER"
        " BY set_ms LIMIT ?)";
    char *text = NULL;
    size_t i;
    json_t *one;
    int rc = ut__sql_text(s->db, &text, sql, "ii",
                          ut__wall_ms() - (int64_t)UT__PAST_KEEP_DAYS * 86400000, (int64_t)AT_ONCE);
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    json_array_foreach(list, i, one)
    {
        char *value = json_dumps(json_array_get(one, 1), JSON_COMPACT);
        if (rc == SQLITE_OK && value)
            rc = add_due(s, due, json_string_value(json_array_get(one, 0)), value, bytes);
        free(value);
    }
    json_decref(list);
    free(text);
    return rc;
}

int ut__q_past_due(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    size_t bytes = 0;
    char *purges = NULL;
    json_t *due = json_array();
    int ours = ut__house_of(s) == UT__HOUSE_OURS;
    (void)args;
    int rc = ours ? baselines_due(s, due, &bytes) : SQLITE_OK;
    if (rc == SQLITE_OK && ours)
        rc = calls_due(s, due, &bytes);
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &purges,
                          "SELECT json_group_array(key) FROM (SELECT key FROM purges LIMIT ?)", "i",
                          (int64_t)AT_ONCE);
    json_t *root = json_pack("{sO so}", "due", due, "purges",
                             purges ? json_loads(purges, 0, NULL) : json_array());
    free(purges);
    json_decref(due);
    out->json = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return rc == SQLITE_OK && !out->json ? SQLITE_NOMEM : rc;
}

/* ---- taken ---- */

/* Erased meanwhile: it must not come back by the stream. */
static int is_erased(struct ut__store *s, const char *call, const char *node, const char *caller,
                     int64_t made_ms, int64_t *is)
{
    *is = 0;
    return ut__sql_int(
        s->db, is,
        "SELECT 1 FROM (SELECT json_extract(value, '$.value') AS v FROM shared WHERE key GLOB"
        " 'erase.*' OR (?1 IS NULL AND key GLOB 'forget.*')) WHERE v->>'$.asked_ms' >= ?4 AND "
        "((v->>'$.call' = ?1 AND coalesce(v->>'$.of',"
        " ?2) = ?2) OR v->>'$.caller_key' = ?3) LIMIT 1",
        "sssi", call, node, caller, made_ms);
}

static int take_call(struct ut__store *s, json_t *value, int *ours)
{
    const char *node = ut__arg_text(value, "node"), *call = ut__arg_text(value, "call");
    json_t *data = json_object_get(value, "data"), *row = json_object_get(data, "call");
    int64_t v = ut__arg_int(value, "v", 0), known = -1, is = 0;
    if (!node || !call || !*node || strlen(node) >= UT__NODE_MAX || strlen(call) >= UT__CALL_ID_MAX)
        return SQLITE_MISMATCH;
    int rc = ut__sql_int(s->db, &known,
                         "SELECT max(changes) FROM calls WHERE node = ?2 AND (call = ?1 OR call ="
                         " ?1 || '@' || ?2) AND elsewhere",
                         "ss", call, node);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &is,
                         "SELECT 1 FROM calls WHERE call = ? AND node = ? AND NOT elsewhere", "ss",
                         call, node);
    *ours = is != 0;
    if (rc == SQLITE_OK && is)
        return ut__sql_run(s->db,
                           "UPDATE calls SET told = max(told, ?3) WHERE call = ?1 AND node = ?2",
                           "ssi", call, node, v);
    if (rc != SQLITE_OK || v <= known || (s->cfg.own_history && strcmp(node, s->node) != 0))
        return rc;
    rc = is_erased(s, call, node, ut__arg_text(row, "caller_key"),
                   ut__arg_int(row, "started_ms", 0), &is);
    if (rc != SQLITE_OK || is)
        return rc;
    char *json = json_dumps(data, JSON_COMPACT);
    rc = json ? ut__past_call_put(s, node, call, v, json) : SQLITE_NOMEM;
    free(json);
    return rc;
}

static int take_baseline(struct ut__store *s, const char *caller_key, json_t *value, int *ours)
{
    const char *blob = ut__arg_text(value, "blob");
    int64_t v = ut__arg_int(value, "v", 0), is = 0;
    size_t digits = blob ? strlen(blob) : 0;
    if (strlen(caller_key) != UT__CALLER_KEY_MAX - 1 || v <= 0 || !digits || digits % 2 ||
        digits > 2 * (size_t)UT_BASELINE_MAX_BYTES || strspn(blob, "0123456789abcdef") != digits)
        return SQLITE_MISMATCH;
    int rc = is_erased(s, NULL, NULL, caller_key, v, &is);
    if (rc != SQLITE_OK || is || !s->cfg.keep_baselines)
        return rc;
    rc = ut__sql_run(s->db, "UPDATE baselines SET told = ?2 WHERE caller_key = ?1 AND set_ms = ?2",
                     "si", caller_key, v);
    *ours = rc == SQLITE_OK && sqlite3_changes(s->db) > 0;
    if (rc != SQLITE_OK || *ours)
        return rc;
    return ut__sql_run(s->db,
                       "INSERT INTO baselines(caller_key, blob, set_ms, told) VALUES(?1,?2,?3,?3)"
                       " ON CONFLICT(caller_key) DO UPDATE SET blob = ?2, set_ms = ?3, told = ?3"
                       " WHERE set_ms < ?3",
                       "ssi", caller_key, blob, v);
}

/* NULL where none of our house made it. */
static json_t *read_value(struct ut__store *s, const char *key, json_t *entry)
{
    char *opened = NULL;
    const char *text = ut__arg_text(entry, "value");
    if (!is_baseline(key))
        text = ut__house_signed(s, key, text);
    else if (text)
        text = ut__unseal(s->key, key, text, &opened) == 0 ? opened : NULL;
    json_t *value = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(opened);
    return value;
}

static int take_one(struct ut__store *s, json_t *entry, int64_t *told)
{
    const char *key = ut__arg_text(entry, "key");
    json_t *value = key && strlen(key) < KEY_MAX ? read_value(s, key, entry) : NULL;
    int ours = 0, rc = SQLITE_MISMATCH;
    if (value && is_baseline(key))
        rc = take_baseline(s, key + sizeof "baseline." - 1, value, &ours);
    else if (value && strncmp(key, "call.", 5) == 0)
        rc = take_call(s, value, &ours);
    json_decref(value);
    *told += ours;
    if (rc != SQLITE_MISMATCH)
        return rc;
    UT__LOG0(UT__LOG_WARN, "what lies among the calls of other nodes is none");
    return SQLITE_OK;
}

int ut__q_past_take(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    size_t i;
    json_t *entry;
    int rc = SQLITE_OK;
    int64_t told = 0, after = ut__arg_int(args, "after", 0);
    json_array_foreach(json_object_get(args, "list"), i, entry)
    {
        if (rc == SQLITE_OK)
            rc = take_one(s, entry, &told);
    }
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('past_after', ?)", "i", after);
    return rc == SQLITE_OK
               ? ut__sql_text(s->db, &out->json, "SELECT json_object('told', ?, 'after', ?)", "ii",
                              told, after)
               : rc;
}

/* ---- purged ---- */

#define ON_A_BUS " EXISTS(SELECT 1 FROM meta WHERE name = 'past_stream')"

int ut__past_purge_call(struct ut__store *s, int64_t row)
{
    return ut__sql_run(
        s->db,
        "INSERT OR IGNORE INTO purges SELECT 'call.' || hex(node) || '.' || hex(own) FROM (SELECT"
        " node, " UT__SQL_OWN_NAME " AS own FROM calls c WHERE id = ?1) WHERE" ON_A_BUS
        " UNION ALL SELECT 'alert.' || hex(node) || '.' || hex(own || '-' || n) FROM (SELECT"
        " c.node, a.n, " UT__SQL_OWN_NAME " AS own FROM alerts a JOIN calls c ON c.id = a.call_id"
        " WHERE c.id = ?1) WHERE" ON_A_BUS,
        "i", row);
}

int ut__past_purge_named(struct ut__store *s, const char *node, const char *call)
{
    return ut__sql_run(s->db,
                       "INSERT OR IGNORE INTO purges SELECT 'call.' || hex(?1) || '.' || hex(?2)"
                       " WHERE" ON_A_BUS,
                       "ss", node, call);
}

int ut__past_purge_baseline(struct ut__store *s, const char *caller_key)
{
    return ut__sql_run(s->db,
                       "INSERT OR IGNORE INTO purges SELECT 'baseline.' || ?1 WHERE" ON_A_BUS, "s",
                       caller_key);
}

int ut__q_past_purged(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    (void)out;
    return ut__sql_run(s->db, "DELETE FROM purges WHERE key = ?", "s", ut__arg_text(args, "key"));
}

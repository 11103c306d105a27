/* SPDX-License-Identifier: MIT */
/*
 * What was said in conversations, where people asked to keep it: masked lines, and FTS5 over them.
 * The index holds no text of its own but the words; what is erased leaves it when its parts are
 * merged, a step a second, so that no alert waits for that.
 */

#include <stdlib.h>
#include <string.h>

#include "store/args.h"
#include "store/lines.h"
#include "store/match.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

enum {
    KEEP_MAX = 1000, /* Lines at once. */
    TEXT_MAX = 4096,
    HITS_MAX = 8,
    FAQ_MAX_BYTES = 1 << 20,
    MERGE_PAGES = 50
};
static const int64_t FAQ_MS = 7 * (int64_t)86400000;

static int keep_one(struct ut__store *s, json_t *line)
{
    int64_t call = 0;
    const char *text = ut__arg_text(line, "text"), *who = ut__arg_text(line, "who"),
               *language = ut__arg_text(line, "language");
    if (!text || !*text || strlen(text) > TEXT_MAX || !who || !language)
        return SQLITE_OK;
    int rc = ut__sql_int(s->db, &call, "SELECT id FROM calls WHERE call = ?", "s",
                         ut__arg_text(line, "call"));
    if (rc != SQLITE_OK || !call) /* It was erased meanwhile. */
        return rc;
    const json_t *hits = json_object_get(line, "hits");
    size_t n = json_array_size(hits);
    double counted = ut__arg_num(line, "counted_t", -1);
    char *marked = n && n <= HITS_MAX ? json_dumps(hits, JSON_COMPACT) : NULL;
    rc = ut__sql_run(s->db,
                     "INSERT INTO lines(call_id, t, who, language, text, hits, counted) VALUES(?1, "
                     "?2, ?3, ?4, ?5,"
                     " ?6, iif(?7 < 0, NULL, ?7))",
                     "idssssd", call, ut__arg_num(line, "t", 0), who, language, text, marked,
                     counted);
    free(marked);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT INTO lines_words(rowid, text) VALUES(?, ?)", "is",
                         (int64_t)sqlite3_last_insert_rowid(s->db), text);
    return rc;
}

int ut__q_lines_keep(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    json_t *lines = json_object_get(args, "lines"), *line;
    size_t i;
    int rc = SQLITE_OK;
    if (json_array_size(lines) > KEEP_MAX)
        return ut__fail(out, UT__LEDGER_BAD, "These are too many lines at once.",
                        "Keep at most 1000.");
    json_array_foreach(lines, i, line) if (rc == SQLITE_OK) rc = keep_one(s, line);
    return rc == SQLITE_OK ? ut__count(out, "kept", (int64_t)json_array_size(lines)) : rc;
}

int ut__q_lines(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t limit, cursor;
    if (!ut__arg_page(args, 0, &limit, &cursor, out))
        return SQLITE_OK;
    return ut__sql_text(
        s->db, &out->json,
        "WITH page AS (SELECT l.id, c.call, c.started_ms + CAST(l.t * 1000 AS INTEGER) AS time_ms, "
        "l.t, l.counted, l.who, l.language, l.text, l.hits FROM lines l JOIN calls"
        " c ON c.id = l.call_id WHERE (?1 IS NULL OR c.call = ?1) AND l.id > ?2 ORDER BY l.id LIMIT"
        " ?3) SELECT json_object('lines', json_group_array(json_object('call', call, 'time_ms', "
        "time_ms, 't', t, 'counted_t', counted, 'who',"
        " who, 'language', language, 'text', text, 'hits', json(coalesce(hits, '[]')))), 'next',"
        " iif(count(*) = ?3, CAST(max(id) AS"
        " TEXT), NULL)) FROM page",
        "sii", ut__arg_text(args, "call"), cursor, limit);
}

int ut__q_lines_find(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t limit, cursor;
    char query[UT__MATCH_MAX];
    const char *q = ut__arg_text(args, "q");
    if (!ut__arg_page(args, INT64_MAX, &limit, &cursor, out))
        return SQLITE_OK;
    ut__match_query(query, q ? q : "", UT__MATCH_ALL_BEGINS);
    return ut__sql_text(
        s->db, &out->json,
        "WITH page AS (SELECT l.id, c.call, c.queue, c.agent, c.started_ms, l.t, l.who, l.language,"
        " snippet(lines_words, 0, '', '', '\xe2\x80\xa6', 40) AS text FROM lines_words JOIN lines l"
        " ON l.id = lines_words.rowid JOIN calls c ON c.id = l.call_id WHERE lines_words MATCH ?1"
        " AND l.id < ?2 AND (?4 IS NULL OR c.queue = ?4) AND (?5 IS NULL OR c.queue IN (SELECT"
        " value FROM json_each(?5))) AND c.started_ms BETWEEN ?6 AND ?7 ORDER BY lines_words.rowid"
        " DESC LIMIT ?3) SELECT json_object('found', json_group_array(json_object('call', call,"
        " 'queue', queue, 'agent', agent, 'started_ms', started_ms, 't', t, 'who', who, 'language',"
        " language, 'text', text)), 'next', iif(count(*) = ?3, CAST(min(id) AS TEXT), NULL)) FROM"
        " page",
        "siissii", query, cursor, limit, ut__arg_text(args, "queue"), ut__arg_text(args, "scope"),
        ut__arg_int(args, "from_ms", 0), ut__arg_int(args, "to_ms", INT64_MAX));
}

int ut__q_faq_keep(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    json_t *questions = json_object_get(args, "questions");
    char *text = json_dumps(questions, JSON_COMPACT);
    if (!json_is_array(questions) || !text || strlen(text) > FAQ_MAX_BYTES) {
        free(text);
        return ut__fail(out, UT__LEDGER_BAD, "The questions are no list, or too large a one.",
                        "Keep fewer, with --top.");
    }
    int rc = ut__sql_run(s->db,
                         "INSERT OR REPLACE INTO faq(id, made_ms, lines, questions)"
                         " VALUES(1, ?, ?, ?)",
                         "iis", ut__wall_ms(), ut__arg_int(args, "lines", 0), text);
    free(text);
    return rc == SQLITE_OK ? ut__count(out, "kept", (int64_t)json_array_size(questions)) : rc;
}

int ut__q_faq(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    /* They are of all queues together: who sees some alone sees none. */
    return ut__sql_text(s->db, &out->json,
                        "SELECT coalesce((SELECT json_object('made_ms', made_ms, 'lines', lines,"
                        " 'questions', json(questions)) FROM faq WHERE ?1 IS NULL),"
                        " json_object('made_ms', NULL, 'lines', 0, 'questions', json_array()))",
                        "s", ut__arg_text(args, "scope"));
}

int ut__lines_erase(struct ut__store *s, int64_t call, int on_demand)
{
    int64_t any = 0;
    int rc = ut__sql_int(s->db, &any, "SELECT 1 FROM lines WHERE call_id = ? LIMIT 1", "i", call);
    if (rc != SQLITE_OK || !any)
        return rc;
    rc = ut__sql_run(s->db,
                     "INSERT INTO lines_words(lines_words, rowid, text) SELECT 'delete', id, text"
                     " FROM lines WHERE call_id = ?",
                     "i", call);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "DELETE FROM lines WHERE call_id = ?", "i", call);
    /* Its wordings may be among the examples. */
    if (rc == SQLITE_OK && on_demand)
        rc = ut__sql_run(s->db, "DELETE FROM faq", "");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('lines_to_merge', '1')", "");
    s->merge = -MERGE_PAGES;
    return rc;
}

int ut__lines_retain(struct ut__store *s, int64_t now_ms)
{
    return ut__sql_run(s->db, "DELETE FROM faq WHERE made_ms < ?", "i", now_ms - FAQ_MS);
}

static int merge_step(struct ut__store *s)
{
    int before = sqlite3_total_changes(s->db);
    int rc = ut__sql_run(s->db, "INSERT INTO lines_words(lines_words, rank) VALUES('merge', ?)",
                         "i", s->merge);
    if (rc != SQLITE_OK)
        return rc;
    /* FTS5 tells by fewer than two changes that nothing is left to merge. */
    s->merge = sqlite3_total_changes(s->db) - before < 2 ? 0 : MERGE_PAGES;
    return s->merge ? SQLITE_OK
                    : ut__sql_run(s->db, "DELETE FROM meta WHERE name = 'lines_to_merge'", "");
}

int ut__lines_merge(struct ut__store *s)
{
    int64_t was = s->merge;
    if (!was)
        return SQLITE_OK;
    int rc = ut__begin(s);
    if (rc == SQLITE_OK)
        rc = merge_step(s);
    rc = ut__end(s, rc);
    if (rc != SQLITE_OK)
        s->merge = was;
    else if (!s->merge) /* The log still holds what was erased until it is folded in and cut. */
        sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    return rc;
}

int ut__lines_begin(struct ut__store *s)
{
    int64_t left = 0;
    int rc = ut__sql_int(s->db, &left, "SELECT 1 FROM meta WHERE name = 'lines_to_merge'", "");
    s->merge = left ? -MERGE_PAGES : 0;
    return rc;
}

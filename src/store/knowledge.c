/* SPDX-License-Identifier: MIT */
/*
 * Articles, found by what a caller says: FTS5 over their passages, English with Porter's stems, other
 * languages by trigrams of words without accents; tools/measure-knowledge tells what that finds.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/args.h"
#include "store/match.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { TITLE_MAX = 300, PATH_BYTES = 1000, PASSAGES_MAX = 5000 };

static int run_passage(struct ut__store *s, int64_t article, int english, const char *title,
                       const char *text)
{
    int rc = ut__sql_run(s->db, "INSERT INTO passages(article_id, text) VALUES(?1, ?2)", "is",
                         article, text);
    if (rc != SQLITE_OK)
        return rc;
    int64_t id = sqlite3_last_insert_rowid(s->db);
    return ut__sql_run(
        s->db,
        english ? "INSERT INTO passages_en(rowid, title, text) VALUES(?1, ?2, ?3)"
                : "INSERT INTO passages_tri(rowid, title, text) VALUES(?1, ut_folded(?2),"
                  " ut_folded(?3))",
        "iss", id, title, text);
}

/* Passages of articles whose path is `path`; all of them where it is "*". */
static int drop_passages(struct ut__store *s, const char *path)
{
    static const char *const statements[] = {
        "DELETE FROM passages_en WHERE rowid IN (SELECT p.id FROM passages p JOIN articles a ON"
        " a.id = p.article_id WHERE ?1 = '*' OR a.path = ?1)",
        "DELETE FROM passages_tri WHERE rowid IN (SELECT p.id FROM passages p JOIN articles a ON"
        " a.id = p.article_id WHERE ?1 = '*' OR a.path = ?1)",
        "DELETE FROM passages WHERE article_id IN (SELECT id FROM articles WHERE ?1 = '*' OR path ="
        " ?1)"};
    int rc = SQLITE_OK;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0] && rc == SQLITE_OK; i++)
        rc = ut__sql_run(s->db, statements[i], "s", path);
    return rc;
}

int ut__q_article_put(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *path = ut__arg_text(args, "path"), *title = ut__arg_text(args, "title"),
               *language = ut__arg_text(args, "language"), *queue = ut__arg_text(args, "queue");
    const json_t *passages = json_object_get(args, "passages"), *one;
    size_t i, count = json_array_size(passages);
    if (!path || !*path || strlen(path) > PATH_BYTES || !title || strlen(title) > TITLE_MAX ||
        !language || !*language || count == 0 || count > PASSAGES_MAX)
        return ut__fail(out, UT__LEDGER_BAD,
                        "The article has no path, title, language or passage, or too many.",
                        "Give a text of at most 5000 passages.");
    int rc = drop_passages(s, path);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "INSERT INTO articles(path, title, language, queue, set_ms) VALUES(?1, ?2,"
                         " ?3, ?4, ?5) ON CONFLICT(path) DO UPDATE SET title = excluded.title,"
                         " language = excluded.language, queue = excluded.queue, set_ms ="
                         " excluded.set_ms",
                         "ssssi", path, title, language, queue ? queue : "", ut__wall_ms());
    int64_t article = 0;
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &article, "SELECT id FROM articles WHERE path = ?", "s", path);
    json_array_foreach(passages, i, one) if (rc == SQLITE_OK && json_string_length(one)) rc =
        run_passage(s, article, strncmp(language, "en", 2) == 0, title, json_string_value(one));
    if (rc == SQLITE_OK)
        return ut__count(out, "passages", (int64_t)count);
    return rc;
}

int ut__q_article_drop(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *path = ut__arg_text(args, "path");
    if (!path || !*path)
        return ut__fail(out, UT__LEDGER_BAD, "No article is named.",
                        "Give its path, or * for all.");
    int rc = drop_passages(s, path);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "DELETE FROM articles WHERE ?1 = '*' OR path = ?1", "s", path);
    if (rc == SQLITE_OK)
        return ut__count(out, "erased", sqlite3_changes(s->db));
    return rc;
}

int ut__q_articles(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    (void)args;
    return ut__sql_text(
        s->db, &out->json,
        "SELECT json_object('articles', json_group_array(json_object('article', id, 'path', path,"
        " 'title', title, 'language', language, 'queue', queue, 'pinned', json(iif(pinned, 'true',"
        " 'false')), 'helped', helped, 'dismissed', dismissed))) FROM (SELECT * FROM articles ORDER"
        " BY path)",
        "");
}

int ut__q_article_mark(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const struct {
        const char *mark, *sql;
    } marks[] = {{"helped", "UPDATE articles SET helped = helped + 1 WHERE id = ?"},
                 {"dismissed", "UPDATE articles SET dismissed = dismissed + 1 WHERE id = ?"},
                 {"pin", "UPDATE articles SET pinned = 1 WHERE id = ?"},
                 {"unpin", "UPDATE articles SET pinned = 0 WHERE id = ?"}};
    const char *mark = ut__arg_text(args, "mark"), *article = ut__arg_text(args, "article");
    for (size_t i = 0; mark && article && i < sizeof marks / sizeof marks[0]; i++) {
        if (strcmp(mark, marks[i].mark) != 0)
            continue;
        int rc = ut__sql_run(s->db, marks[i].sql, "i", (int64_t)strtoll(article, NULL, 10));
        if (rc != SQLITE_OK)
            return rc;
        if (sqlite3_changes(s->db) == 0)
            return ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such article.",
                            "List them with undertone knowledge list.");
        return ut__count(out, "marked", 1);
    }
    return ut__fail(out, UT__LEDGER_BAD, "The mark is not known.",
                    "It is helped, dismissed, pin or unpin.");
}

/* The index of trigrams holds folded text, which is nothing to show: of its hits the passage is. */
#define HITS(table, shown)                                                                         \
    "SELECT rowid AS id, bm25(" table ", 3.0, 1.0) AS r, " shown " AS s FROM " table               \
    " WHERE " table " MATCH "

/* Those that playbooks name come first, whatever was said; then pinned ones, then the best. */
static const char find_sql[] = "WITH hits AS (SELECT * FROM (" HITS(
    "passages_en", "snippet(passages_en, 1, '', '', '\xe2\x80\xa6', "
                   "40)") "?1 ORDER BY r LIMIT 60) UNION ALL SELECT *"
                          " FROM (" HITS("passages_tri", "NULL") "?2 ORDER BY r LIMIT 60)),"
                                                                 " found AS (SELECT "
                                                                 "p.article_id AS id, min(h.r) "
                                                                 "AS r, coalesce(h.s, "
                                                                 "substr(p.text, 1, 400)) "
                                                                 "AS s FROM hits h JOIN "
                                                                 "passages p ON"
                                                                 " p.id = h.id GROUP BY "
                                                                 "p.article_id),"
                                                                 " told AS (SELECT a.id AS id, "
                                                                 "min(j.key) AS n FROM articles "
                                                                 "a JOIN json_each(?5) j ON "
                                                                 "j.value IN"
                                                                 " (a.path, a.title) OR "
                                                                 "substr(a.path, "
                                                                 "-length(j.value) - 1) "
                                                                 "= '/' || j.value GROUP BY "
                                                                 "a.id),"
                                                                 " ranked AS (SELECT a.*, f.s "
                                                                 "AS s, t.n AS told, "
                                                                 "-coalesce(f.r, 0) * (1 + 0.15 "
                                                                 "* min(a.helped,"
                                                                 " 10)) / (1 + 0.3 * "
                                                                 "min(a.dismissed, 10)) AS "
                                                                 "score, "
                                                                 "(a.pinned AND (a.queue = '' "
                                                                 "OR a.queue ="
                                                                 " ?4)) AS top FROM articles a "
                                                                 "LEFT JOIN found f ON f.id = "
                                                                 "a.id LEFT JOIN told t ON t.id "
                                                                 "= a.id"
                                                                 " WHERE t.id IS NOT NULL OR "
                                                                 "((f.id IS NOT NULL OR "
                                                                 "(a.pinned "
                                                                 "AND a.queue = '') OR (a.queue "
                                                                 "<> ''"
                                                                 " AND a.queue = ?4)) AND (?3 = "
                                                                 "'' OR a.language = ?3)))"
                                                                 " SELECT "
                                                                 "json_object('articles', "
                                                                 "json_group_array(json_object('"
                                                                 "article', id, 'title', title,"
                                                                 " 'path', path, 'language', "
                                                                 "language, 'passage', "
                                                                 "coalesce(s, (SELECT "
                                                                 "substr(text, 1, 300) FROM"
                                                                 " passages WHERE article_id = "
                                                                 "ranked.id ORDER BY id LIMIT "
                                                                 "1)), 'pinned', "
                                                                 "json(iif(pinned,"
                                                                 " 'true', 'false')), "
                                                                 "'playbook', json(iif(told IS "
                                                                 "NULL, "
                                                                 "'false', 'true')), 'score',"
                                                                 " round(score, 3)))) FROM "
                                                                 "(SELECT * FROM ranked ORDER "
                                                                 "BY "
                                                                 "told IS NULL, told, top DESC, "
                                                                 "score"
                                                                 " DESC, id LIMIT 3) AS ranked";

int ut__q_article_find(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *q = ut__arg_text(args, "q"), *language = ut__arg_text(args, "language"),
               *queue = ut__arg_text(args, "queue");
    char english[UT__MATCH_MAX], other[UT__MATCH_MAX];
    ut__match_query(english, q ? q : "", UT__MATCH_ANY);
    ut__match_query(other, q ? q : "", UT__MATCH_TRIGRAMS);
    const json_t *playbooks = json_object_get(args, "playbooks");
    char *told = json_is_array(playbooks) ? json_dumps(playbooks, JSON_COMPACT) : NULL;
    int rc =
        ut__sql_text(s->db, &out->json, find_sql, "sssss", english, other, language ? language : "",
                     queue && *queue ? queue : "", told ? told : "[]");
    free(told);
    return rc;
}

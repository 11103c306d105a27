/* SPDX-License-Identifier: MIT */
/* What a node that leaves for good hands over: timelines and kept lines of its calls, one after the other, sealed. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/args.h"
#include "store/past.h"
#include "store/questions.h"
#include "store/seal.h"
#include "store/sql.h"
#include "store/state.h"

enum { TEXT_MAX = 360 * 1024, LINES_MAX = 160 * 1024, STEP_MAX = 1024 };

/* The first of its lines, as many as fit a message beside its seconds; NULL: none was kept. */
static int lines(struct ut__store *s, const char *call, json_t **out)
{
    json_t *all = json_array();
    char cursor[24] = "0";
    size_t bytes = 0;
    int rc = SQLITE_OK, more = 1;
    while (rc == SQLITE_OK && more) {
        struct ut__answer page = {0};
        json_t *args = json_pack("{ss ss si}", "call", call, "cursor", cursor, "limit", 50);
        rc = args ? ut__q_lines(s, args, &page) : SQLITE_NOMEM;
        bytes += page.json ? strlen(page.json) : 0;
        json_t *root = page.json && bytes <= LINES_MAX ? json_loads(page.json, 0, NULL) : NULL;
        const char *next = json_string_value(json_object_get(root, "next"));
        json_array_extend(all, json_object_get(root, "lines"));
        more = next != NULL;
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        json_decref(root);
        json_decref(args);
        ut__answer_free(&page);
    }
    *out = json_array_size(all) ? json_pack("{sO sn}", "lines", all, "next") : NULL;
    json_decref(all);
    return rc;
}

/* A long call's seconds in steps, so that they fit. */
static int timeline(struct ut__store *s, const char *call, size_t most, char **out)
{
    int rc = SQLITE_OK;
    for (int64_t step = 1; step <= STEP_MAX && rc == SQLITE_OK && !*out; step *= 4) {
        struct ut__answer one = {0};
        json_t *args = json_pack("{ss sI}", "call", call, "step_s", (json_int_t)step);
        rc = args ? ut__q_timeline(s, args, &one) : SQLITE_NOMEM;
        json_decref(args);
        if (rc == SQLITE_OK && one.json && strlen(one.json) <= most) {
            *out = one.json;
            one.json = NULL;
        }
        ut__answer_free(&one);
    }
    return rc;
}

/* What its node would answer: the timeline, and beside it "kept_lines", the answer about its lines. */
static int tell(struct ut__store *s, const char *call, char **out)
{
    json_t *said = NULL;
    int rc = lines(s, call, &said);
    if (rc == SQLITE_OK)
        rc = timeline(s, call, said ? TEXT_MAX - LINES_MAX : TEXT_MAX, out);
    json_t *root = said && *out ? json_loads(*out, 0, NULL) : NULL;
    if (root && json_object_set(root, UT__KEPT_LINES, said) == 0) {
        free(*out);
        *out = json_dumps(root, UT__JSON);
    }
    json_decref(root);
    json_decref(said);
    return rc;
}

static json_t *sealed(struct ut__store *s, int64_t row, const char *key, const char *text)
{
    char *value = NULL;
    if (ut__seal(s->key, key, text, &value))
        return NULL;
    json_t *root = json_pack("{sI ss ss}", "after", (json_int_t)row, "key", key, "value", value);
    free(value);
    return root;
}

/* No timeline is left. What else is to be done before the node may leave; nothing: that it may is written down. */
static int all_handed(struct ut__store *s, struct ut__answer *out)
{
    int64_t now = ut__wall_ms(), left = 0;
    int rc = ut__sql_text(
        s->db, &out->json,
        "SELECT json_object('after', 0, 'alerts', (SELECT count(*) FROM alerts a JOIN calls c ON"
        " c.id = a.call_id WHERE a.state IN ('raised', 'acknowledged') AND NOT c.elsewhere),"
        " 'waiting', (SELECT count(*) FROM outbox WHERE NOT dead) + (SELECT count(*) FROM purges) +"
        " (SELECT count(*) FROM calls WHERE changes > told AND NOT elsewhere AND ended_ms > ?))",
        "i", now - (int64_t)UT__PAST_KEEP_DAYS * 86400000);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &left, "SELECT ?1->>'$.alerts' + (?1->>'$.waiting')", "s",
                         out->json);
    return rc == SQLITE_OK && !left
               ? ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('retired', ?)", "i", now)
               : rc;
}

int ut__q_retire(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char *call = NULL, *key = NULL, *text = NULL;
    int64_t row = 0;
    int rc =
        ut__sql_int(s->db, &row,
                    "SELECT id FROM calls WHERE id > ? AND NOT elsewhere AND ended_ms AND"
                    " (EXISTS(SELECT 1 FROM scores WHERE call_id = calls.id) OR EXISTS(SELECT 1"
                    " FROM lines WHERE call_id = calls.id)) ORDER BY id LIMIT 1",
                    "i", ut__arg_int(args, "after", 0));
    if (rc == SQLITE_OK && !row)
        return all_handed(s, out);
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &call, "SELECT call FROM calls WHERE id = ?", "i", row);
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &key,
                          "SELECT 'call.' || hex(node) || '.' || hex(call) FROM calls WHERE id = ?",
                          "i", row);
    if (rc == SQLITE_OK && call)
        rc = tell(s, call, &text);
    json_t *root = rc == SQLITE_OK && key && text ? sealed(s, row, key, text)
                                                  : json_pack("{sI}", "after", (json_int_t)row);
    if (rc == SQLITE_OK)
        out->json = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    free(text);
    free(key);
    free(call);
    return rc == SQLITE_OK && !out->json ? SQLITE_NOMEM : rc;
}

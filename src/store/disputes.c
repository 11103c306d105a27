/* SPDX-License-Identifier: MIT */
/* Figures of their own that agents dispute, and what people answered. */

#include <string.h>

#include "store/args.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { OPEN_MAX = 20, AGENT_MAX = UT__CALL_LABEL_MAX - 1 };

#define DISPUTE                                                                                    \
    "json_object('id', d.id, 'agent', d.agent, 'figure', d.figure, 'value', d.value, 'text',"      \
    " d.text, 'by', d.by, 'time_ms', d.time_ms, 'done_ms', d.done_ms, 'done_by', d.done_by,"       \
    " 'answer', d.answer)"

/* Seen by whom the scope (?1) is of: who sees calls of that agent; by (?2): one's own alone. */
#define SEEN                                                                                       \
    " (?1 IS NULL OR EXISTS(SELECT 1 FROM calls c WHERE c.agent = d.agent AND c.queue IN (SELECT"  \
    " value FROM json_each(?1)))) AND (?2 IS NULL OR d.by = ?2)"

static int one(struct ut__store *s, int64_t id, struct ut__answer *out)
{
    return ut__sql_text(s->db, &out->json, "SELECT " DISPUTE " FROM disputes d WHERE d.id = ?", "i",
                        id);
}

static int is_figure(const char *name)
{
    static const char *const known[] = {"calls",         "mean_end", "recovery_adjusted",
                                        "recovery_rate", "rescued",  "alerts"};
    for (size_t i = 0; name && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0)
            return 1;
    return 0;
}

int ut__q_dispute_add(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *agent = ut__arg_text(args, "agent"), *text;
    const char *figure = ut__arg_text(args, "figure");
    const json_t *value = json_object_get(args, "value");
    int64_t open = 0;
    if (!ut__arg_note(args, "text", UT__NOTE_MAX, &text, out))
        return SQLITE_OK;
    if (!text || !is_figure(figure) || !agent || strlen(agent) > AGENT_MAX)
        return ut__fail(out, UT__LEDGER_BAD, "It is not said which figure is wrong, or why.",
                        "Give `agent` and `figure` as /api/v1/own/figures tells them, and `text`.");
    int rc = ut__sql_int(s->db, &open,
                         "SELECT count(*) FROM disputes WHERE by = ? AND done_ms IS NULL", "s", by);
    if (rc == SQLITE_OK && open >= OPEN_MAX)
        return ut__fail(out, UT__LEDGER_CONFLICT, "Twenty of your disputes wait for an answer.",
                        "Ask a supervisor to answer them first.");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "INSERT INTO disputes(agent, figure, value, text, by, time_ms) VALUES(?1,"
                         " ?2, iif(?3, ?4, NULL), ?5, ?6, ?7)",
                         "ssidssi", agent, figure, (int64_t)json_is_number(value),
                         json_number_value(value), text, by, ut__wall_ms());
    return rc == SQLITE_OK ? one(s, sqlite3_last_insert_rowid(s->db), out) : rc;
}

/* Answered once: who comes second changes nothing. */
int ut__q_dispute_done(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *by = ut__arg_text(args, "by"), *id = ut__arg_text(args, "id"), *text;
    int64_t row = 0;
    if (!ut__arg_note(args, "text", UT__NOTE_MAX, &text, out))
        return SQLITE_OK;
    if (!text)
        return ut__fail(out, UT__LEDGER_BAD, "The dispute has no answer.", "Give `text`.");
    int rc = ut__sql_int(s->db, &row,
                         "SELECT d.id FROM disputes d WHERE d.id = CAST(?3 AS INTEGER) AND" SEEN,
                         "sss", ut__arg_text(args, "scope"), NULL, id);
    if (rc == SQLITE_OK && !row)
        return ut__found(out, NULL, "There is no such dispute.");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "UPDATE disputes SET done_ms = ?2, done_by = ?3, answer = ?4 WHERE id = ?1"
                         " AND done_ms IS NULL",
                         "iiss", row, ut__wall_ms(), by ? by : "", text);
    return rc == SQLITE_OK ? one(s, row, out) : rc;
}

/* Those that wait first, then the newest. */
int ut__q_disputes(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int own = json_is_true(json_object_get(args, "own"));
    return ut__sql_text(s->db, &out->json,
                        "SELECT json_object('disputes', json(coalesce((SELECT"
                        " json_group_array(json(j)) FROM (SELECT " DISPUTE
                        " AS j FROM disputes d WHERE" SEEN
                        " ORDER BY d.done_ms IS NOT NULL, d.id DESC LIMIT 200)), '[]')))",
                        "ss", ut__arg_text(args, "scope"), own ? ut__arg_text(args, "by") : NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Words that a verdict on an alert can be, the calls in which an alert was missed, at their
 * moment, and what callers said themselves, as surveys have it.
 */

#include "store/verdict.h"

#include <math.h>
#include <string.h>

#include "store/args.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

#define SAME_S 10.0 /* Who marks a moment this near to another one means that one. */

int ut__good_outcome(const char *outcome, struct ut__answer *out)
{
    static const char *const known[] = {"helped",    "taken_over",  "called_back",
                                        "no_action", "false_alarm", "other"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (outcome && strcmp(outcome, known[i]) == 0)
            return 1;
    (void)ut__fail(out, UT__LEDGER_BAD, "The outcome is missing or unknown.",
                   "Give one of helped, taken_over, called_back, no_action, false_alarm, other.");
    return 0;
}

/* A row `m` of missed, of the call `c`. */
#define ONE                                                                                        \
    "json_object('id', m.id, 'call', c.call, 't', m.t, 'time_ms', m.time_ms, 'by', m.by,"          \
    " 'source', m.source, 'note', m.note)"

/* All of the call `c`, as a text. */
const char ut__sql_missed[] = "coalesce((SELECT json_group_array(json(j)) FROM (SELECT " ONE
                              " AS j FROM missed m WHERE m.call_id = c.id ORDER BY m.t)), '[]')";

static int bad_moment(struct ut__answer *out)
{
    return ut__fail(out, UT__LEDGER_BAD, "`t` is no moment of this call.",
                    "Give the seconds since the call began, within its length.");
}

/* The row of a call, and how long it is; a live one may be any length. */
static int find_call(struct ut__store *s, const char *call, int64_t *row, int64_t *length_s)
{
    *row = *length_s = 0;
    int rc = ut__sql_int(s->db, row, "SELECT id FROM calls WHERE call = ?", "s", call);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, length_s,
                         "SELECT iif(ended_ms IS NULL, 86400, coalesce(duration_s, 0) + 1) FROM"
                         " calls WHERE id = ?",
                         "i", *row);
    return rc;
}

int ut__q_missed_add(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const char insert[] =
        "INSERT INTO missed(id, call_id, t, time_ms, by, source, note) VALUES((SELECT id FROM "
        "missed"
        " WHERE call_id = ?1 AND abs(t - ?2) < ?7 ORDER BY abs(t - ?2) LIMIT 1), ?1, round(?2, 2),"
        " ?3, ?4, ?5, ?6) ON CONFLICT(id) DO UPDATE SET time_ms = excluded.time_ms, by ="
        " excluded.by, source = coalesce(excluded.source, source), note = iif(note IS NULL OR"
        " excluded.note IS NULL, coalesce(note, excluded.note), note || char(10) || excluded.note)"
        " RETURNING id";
    const char *by = ut__arg_text(args, "by"), *note, *source;
    double t = ut__arg_num(args, "t", -1);
    int64_t row, length_s, id = 0;
    if (!by || !ut__arg_note(args, "note", UT__NOTE_MAX, &note, out) ||
        !ut__arg_note(args, "source", UT__SOURCE_MAX, &source, out))
        return out->json ? SQLITE_OK : bad_moment(out);
    int rc = find_call(s, ut__arg_text(args, "call"), &row, &length_s);
    if (rc != SQLITE_OK)
        return rc;
    if (!row)
        return ut__found(out, NULL, "There is no such call.");
    if (!(t >= 0) || t > (double)length_s)
        return bad_moment(out);
    rc =
        ut__sql_int(s->db, &id, insert, "idisssd", row, t, ut__wall_ms(), by, source, note, SAME_S);
    return rc == SQLITE_OK
               ? ut__sql_text(s->db, &out->json,
                              "SELECT " ONE
                              " FROM missed m JOIN calls c ON c.id = m.call_id WHERE m.id = ?",
                              "i", id)
               : rc;
}

int ut__q_missed_drop(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db,
                         "DELETE FROM missed WHERE id = CAST(?1 AS INTEGER) AND (?2 IS NULL OR"
                         " (SELECT queue FROM calls WHERE id = call_id) IN (SELECT value FROM"
                         " json_each(?2)))",
                         "ss", ut__arg_text(args, "id"), ut__arg_text(args, "scope"));
    if (rc != SQLITE_OK)
        return rc;
    return sqlite3_changes(s->db) ? ut__count(out, "erased", 1)
                                  : ut__found(out, NULL, "There is no such mark.");
}

/* A row `f` of feedback, of the call `c`. */
#define SAID                                                                                       \
    "json_object('call', c.call, 'source', f.source, 'score', f.score, 'worst', f.worst, 'best',"  \
    " f.best, 'share', f.share, 'time_ms', f.time_ms, 'by', f.by, 'text', f.text)"

const char ut__sql_feedback[] =
    "coalesce((SELECT json_group_array(json(j)) FROM (SELECT " SAID
    " AS j FROM feedback f WHERE f.call_id = c.id ORDER BY f.id)), '[]')";

int ut__q_feedback_add(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    static const char insert[] =
        "INSERT OR REPLACE INTO feedback(call_id, time_ms, by, source, share, score, best, worst,"
        " text) VALUES(?1, ?2, ?3, ?4, round((?5 - ?7) / (?6 - ?7), 4), ?5, ?6, ?7, ?8)";
    const char *by = ut__arg_text(args, "by"), *text, *source;
    double score = ut__arg_num(args, "score", (double)NAN), best = ut__arg_num(args, "best", 5);
    double worst = ut__arg_num(args, "worst", 1);
    int64_t row, length_s;
    if (!by || !ut__arg_note(args, "text", UT__NOTE_MAX, &text, out) ||
        !ut__arg_note(args, "source", UT__SOURCE_MAX, &source, out))
        return SQLITE_OK;
    source = source ? source : "survey";
    if (!(best != worst) || !((score - worst) / (best - worst) >= 0) ||
        !((score - worst) / (best - worst) <= 1))
        return ut__fail(out, UT__LEDGER_BAD, "The score is missing or not on its scale.",
                        "Give `score`, and `worst` and `best` where the scale is not 1 to 5.");
    int rc = find_call(s, ut__arg_text(args, "call"), &row, &length_s);
    if (rc == SQLITE_OK && !row)
        return ut__found(out, NULL, "There is no such call.");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, insert, "iissddds", row, ut__wall_ms(), by, source, score, best,
                         worst, text);
    return rc == SQLITE_OK ? ut__sql_text(s->db, &out->json,
                                          "SELECT " SAID " FROM feedback f JOIN calls c ON c.id ="
                                          " f.call_id WHERE f.call_id = ? AND f.source = ?",
                                          "is", row, source)
                           : rc;
}

/* SPDX-License-Identifier: MIT */
/* A question, whatever thread it came from: its operation, in a transaction where it writes. */

#include "store/questions.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/args.h"
#include "store/life.h"
#include "store/lines.h"
#include "store/past_call.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

static int is_write(enum ut__ledger_op op)
{
    switch (op) {
    case UT__LEDGER_ACT:
    case UT__LEDGER_MISSED_ADD:
    case UT__LEDGER_MISSED_DROP:
    case UT__LEDGER_FEEDBACK_ADD:
    case UT__LEDGER_MARK_ADD:
    case UT__LEDGER_MARK_DROP:
    case UT__LEDGER_FOLLOW_UP_ADD:
    case UT__LEDGER_FOLLOW_UP_DONE:
    case UT__LEDGER_DISPUTE_ADD:
    case UT__LEDGER_DISPUTE_DONE:
    case UT__LEDGER_SEARCH_SET:
    case UT__LEDGER_SEARCH_DROP:
    case UT__LEDGER_THRESHOLD_UNDO:
    case UT__LEDGER_ERASE_CALL:
    case UT__LEDGER_ERASE_CALLER:
    case UT__LEDGER_ERASE_BASELINE:
    case UT__LEDGER_DEAD_RESEND:
    case UT__LEDGER_DEAD_DROP:
    case UT__LEDGER_ARTICLE_PUT:
    case UT__LEDGER_ARTICLE_DROP:
    case UT__LEDGER_ARTICLE_MARK:
    case UT__LEDGER_SHARED_TAKE:
    case UT__LEDGER_SHARED_BUCKET:
    case UT__LEDGER_PAST_FROM:
    case UT__LEDGER_PAST_DUE:
    case UT__LEDGER_PAST_TAKE:
    case UT__LEDGER_PAST_PURGED:
    case UT__LEDGER_STAND_IN:
    case UT__LEDGER_HOLD:
    case UT__LEDGER_LINES_KEEP:
    case UT__LEDGER_FAQ_KEEP:
        return 1;
    default:
        return 0;
    }
}

/* What failed in the database becomes an answer that says so. */
static void conclude(struct ut__store *s, int rc, struct ut__answer *out)
{
    if (rc == SQLITE_OK)
        return;
    s->damaged |= (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
    struct ut__problem problem = {0};
    ut__schema_problem(&problem, rc, s->path);
    ut__fail(out, UT__LEDGER_AWAY, problem.message, problem.remedy);
}

/* Is the question about a call or alert of a queue that is not seen? One that is not there is not hidden. */
static int hides(struct ut__store *s, json_t *args, int *hidden)
{
    static const char sql[] =
        "SELECT 1 FROM calls c WHERE c.id = coalesce((SELECT call_id FROM alerts WHERE alert = ?1),"
        " (SELECT id FROM calls WHERE call = ?2)) AND c.queue NOT IN (SELECT value FROM"
        " json_each(?3))";
    const char *scope = ut__arg_text(args, "scope");
    const char *alert = ut__arg_text(args, "alert"), *call = ut__arg_text(args, "call");
    int64_t found = 0;
    int rc = scope && (alert || call) ? ut__sql_int(s->db, &found, sql, "sss", alert, call, scope)
                                      : SQLITE_OK;
    *hidden = found != 0;
    return rc;
}

/* What is written of a call goes to its own node, from which all have it, and its seconds are there alone. */
static int asks_its_node(enum ut__ledger_op op)
{
    switch (op) {
    case UT__LEDGER_TIMELINE:
    case UT__LEDGER_SCORES:
    case UT__LEDGER_LINES:
    case UT__LEDGER_ACT:
    case UT__LEDGER_MISSED_ADD:
    case UT__LEDGER_FEEDBACK_ADD:
    case UT__LEDGER_MARK_ADD:
    case UT__LEDGER_FOLLOW_UP_ADD:
        return 1;
    default:
        return 0;
    }
}

static int is_elsewhere(struct ut__store *s, enum ut__ledger_op op, json_t *args,
                        struct ut__answer *out)
{
    static const char sql[] =
        "SELECT json_object('node', node, 'call', own, 'alert', own || '-' || (SELECT n FROM alerts"
        " WHERE alert = ?1)) FROM (SELECT node, " UT__SQL_OWN_NAME " AS own FROM calls c WHERE"
        " elsewhere AND id = coalesce((SELECT call_id FROM alerts WHERE alert = ?1), (SELECT id"
        " FROM calls WHERE call = ?2)))";
    int reads = op == UT__LEDGER_TIMELINE || op == UT__LEDGER_SCORES || op == UT__LEDGER_LINES;
    if (!asks_its_node(op) || (reads && json_is_true(json_object_get(args, "here"))))
        return SQLITE_OK;
    int rc = ut__sql_text(s->db, &out->json, sql, "ss", ut__arg_text(args, "alert"),
                          ut__arg_text(args, "call"));
    if (out->json)
        out->status = UT__LEDGER_ELSEWHERE;
    return rc;
}

/* Where a question's `id` is of; NULL: it has none that nodes number each for itself. */
static const char *table_of(enum ut__ledger_op op)
{
    return op == UT__LEDGER_MISSED_DROP      ? "missed"
           : op == UT__LEDGER_MARK_DROP      ? "marks"
           : op == UT__LEDGER_FOLLOW_UP_DONE ? "follow_ups"
                                             : NULL;
}

/* What is told of another node's call has a number of its own there: it is known by its call, when and by whom it was
 * said, and how many are before it that are alike in that. */
static int row_is_elsewhere(struct ut__store *s, enum ut__ledger_op op, json_t *args,
                            struct ut__answer *out)
{
    const char *table = table_of(op);
    char sql[640];
    if (!table)
        return SQLITE_OK;
    snprintf(sql, sizeof sql,
             "SELECT json_object('node', c.node, 'call', " UT__SQL_OWN_NAME
             ", 'made_ms', m.time_ms,"
             " 'made_by', m.by, 'nth', (SELECT count(*) FROM %s o WHERE o.call_id = m.call_id AND"
             " o.time_ms = m.time_ms AND o.by IS m.by AND o.id < m.id)) FROM %s m JOIN calls c ON"
             " c.id = m.call_id WHERE c.elsewhere AND m.id = CAST(? AS INTEGER)",
             table, table);
    int rc = ut__sql_text(s->db, &out->json, sql, "s", ut__arg_text(args, "id"));
    if (out->json)
        out->status = UT__LEDGER_ELSEWHERE;
    return rc;
}

/* The number here of what another node names so. */
static int number_row(struct ut__store *s, enum ut__ledger_op op, json_t *args)
{
    const char *table = table_of(op);
    char sql[320];
    int64_t id = 0;
    if (!table || !json_is_integer(json_object_get(args, "made_ms")))
        return SQLITE_OK;
    snprintf(sql, sizeof sql,
             "SELECT id FROM %s WHERE call_id = (SELECT id FROM calls WHERE call = ?1 AND NOT"
             " elsewhere) AND time_ms = ?2 AND by IS ?3 ORDER BY id LIMIT 1 OFFSET max(?4, 0)",
             table);
    int rc = ut__sql_int(s->db, &id, sql, "sisi", ut__arg_text(args, "call"),
                         ut__arg_int(args, "made_ms", 0), ut__arg_text(args, "made_by"),
                         ut__arg_int(args, "nth", 0));
    json_object_set_new(args, "id", json_sprintf("%lld", (long long)id));
    return rc;
}

static ut__op *const questions[UT__LEDGER_OPS] = {
    [UT__LEDGER_CALLS] = ut__q_calls,
    [UT__LEDGER_CALL] = ut__q_call,
    [UT__LEDGER_RECORDING] = ut__q_recording,
    [UT__LEDGER_SCORES] = ut__q_scores,
    [UT__LEDGER_TIMELINE] = ut__q_timeline,
    [UT__LEDGER_ALERTS] = ut__q_alerts,
    [UT__LEDGER_ALERT] = ut__q_alert,
    [UT__LEDGER_LIFE] = ut__q_life,
    [UT__LEDGER_ACT] = ut__life_act,
    [UT__LEDGER_MISSED_ADD] = ut__q_missed_add,
    [UT__LEDGER_MISSED_DROP] = ut__q_missed_drop,
    [UT__LEDGER_FEEDBACK_ADD] = ut__q_feedback_add,
    [UT__LEDGER_MARK_ADD] = ut__q_mark_add,
    [UT__LEDGER_MARK_DROP] = ut__q_mark_drop,
    [UT__LEDGER_FOLLOW_UP_ADD] = ut__q_follow_up_add,
    [UT__LEDGER_FOLLOW_UP_DONE] = ut__q_follow_up_done,
    [UT__LEDGER_FOLLOW_UPS] = ut__q_follow_ups,
    [UT__LEDGER_DISPUTE_ADD] = ut__q_dispute_add,
    [UT__LEDGER_DISPUTE_DONE] = ut__q_dispute_done,
    [UT__LEDGER_DISPUTES] = ut__q_disputes,
    [UT__LEDGER_SEARCHES] = ut__q_searches,
    [UT__LEDGER_SEARCH_SET] = ut__q_search_set,
    [UT__LEDGER_SEARCH_DROP] = ut__q_search_drop,
    [UT__LEDGER_PROPOSALS] = ut__q_proposals,
    [UT__LEDGER_THRESHOLD_UNDO] = ut__q_threshold_undo,
    [UT__LEDGER_RULE_TRY] = ut__q_rule_try,
    [UT__LEDGER_PRECISION] = ut__q_precision,
    [UT__LEDGER_TRENDS] = ut__q_trends,
    [UT__LEDGER_OUTCOMES] = ut__q_outcomes,
    [UT__LEDGER_EXPOSURE] = ut__q_exposure,
    [UT__LEDGER_ERASE_CALL] = ut__q_erase_call,
    [UT__LEDGER_ERASE_CALLER] = ut__q_erase_caller,
    [UT__LEDGER_ERASE_BASELINE] = ut__q_erase_baseline,
    [UT__LEDGER_DEAD] = ut__q_dead,
    [UT__LEDGER_DEAD_RESEND] = ut__q_dead_resend,
    [UT__LEDGER_DEAD_DROP] = ut__q_dead_drop,
    [UT__LEDGER_ACCESS] = ut__q_access,
    [UT__LEDGER_ARTICLE_PUT] = ut__q_article_put,
    [UT__LEDGER_ARTICLE_DROP] = ut__q_article_drop,
    [UT__LEDGER_ARTICLE_MARK] = ut__q_article_mark,
    [UT__LEDGER_ARTICLES] = ut__q_articles,
    [UT__LEDGER_ARTICLE_FIND] = ut__q_article_find,
    [UT__LEDGER_ERASURES] = ut__q_erasures,
    [UT__LEDGER_JOIN_SEAL] = ut__q_join_seal,
    [UT__LEDGER_JOIN_OPEN] = ut__q_join_open,
    [UT__LEDGER_SHARED_DUE] = ut__q_shared_due,
    [UT__LEDGER_SHARED_TAKE] = ut__q_shared_take,
    [UT__LEDGER_SHARED_BUCKET] = ut__q_shared_bucket,
    [UT__LEDGER_PAST_FROM] = ut__q_past_from,
    [UT__LEDGER_PAST_DUE] = ut__q_past_due,
    [UT__LEDGER_PAST_TAKE] = ut__q_past_take,
    [UT__LEDGER_PAST_PURGED] = ut__q_past_purged,
    [UT__LEDGER_STAND_IN] = ut__q_stand_in,
    [UT__LEDGER_HOLD] = ut__q_hold,
    [UT__LEDGER_RETIRE] = ut__q_retire,
    [UT__LEDGER_LINES_KEEP] = ut__q_lines_keep,
    [UT__LEDGER_LINES] = ut__q_lines,
    [UT__LEDGER_LINES_FIND] = ut__q_lines_find,
    [UT__LEDGER_FAQ_KEEP] = ut__q_faq_keep,
    [UT__LEDGER_FAQ] = ut__q_faq,
};

void ut__do(struct ut__store *s, enum ut__ledger_op op, const char *text, struct ut__answer *out)
{
    json_t *args = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    *out = (struct ut__answer){.status = UT__LEDGER_OK};
    if (!json_is_object(args) || (unsigned)op >= UT__LEDGER_OPS) {
        ut__fail(out, UT__LEDGER_BAD, "The question is no JSON object.", "Send a JSON object.");
        json_decref(args);
        return;
    }
    int write = is_write(op), erase = op == UT__LEDGER_ERASE_CALL ||
                                      op == UT__LEDGER_ERASE_CALLER ||
                                      op == UT__LEDGER_ERASE_BASELINE;
    int rc = write ? ut__begin(s) : SQLITE_OK;
    int hidden = 0;
    if (rc == SQLITE_OK)
        rc = hides(s, args, &hidden);
    if (rc == SQLITE_OK && hidden)
        rc = ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such call or alert.",
                      "Look at the list of those there are.");
    else if (rc == SQLITE_OK)
        rc = is_elsewhere(s, op, args, out);
    if (rc == SQLITE_OK)
        rc = number_row(s, op, args);
    if (rc == SQLITE_OK && out->status == UT__LEDGER_OK)
        rc = row_is_elsewhere(s, op, args, out);
    if (rc == SQLITE_OK && out->status == UT__LEDGER_OK)
        rc = questions[op](s, args, out);
    if (write)
        rc = ut__end(s, rc);
    json_decref(args);
    while (rc == SQLITE_OK && s->aside && s->merge) /* There is no thread that will do it. */
        rc = ut__lines_merge(s);
    /* The log still holds what was erased until it is folded in and cut. */
    if (erase && rc == SQLITE_OK)
        ut__wipe_log(s);
    conclude(s, rc, out);
}

void ut__do_inquiry(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    static const struct {
        ut__inquiry_op *op;
        int writes;
    } ops[UT__INQUIRIES] = {
        [UT__INQUIRE_TOKENS] = {ut__i_tokens, 0},
        [UT__INQUIRE_TOKEN_ADD] = {ut__i_token_add, 1},
        [UT__INQUIRE_TOKEN_DROP] = {ut__i_token_drop, 1},
        [UT__INQUIRE_PEOPLE] = {ut__i_people, 0},
        [UT__INQUIRE_PERSON_MET] = {ut__i_person_met, 1},
        [UT__INQUIRE_QUIETS] = {ut__i_quiets, 0},
        [UT__INQUIRE_QUIET_SET] = {ut__i_quiet_set, 1},
        [UT__INQUIRE_SESSIONS] = {ut__i_sessions, 0},
        [UT__INQUIRE_SESSION_ADD] = {ut__i_session_add, 1},
        [UT__INQUIRE_SESSION_DROP] = {ut__i_session_drop, 1},
        [UT__INQUIRE_ACCESS_ADD] = {ut__i_access_add, 1},
        [UT__INQUIRE_RULES] = {ut__i_rules, 0},
        [UT__INQUIRE_RULE_SET] = {ut__i_rule_set, 1},
        [UT__INQUIRE_RULE_DROP] = {ut__i_rule_drop, 1},
        [UT__INQUIRE_RETURNING] = {ut__i_returning, 0},
        [UT__INQUIRE_THRESHOLDS] = {ut__i_thresholds, 0},
        [UT__INQUIRE_THRESHOLD_SET] = {ut__i_threshold_set, 1},
        [UT__INQUIRE_THRESHOLD_UNSET] = {ut__i_threshold_unset, 1},
        [UT__INQUIRE_BASELINE] = {ut__i_baseline, 0},
        [UT__INQUIRE_BASELINE_KEEP] = {ut__i_baseline_keep, 1},
        [UT__INQUIRE_SITES] = {ut__i_sites, 0},
        [UT__INQUIRE_SITE_SET] = {ut__i_site_set, 1},
        [UT__INQUIRE_SITE_RESET] = {ut__i_site_reset, 1},
        [UT__INQUIRE_SITE_LEARN] = {ut__i_site_learn, 1},
        [UT__INQUIRE_SITE_TEXT] = {ut__i_site_text, 0},
        [UT__INQUIRE_EXPOSED] = {ut__i_exposed, 0},
        [UT__INQUIRE_BREAK_DUE] = {ut__i_break_due, 1},
        [UT__INQUIRE_CHANNELS] = {ut__i_channels, 0},
        [UT__INQUIRE_STATE] = {ut__i_state, 0},
        [UT__INQUIRE_ALERT] = {ut__i_alert, 0},
        [UT__INQUIRE_OPEN_ALERTS] = {ut__i_open_alerts, 0},
    };
    *out = (struct ut__answer){.status = UT__LEDGER_OK};
    int writes = ops[q->kind].writes;
    int rc = writes ? ut__begin(s) : SQLITE_OK;
    if (rc == SQLITE_OK)
        rc = ops[q->kind].op(s, q, out);
    conclude(s, writes ? ut__end(s, rc) : rc, out);
}

/* SPDX-License-Identifier: MIT */
/* Operators' rules, and what the record knows of returning callers. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/rules.h"
#include "store/args.h"
#include "store/questions.h"
#include "store/shared.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

enum { LOOK_BACK_S = 30 * 86400 };

static void fill_rule(void *row, sqlite3_stmt *st)
{
    struct ut__rule_row *r = row;
    ut__sql_column(st, 0, r->name, sizeof r->name);
    ut__sql_column(st, 1, r->text, sizeof r->text);
    r->live = sqlite3_column_int(st, 2) != 0;
    ut__sql_column(st, 3, r->set_by, sizeof r->set_by);
    r->set_ms = sqlite3_column_int64(st, 4);
}

#define SELECT "SELECT name, text, live, set_by, set_ms FROM rules"

int ut__i_rules(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    (void)q;
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->rules, fill_rule,
                        SELECT " ORDER BY name", "");
}

int ut__rule_one(struct ut__rules *rules, const char *text, struct ut__answer *out)
{
    struct ut__rules_error why;
    char said[UT__RULES_WHY_MAX + 40];
    if (ut__rules_read(rules, text, strlen(text), &why) != 0) {
        snprintf(said, sizeof said, "Line %u: %s.", (unsigned)why.line, why.text);
        ut__fail(out, UT__LEDGER_BAD, said, "See undertone-rules(5) for how a rule is written.");
        return 0;
    }
    if (rules->count == 1)
        return 1;
    ut__fail(out, UT__LEDGER_BAD, "The text holds no rule, or more than one.",
             "Send one rule a request.");
    return 0;
}

/* The name of the one rule in a text. 0: it is none, and *out says why; below 0: no memory. */
static int rule_name(const char *text, char name[UT_RULE_NAME_MAX], struct ut__answer *out)
{
    struct ut__rules *rules = malloc(sizeof *rules);
    int good = rules ? ut__rule_one(rules, text, out) : -1;
    if (good > 0)
        memcpy(name, rules->rule[0].name, UT_RULE_NAME_MAX);
    free(rules);
    return good;
}

static int put(struct ut__store *s, const char *name, const struct ut__rule_row *r)
{
    return ut__sql_run(s->db, "INSERT OR REPLACE INTO rules VALUES(?,?,?,?,?)", "ssisi", name,
                       r->text, (int64_t)r->live, r->set_by, r->set_ms);
}

int ut__rule_apply(struct ut__store *s, const char *name, json_t *value)
{
    struct ut__rule_row r = {.live = ut__arg_int(value, "live", 0) == 1,
                             .set_ms = ut__arg_int(value, "set_ms", 0)};
    char its_name[UT_RULE_NAME_MAX];
    struct ut__answer why = {.status = UT__LEDGER_OK};
    ut__tell(s, UT__LEDGER_CHANGED_RULES, NULL);
    if (!value)
        return ut__sql_run(s->db, "DELETE FROM rules WHERE name = ?", "s", name);
    ut__inquiry_text(r.text, sizeof r.text, ut__arg_text(value, "text"));
    ut__inquiry_text(r.set_by, sizeof r.set_by, ut__arg_text(value, "set_by"));
    int good = rule_name(r.text, its_name, &why);
    ut__answer_free(&why);
    return good > 0 && strcmp(name, its_name) == 0 ? put(s, name, &r) : SQLITE_MISMATCH;
}

int ut__i_rule_set(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    struct ut__rule_row r = q->rule;
    char name[UT_RULE_NAME_MAX];
    int64_t others = 0;
    int good = rule_name(r.text, name, out);
    if (good <= 0)
        return good ? SQLITE_NOMEM : SQLITE_OK;
    r.set_ms = ut__wall_ms();
    int rc = ut__sql_int(s->db, &others, "SELECT count(*) FROM rules WHERE name <> ?", "s", name);
    if (rc == SQLITE_OK && others >= UT__RULES_MAX)
        return ut__fail(out, UT__LEDGER_BAD, "There are 32 rules already.", "Drop one of them.");
    if (rc == SQLITE_OK)
        rc = put(s, name, &r);
    if (rc == SQLITE_OK)
        rc = ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->rules, fill_rule,
                          SELECT " WHERE name = ?", "s", name);
    ut__tell(s, UT__LEDGER_CHANGED_RULES, NULL);
    return rc;
}

int ut__i_rule_drop(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    int rc = ut__sql_run(s->db, "DELETE FROM rules WHERE name = ?", "s", q->name);
    int n = sqlite3_changes(s->db);
    if (rc != SQLITE_OK)
        return rc;
    ut__tell(s, UT__LEDGER_CHANGED_RULES, NULL);
    return n ? SQLITE_OK
             : ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such rule.",
                        "Ask /api/v1/rules for those there are.");
}

static void fill_count(void *row, sqlite3_stmt *st)
{
    *(int64_t *)row = sqlite3_column_int64(st, 0);
}

int ut__i_returning(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->counts, fill_count,
                        "SELECT count(*) FROM calls WHERE caller_key = ? AND alerts > 0 AND"
                        " ended_ms >= ?",
                        "si", q->baseline.caller_key, ut__wall_ms() - (int64_t)LOOK_BACK_S * 1000);
}

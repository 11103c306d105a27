/* SPDX-License-Identifier: MIT */
/*
 * Forgetting on all nodes, with a receipt. An erasure is shared by the bus as settings are, so that a node
 * which was away hears of it when it returns; what each has done is shared too, and kept:
 *
 *     erase.ID        {"caller_key" or "call" and "of", its node, "by", "asked_ms"}
 *     forget.ID       {"caller_key", "by", "asked_ms"}: the baseline alone
 *     erased.ID@NODE  {"id", "node", "time_ms", "calls", "baselines"}
 *
 * A receipt is written when nothing is left: a call that goes on is waited for.
 */

#include "store/erasures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/args.h"
#include "store/erase.h"
#include "store/past_call.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { ID_BYTES = 8, AT_ONCE = 16 };

/* Asks all nodes; kind: erase, forget; id: [17], the erasure's name. */
static int ask_all(struct ut__store *s, const char *kind, const char *member, const char *what,
                   const char *of, json_t *args, char id[2 * ID_BYTES + 1])
{
    const char *by = ut__arg_text(args, "by");
    uint8_t bytes[ID_BYTES];
    if (ut__key_random(bytes, ID_BYTES))
        return SQLITE_NOMEM;
    for (int i = 0; i < ID_BYTES; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    return ut__sql_run(s->db,
                       "INSERT INTO sharing VALUES(?, ?, json_object(?, ?, 'of', ?, 'by', ?, "
                       "'asked_ms', ?))",
                       "ssssssi", kind, id, member, what, of, by ? by : "", ut__wall_ms());
}

/* What was done here, for all to see; nothing while a call of it goes on. */
static int leave_receipt(struct ut__store *s, const char *id, const struct ut__erased *e)
{
    if (e->live)
        return SQLITE_OK;
    return ut__sql_run(s->db,
                       "INSERT INTO sharing VALUES('erased', ?1 || '@' || ?2, json_object('id', ?1,"
                       " 'node', ?2, 'time_ms', ?3, 'calls', ?4, 'baselines', ?5))",
                       "ssiii", id, s->node, ut__wall_ms(), e->calls, e->baselines);
}

static int is_key(const char *text)
{
    return text && strlen(text) == UT__CALLER_KEY_MAX - 1 &&
           strspn(text, "0123456789abcdef") == UT__CALLER_KEY_MAX - 1;
}

int ut__erasure_is_sound(const char *kind, json_t *value)
{
    const char *call = ut__arg_text(value, "call"), *key = ut__arg_text(value, "caller_key");
    const char *node = ut__arg_text(value, "node"), *id = ut__arg_text(value, "id");
    if (strcmp(kind, "forget") == 0)
        return ut__arg_int(value, "asked_ms", 0) > 0 && is_key(key);
    if (strcmp(kind, "erase") == 0)
        return ut__arg_int(value, "asked_ms", 0) > 0 &&
               (call ? !key && ut__arg_text(value, "of") && strlen(call) < UT__CALL_ID_MAX
                     : is_key(key));
    return node && node[0] && strlen(node) < UT__NODE_MAX && is_key(id) &&
           ut__arg_int(value, "time_ms", 0) > 0;
}

/* Some that wait for this node: [{"kind","id","value"}]. */
static int waiting(struct ut__store *s, json_t **out)
{
    char *text = NULL;
    int rc = ut__sql_text(
        s->db, &text,
        "SELECT json_group_array(json_object('kind', kind, 'id', id, 'value', json(v))) FROM "
        "(SELECT"
        " value->>'$.kind' AS kind, json_extract(value, '$.name') AS id, json_extract(value,"
        " '$.value') AS v FROM shared WHERE (key GLOB 'erase.*' OR key GLOB 'forget.*') AND NOT "
        "EXISTS(SELECT 1 FROM shared AS r WHERE r.key ="
        " 'erased.' || hex(json_extract(shared.value, '$.name') || '@' || ?)) LIMIT ?)",
        "si", s->node, (int64_t)AT_ONCE);
    *out = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return rc;
}

static int do_one(struct ut__store *s, json_t *one, int *done)
{
    json_t *value = json_object_get(one, "value");
    const char *id = ut__arg_text(one, "id");
    struct ut__erased e = {0};
    const char *call = ut__arg_text(value, "call"), *key = ut__arg_text(value, "caller_key");
    int forget = strcmp(ut__arg_text(one, "kind"), "forget") == 0;
    int rc = forget ? ut__erase_baseline(s, key, ut__arg_int(value, "asked_ms", 0), &e)
             : call ? ut__erase_call(s, call, ut__arg_text(value, "of"), &e)
                    : ut__erase_caller(s, key, ut__arg_int(value, "asked_ms", 0), &e);
    *done += e.live == 0;
    return rc == SQLITE_OK ? leave_receipt(s, id, &e) : rc;
}

int ut__erasures_do(struct ut__store *s, int *done)
{
    json_t *list = NULL, *one;
    size_t i;
    *done = 0;
    int rc = waiting(s, &list);
    json_array_foreach(list, i, one)
    {
        if (rc == SQLITE_OK)
            rc = do_one(s, one, done);
    }
    s->erasing = rc != SQLITE_OK || json_array_size(list) > 0;
    json_decref(list);
    return rc;
}

int ut__q_erase_call(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char id[2 * ID_BYTES + 1];
    struct ut__erased e = {0};
    const char *call = ut__arg_text(args, "call");
    char *of = NULL, *own = NULL;
    int rc = ut__sql_text(s->db, &of, "SELECT node FROM calls WHERE call = ?", "s", call);
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &own, "SELECT " UT__SQL_OWN_NAME " FROM calls c WHERE call = ?",
                          "s", call);
    if (rc == SQLITE_OK)
        rc = ut__erase_call(s, call, NULL, &e);
    if (rc == SQLITE_OK && e.live)
        rc = ut__fail(out, UT__LEDGER_CONFLICT, "The call is still going on.",
                      "Erase it after its end; one that a crash cut off ends at the next start.");
    else if (rc == SQLITE_OK && !e.calls)
        rc = ut__fail(out, UT__LEDGER_NOT_FOUND, "There is no such call.",
                      "Ask for the calls there are, or see whether it is of another node.");
    else if (rc == SQLITE_OK)
        rc = ask_all(s, "erase", "call", own, of, args, id);
    free(of);
    free(own);
    if (rc != SQLITE_OK || out->status != UT__LEDGER_OK)
        return rc;
    rc = leave_receipt(s, id, &e);
    return rc == SQLITE_OK ? ut__count(out, "erased", 1) : rc;
}

/* The caller's key, from a key or a number. 0 when neither is given. */
static int caller_key(struct ut__store *s, json_t *args, char key[UT__CALLER_KEY_MAX])
{
    const char *number = ut__arg_text(args, "caller"), *given = ut__arg_text(args, "caller_key");
    key[0] = '\0';
    if ((number != NULL) == (given != NULL))
        return 0;
    if (number)
        ut__key_caller(s->key, number, key);
    else if (is_key(given))
        memcpy(key, given, UT__CALLER_KEY_MAX);
    return key[0] != '\0';
}

static int bad_caller(struct ut__answer *out)
{
    return ut__fail(out, UT__LEDGER_BAD, "No caller is named.",
                    "Give either `caller`, a telephone number, or `caller_key`, 16 hexadecimal "
                    "digits.");
}

int ut__q_erase_caller(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char key[UT__CALLER_KEY_MAX], id[2 * ID_BYTES + 1], text[128];
    struct ut__erased e = {0};
    if (!caller_key(s, args, key))
        return bad_caller(out);
    int rc = ut__erase_caller(s, key, INT64_MAX, &e);
    if (rc == SQLITE_OK)
        rc = ask_all(s, "erase", "caller_key", key, NULL, args, id);
    if (rc == SQLITE_OK)
        rc = leave_receipt(s, id, &e);
    snprintf(text, sizeof text, "{\"erased\":%lld,\"baselines\":%lld,\"live\":%lld}",
             (long long)e.calls, (long long)e.baselines, (long long)e.live);
    out->json = rc == SQLITE_OK ? strdup(text) : NULL;
    return rc;
}

int ut__q_erase_baseline(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char key[UT__CALLER_KEY_MAX], id[2 * ID_BYTES + 1];
    struct ut__erased e = {0};
    if (!caller_key(s, args, key))
        return bad_caller(out);
    int rc = ut__erase_baseline(s, key, INT64_MAX, &e);
    if (rc == SQLITE_OK)
        rc = ask_all(s, "forget", "caller_key", key, NULL, args, id);
    if (rc == SQLITE_OK)
        rc = leave_receipt(s, id, &e);
    return rc == SQLITE_OK ? ut__count(out, "erased", e.baselines) : rc;
}

int ut__q_erasures(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    int64_t limit, before;
    if (!ut__arg_page(args, INT64_MAX, &limit, &before, out))
        return SQLITE_OK;
    return ut__sql_text(
        s->db, &out->json,
        "WITH asked AS (SELECT id AS row, json_extract(value, '$.name') AS id, value FROM shared"
        " WHERE (key GLOB 'erase.*' OR key GLOB 'forget.*') AND id < ?2 ORDER BY shared.id DESC "
        "LIMIT ?1 + 1), shown AS"
        " (SELECT * FROM asked LIMIT ?1) SELECT json_object('erasures', json(coalesce((SELECT"
        " json_group_array(json_object('id', id, 'call', json_extract(value, '$.value.call'),"
        " 'caller_key', json_extract(value, '$.value.caller_key'), 'by', json_extract(value,"
        " '$.value.by'), 'asked_ms', json_extract(value, '$.value.asked_ms'), 'nodes',"
        " json(coalesce((SELECT json_group_array(json_object('node', json_extract(r.value,"
        " '$.value.node'), 'time_ms', json_extract(r.value, '$.value.time_ms'), 'calls',"
        " json_extract(r.value, '$.value.calls'), 'baselines', json_extract(r.value,"
        " '$.value.baselines'))) FROM shared r WHERE r.key BETWEEN 'erased.' || hex(shown.id) ||"
        " '40' AND 'erased.' || hex(shown.id) || '41'), '[]')))) FROM shown), '[]')), 'next',"
        " iif((SELECT count(*) FROM asked) > ?1, (SELECT CAST(min(row) AS TEXT) FROM shown), "
        "NULL))",
        "ii", limit, before);
}

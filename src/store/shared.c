/* SPDX-License-Identifier: MIT */
/*
 * What people set, as all nodes have it. The table `shared` holds the newest value of each setting, which
 * triggers write (sharing.c), and the revision under which the nodes' bucket has it:
 *
 *     somebody sets -> due -> the bucket takes it, if its revision is still the one we knew
 *     the bucket tells -> newer than ours: taken over; what was due of ours and differs is lost, and told
 *
 * So the order of the bucket decides, whatever the clocks say, and every node comes to the same.
 */

#include "store/shared.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/log.h"
#include "store/args.h"
#include "store/erasures.h"
#include "store/house.h"
#include "store/join.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

enum { KEY_MAX = 400, VALUE_MAX = 32768, MAC_DIGITS = 64 };

/* What the bucket has of a setting, and what we had of it. */
struct news {
    const char *key, *text;
    int64_t revision;
    json_t *value; /* {"kind","name","value"} */
    int64_t id, known, due;
    char *ours;
};

static void on_row(void *arg, int op, char const *db, char const *table, sqlite3_int64 row)
{
    struct ut__store *s = arg;
    (void)op;
    (void)db;
    (void)row;
    if (strcmp(table, "shared") == 0)
        s->shared_changed = s->erasing = 1;
}

/* ut_sign(key, value) */
static void sql_sign(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    const struct ut__store *s = sqlite3_user_data(ctx);
    const char *key = (const char *)sqlite3_value_text(argv[0]);
    const char *value = (const char *)sqlite3_value_text(argv[1]);
    char mac[MAC_DIGITS + 1];
    (void)argc;
    if (!key || !value)
        return;
    ut__join_sign(s->key, key, value, mac);
    sqlite3_result_text(ctx, mac, MAC_DIGITS, SQLITE_TRANSIENT);
}

int ut__shared_begin(struct ut__store *s)
{
    sqlite3_update_hook(s->db, on_row, s);
    return sqlite3_create_function(s->db, "ut_sign", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, s,
                                   sql_sign, NULL, NULL);
}

/* The revision at which the bus has no name for a house, but something else. */
static int spoilt_at(struct ut__store *s, int64_t *revision)
{
    return ut__sql_int(s->db, revision,
                       "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'no_house'", "");
}

int ut__q_shared_due(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char id[UT__KEY_ID_MAX];
    enum ut__house house = ut__house_of(s);
    (void)args;
    ut__key_id(s->key, id);
    int64_t spoilt = 0;
    int rc = spoilt_at(s, &spoilt);
    if (rc != SQLITE_OK)
        return rc;
    if (house == UT__HOUSE_UNKNOWN || spoilt) /* Who is first there gives it its name. */
        return ut__sql_text(s->db, &out->json,
                            "SELECT json_object('due', json_array(json_object('key', 'house',"
                            " 'revision', ?1, 'value', coalesce((SELECT value FROM meta WHERE name"
                            " = 'house'), ?2))))",
                            "is", spoilt, id);
    return ut__sql_text(
        s->db, &out->json,
        "SELECT json_object('due', (SELECT json_group_array(json_object('key', key, 'revision',"
        " revision, 'value', ut_sign(key, value) || value)) FROM (SELECT * FROM shared WHERE due"
        " AND ?2 ORDER BY id LIMIT 64)), 'stranger', json(iif(?2, 'false', 'true')), 'lost', "
        "(SELECT json_object('kept', json(value), 'lost', json(lost)) FROM shared WHERE"
        " lost_ms > ?1 ORDER BY lost_ms DESC LIMIT 1))",
        "ii", ut__wall_ms() - (int64_t)86400000, (int64_t)(house == UT__HOUSE_OURS));
}

int ut__q_shared_bucket(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    const char *bucket = ut__arg_text(args, "bucket");
    char *known = NULL;
    if (!bucket)
        return ut__fail(out, UT__LEDGER_BAD, "No bucket is named.", "Name one.");
    int rc = ut__sql_text(s->db, &known, "SELECT value FROM meta WHERE name = 'bucket'", "");
    if (rc == SQLITE_OK && (!known || strcmp(known, bucket) != 0)) {
        rc = ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('bucket', ?)", "s", bucket);
        if (rc == SQLITE_OK)
            rc = ut__sql_run(s->db, "UPDATE shared SET revision = 0, due = 1", "");
        if (rc == SQLITE_OK)
            rc = ut__sql_run(s->db, "DELETE FROM meta WHERE name IN ('house', 'no_house')", "");
    }
    free(known);
    return rc;
}

static int apply(struct ut__store *s, const struct news *n)
{
    const char *kind = ut__arg_text(n->value, "kind"), *name = ut__arg_text(n->value, "name");
    json_t *value = json_object_get(n->value, "value");
    if (json_is_null(value))
        value = NULL;
    else if (!json_is_object(value))
        return SQLITE_MISMATCH;
    if (strcmp(kind, "threshold") == 0)
        return ut__threshold_apply(s, name, value);
    if (strcmp(kind, "site") == 0)
        return ut__site_apply(s, name, value);
    if (strcmp(kind, "rule") == 0)
        return ut__rule_apply(s, name, value);
    if (strcmp(kind, "token") == 0)
        return ut__token_apply(s, name, value);
    if (strcmp(kind, "erase") == 0 || strcmp(kind, "erased") == 0 || strcmp(kind, "forget") == 0)
        return ut__erasure_is_sound(kind, value) ? SQLITE_OK : SQLITE_MISMATCH;
    static const char *const quiets[] = {"call", "agent", "queue"};
    for (size_t i = 0; i < sizeof quiets / sizeof quiets[0]; i++)
        if (strncmp(kind, "quiet-", 6) == 0 && strcmp(kind + 6, quiets[i]) == 0)
            return ut__quiet_apply(s, quiets[i], name, value);
    return SQLITE_MISMATCH;
}

/* The same was set on both sides, by whom and when ever. */
static int means_the_same(const json_t *value, const char *ours)
{
    json_t *a = json_deep_copy(json_object_get(value, "value"));
    json_t *root = json_loads(ours, 0, NULL), *b = json_object_get(root, "value");
    const char *const aside[] = {"set_by", "set_ms"};
    for (size_t i = 0; i < 2; i++) {
        json_object_del(a, aside[i]);
        json_object_del(b, aside[i]);
    }
    int same = json_equal(a, b);
    json_decref(a);
    json_decref(root);
    return same;
}

/* Puts it into the tables, whose triggers call it due; then says that it is not. */
static int take_over(struct ut__store *s, const struct news *n)
{
    int lost = n->due && !means_the_same(n->value, n->ours);
    int rc = apply(s, n);
    if (rc == SQLITE_MISMATCH) { /* Ours takes its place, if it is new; else it is left alone. */
        UT__LOG(UT__LOG_WARN, "a shared setting makes no sense", ut__log_str("key", n->key));
        return n->id ? ut__sql_run(s->db, "UPDATE shared SET revision = ? WHERE id = ?", "ii",
                                   n->revision, n->id)
                     : SQLITE_OK;
    }
    if (lost)
        UT__LOG(UT__LOG_WARN, "another node was faster: a setting of this one gives way",
                ut__log_str("key", n->key));
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT OR IGNORE INTO shared(key) VALUES(?)", "s", n->key);
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db,
                         "UPDATE shared SET value = ?, revision = ?, due = 0, lost = ?, lost_ms ="
                         " nullif(?, 0) WHERE key = ?",
                         "sisis", n->text, n->revision, lost ? n->ours : NULL,
                         lost ? ut__wall_ms() : 0, n->key);
    return rc;
}

/* What we have of it. Returns an SQLite code. */
static int look_up(struct ut__store *s, struct news *n)
{
    int rc = ut__sql_int(s->db, &n->id, "SELECT id FROM shared WHERE key = ?", "s", n->key);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &n->known, "SELECT revision FROM shared WHERE id = ?", "i", n->id);
    if (rc == SQLITE_OK)
        rc = ut__sql_int(s->db, &n->due, "SELECT due FROM shared WHERE id = ?", "i", n->id);
    if (rc == SQLITE_OK)
        rc = ut__sql_text(s->db, &n->ours, "SELECT value FROM shared WHERE id = ?", "i", n->id);
    return rc;
}

/* The key says what the value is about: one node's mistake must not be another's setting. */
static int is_keyed(struct ut__store *s, const struct news *n)
{
    const char *kind = ut__arg_text(n->value, "kind"), *name = ut__arg_text(n->value, "name");
    int64_t is = 0;
    return kind && name &&
           ut__sql_int(s->db, &is, "SELECT ?1 = ?2 || '.' || hex(?3)", "sss", n->key, kind, name) ==
               SQLITE_OK &&
           is;
}

static int take_one(struct ut__store *s, json_t *entry)
{
    struct news n = {.key = ut__arg_text(entry, "key"),
                     .text = ut__arg_text(entry, "value"),
                     .revision = ut__arg_int(entry, "revision", 0)};
    if (n.key && n.text && strcmp(n.key, "house") == 0)
        return ut__house_named(s, n.text, n.revision);
    if (n.key && strncmp(n.key, "join.", 5) == 0)
        return SQLITE_OK; /* A sealed key for a new node: no setting. */
    n.text = ut__house_signed(s, n.key, n.text);
    if (!n.text && ut__house_of(s) == UT__HOUSE_OTHER)
        return SQLITE_OK; /* The others' among themselves. */
    int fits = n.text && strlen(n.text) < VALUE_MAX;
    n.value = fits ? json_loads(n.text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int sound = n.revision > 0 && json_is_object(n.value) && is_keyed(s, &n);
    int rc = sound ? look_up(s, &n) : SQLITE_OK;
    if (!sound)
        UT__LOG0(UT__LOG_WARN, "what lies among the shared settings is none");
    else if (rc == SQLITE_OK && n.revision > n.known)
        rc = n.ours && strcmp(n.ours, n.text) == 0
                 ? ut__sql_run(s->db, "UPDATE shared SET revision = ?, due = 0 WHERE id = ?", "ii",
                               n.revision, n.id)
                 : take_over(s, &n);
    free(n.ours);
    json_decref(n.value);
    return rc;
}

int ut__q_shared_take(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    size_t i;
    json_t *entry;
    int rc = SQLITE_OK;
    (void)out;
    json_array_foreach(json_object_get(args, "list"), i, entry)
    {
        if (rc == SQLITE_OK)
            rc = take_one(s, entry);
    }
    /* The others have it; unless the house's name is spoilt, which is to be put right. */
    int64_t spoilt = 0;
    if (rc == SQLITE_OK)
        rc = spoilt_at(s, &spoilt);
    s->shared_changed = spoilt != 0;
    return rc;
}

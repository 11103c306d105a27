/* SPDX-License-Identifier: MIT */
/*
 * The house that a node belongs to: those who hash callers under the same key, and so may share. Its name on
 * the bus is the key's id, which tells nothing of it; the first node there gives it.
 */

#include "store/house.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "store/args.h"
#include "store/join.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/transaction.h"

enum { MAC_DIGITS = 64, SIGNED_KEY_MAX = 400 };
static const int64_t GOOD_MS = 15 * 60000;

enum ut__house ut__house_of(struct ut__store *s)
{
    char id[UT__KEY_ID_MAX], *house = NULL;
    ut__key_id(s->key, id);
    (void)ut__sql_text(s->db, &house, "SELECT value FROM meta WHERE name = 'house'", "");
    enum ut__house is = !house                   ? UT__HOUSE_UNKNOWN
                        : strcmp(house, id) == 0 ? UT__HOUSE_OURS
                                                 : UT__HOUSE_OTHER;
    free(house);
    return is;
}

const char *ut__house_signed(const struct ut__store *s, const char *key, const char *text)
{
    char mac[MAC_DIGITS + 1];
    if (!key || !text || strlen(key) >= SIGNED_KEY_MAX || strlen(text) <= MAC_DIGITS)
        return NULL;
    ut__join_sign(s->key, key, text + MAC_DIGITS, mac);
    return CRYPTO_memcmp(mac, text, MAC_DIGITS) == 0 ? text + MAC_DIGITS : NULL;
}

int ut__house_named(struct ut__store *s, const char *id, int64_t revision)
{
    int sound =
        strlen(id) == UT__KEY_ID_MAX - 1 && strspn(id, "0123456789abcdef") == UT__KEY_ID_MAX - 1;
    int rc = sound ? ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('house', ?)", "s", id)
                   : ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('no_house', ?)", "i",
                                 revision);
    return rc == SQLITE_OK && sound
               ? ut__sql_run(s->db, "DELETE FROM meta WHERE name = 'no_house'", "")
               : rc;
}

int ut__q_join_seal(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    char secret[UT__JOIN_SECRET_MAX], sealed[UT__JOIN_SEALED_MAX];
    int64_t until = ut__wall_ms() + GOOD_MS;
    (void)args;
    if (ut__house_of(s) != UT__HOUSE_OURS)
        return ut__fail(out, UT__LEDGER_CONFLICT, "This node has not joined the others itself.",
                        "Ask one that has for a secret; without NATS there is nobody to join.");
    if (ut__join_seal(s->key, until, secret, sealed))
        return SQLITE_NOMEM;
    json_t *root =
        json_pack("{ss ss sI}", "secret", secret, "sealed", sealed, "until_ms", (json_int_t)until);
    out->json = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    OPENSSL_cleanse(secret, sizeof secret);
    return out->json ? SQLITE_OK : SQLITE_NOMEM;
}

/* Written whole and on disk, under the name that schema.c looks for should we end before the renaming. */
static int write_key(const char *path, const uint8_t key[UT__KEY_BYTES])
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return SQLITE_CANTOPEN;
    int ok = write(fd, key, UT__KEY_BYTES) == UT__KEY_BYTES && fsync(fd) == 0;
    return close(fd) == 0 && ok ? SQLITE_OK : SQLITE_IOERR;
}

/* The callers of before are nobody's: under the new key none of them could be found, nor forgotten. */
static int forget_old(struct ut__store *s, const char *id)
{
    static const char *const sql[] = {
        "UPDATE calls SET caller_key = NULL WHERE caller_key IS NOT NULL", "DELETE FROM baselines",
        "UPDATE shared SET revision = 0, due = 1", "DELETE FROM meta WHERE name = 'past_stream'"};
    int rc = ut__begin(s);
    for (size_t i = 0; i < sizeof sql / sizeof sql[0] && rc == SQLITE_OK; i++)
        rc = ut__sql_run(s->db, sql[i], "");
    if (rc == SQLITE_OK)
        rc = ut__sql_run(s->db, "INSERT OR REPLACE INTO meta VALUES('key_id', ?)", "s", id);
    return ut__end(s, rc);
}

static int adopt(struct ut__store *s, const uint8_t key[UT__KEY_BYTES])
{
    char id[UT__KEY_ID_MAX], next[UT__DIR_MAX + 16], path[UT__DIR_MAX + 16];
    snprintf(next, sizeof next, "%s/key.next", s->dir);
    snprintf(path, sizeof path, "%s/key", s->dir);
    ut__key_id(key, id);
    int rc = s->dir[0] ? write_key(next, key) : SQLITE_OK;
    if (rc == SQLITE_OK)
        rc = forget_old(s, id);
    if (rc == SQLITE_OK && s->dir[0] && rename(next, path) != 0)
        rc = SQLITE_IOERR;
    if (rc != SQLITE_OK)
        return rc;
    pthread_mutex_lock(&s->lock);
    memcpy(s->key, key, UT__KEY_BYTES);
    pthread_mutex_unlock(&s->lock);
    return SQLITE_OK;
}

int ut__q_join_open(struct ut__store *s, json_t *args, struct ut__answer *out)
{
    uint8_t key[UT__KEY_BYTES];
    size_t i;
    const json_t *one;
    const char *secret = ut__arg_text(args, "secret");
    const char *opened = NULL;
    json_array_foreach(json_object_get(args, "sealed"), i, one)
    {
        const char *sealed = json_string_value(one);
        if (!opened && secret && sealed && strlen(sealed) < UT__JOIN_SEALED_MAX &&
            ut__join_open(secret, sealed, ut__wall_ms(), key) == 0)
            opened = sealed;
    }
    if (!opened)
        return ut__fail(out, UT__LEDGER_BAD, "This secret opens nothing.",
                        "It holds for 15 minutes, and for one node: ask a node that has joined for "
                        "another.");
    if (s->memory)
        return ut__fail(out, UT__LEDGER_AWAY, s->open_problem.message, s->open_problem.remedy);
    int rc = adopt(s, key);
    OPENSSL_cleanse(key, sizeof key);
    json_t *root = json_pack("{ss}", "opened", opened);
    out->json = rc == SQLITE_OK && root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return rc;
}

/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "store/args.h"
#include "store/key.h"
#include "store/live.h"
#include "store/questions.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/state.h"
#include "store/write.h"

static struct ut__store *store;

static int ask(void *state, enum ut__ledger_op op, const char *args, ut__answered *done, void *arg)
{
    struct ut__answer out;
    (void)state;
    ut__do(store, op, args, &out);
    if (done)
        done(arg, &out);
    ut__answer_free(&out);
    return 0;
}

static int inquire(void *state, const struct ut__inquiry *q, ut__answered *done, void *arg)
{
    struct ut__answer out;
    (void)state;
    ut__do_inquiry(store, q, &out);
    if (done)
        done(arg, &out);
    ut__answer_free(&out);
    return 0;
}

static void caller_key(void *state, const char *number, char out[UT__CALLER_KEY_MAX])
{
    (void)state;
    ut__key_caller(store->key, number, out);
}

/* Nothing of outside would ever open. */
static char *same(void *state, const char *name, const char *text)
{
    (void)state;
    (void)name;
    return strdup(text);
}

int fuzz_ledger_open(struct ut__ledger *out, const struct ut__ledger_listener *listener)
{
    store = calloc(1, sizeof *store);
    if (!store)
        return -1;
    store->cfg = ut__store_config_default();
    store->cfg.listener = *listener;
    store->cfg.keep_baselines = 1;
    snprintf(store->node, sizeof store->node, "undertone");
    pthread_mutex_init(&store->lock, NULL);
    store->db = ut__schema_open(NULL, store->key, 0, &store->open_problem);
    *out = (struct ut__ledger){
        .ask = ask, .inquire = inquire, .caller_key = caller_key, .seal = same, .unseal = same};
    return store->db && ut__write_begin(store) == SQLITE_OK ? 0 : -1;
}

void fuzz_ledger_push(const struct ut__stream_item *item)
{
    (void)ut__sql_run(store->db, "BEGIN", "");
    (void)ut__write_item(store, item);
    (void)ut__sql_run(store->db, "COMMIT", "");
    /* Tells what the item led to. */
    inquire(NULL, &(struct ut__inquiry){.kind = UT__INQUIRE_ACCESS_ADD}, NULL, NULL);
}

void fuzz_ledger_close(void)
{
    for (int i = 0; i < UT__CALL_BUCKETS; i++)
        while (store->live[i])
            ut__live_drop(store, store->live[i]->id);
    sqlite3_finalize(store->put_score);
    sqlite3_close(store->db);
    pthread_mutex_destroy(&store->lock);
    free(store);
    store = NULL;
}

int json_is_valid(const char *text, size_t len)
{
    json_t *root = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_decref(root);
    return root != NULL;
}

int json_is_error(const char *text, size_t len)
{
    static const char *const keys[] = {"code", "message", "remedy"};
    json_t *root = json_loadb(text, len, 0, NULL);
    int good = 1;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        good = good &&
               json_string_length(json_object_get(json_object_get(root, "error"), keys[i])) > 0;
    json_decref(root);
    return good;
}

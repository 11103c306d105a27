/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_STORE_H
#define UT_STORE_STORE_H

/*
 * The daemon's record: one SQLite file in a data folder, written by one thread of its own.
 *
 *     hub -> ut__store_push -> queue -> [batch: BEGIN ... COMMIT, fsync] -> listener: "it is on
 * disk" anybody -> ut__store_ask -> queue -> answer, from the store's thread
 *
 * An alert is committed, together with a letter in the outbox for every channel, before the
 * listener hears of it. Where the folder cannot be used, all of it lives in memory and a problem
 * says so.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>
#include <undertone/model.h>

#include "contract/ledger.h"
#include "contract/stream.h"

enum {
    UT__STORE_SCHEMA = 23,       /* Version of the tables. */
    UT__STORE_SCORES_MAX = 8192, /* Scores that wait; more are dropped and counted. */
    UT__STORE_ASKS_MAX = 4096,   /* Questions that wait. */
    UT__STORE_ITEMS_MAX =
        131072 /* Other items that wait, in all some 120 MB: days of a full disk. */
};

/** A channel that alerts are delivered to: gets a letter for every action in its mask. */
struct ut__store_channel {
    char name[UT__CHANNEL_NAME_MAX]; /* "webhook:1", "nats", "syslog". */
    uint32_t actions;                /* Of enum ut__life. */
};

struct ut__store_config {
    const char *dir;         /* Data folder, made with mode 0700 where missing; NULL: in memory. */
    const char *node;        /* Name of this node. */
    uint32_t retain_days;    /* Older calls are erased; 0: kept. */
    uint32_t escalate_s;     /* Unanswered for so long: raised again to escalate_to; 0: never. */
    const char *escalate_to; /* NULL: nobody in particular. */
    uint32_t expire_s;       /* Unanswered so long after its call's end: expired. */
    uint32_t break_min;      /* Alert minutes within an hour after which a break is due. */
    uint64_t max_bytes;      /* Largest size of the file; 0: as the disk allows. */
    uint64_t memory_max;     /* Bytes kept without a folder: then the oldest calls that have
                                ended go. 0: 256 MiB. */
    uint32_t items_max;      /* UT__STORE_ITEMS_MAX; fewer for tests. */
    const struct ut_model
        *model;             /* That calls are scored with, for sites' profiles; NULL: nothing is
                                     learnt. */
    uint8_t keep_baselines; /* 1: baselines of returning callers are kept (opt-in). */
    uint8_t own_history;    /* 1: calls of other nodes are not kept. */
    uint32_t channel_count;
    struct ut__store_channel channels[UT__CHANNELS_MAX];
    struct ut__ledger_listener listener; /* Functions may be NULL. */
    long *holder; /* Receives the process that has the folder; NULL: nobody wants to know. */
};

/** No folder, node "undertone", 90 days, escalation after 30 s, expiry after 600 s. */
struct ut__store_config ut__store_config_default(void);

struct ut__store;

/**
 * Opens the record and starts its thread. cfg: borrowed for the call, its texts too.
 *
 * A folder that cannot be used (read-only, corrupt, of a newer version, wrong key file) is no
 * failure: the record then lives in memory, ut__store_problem says why, and the log does too.
 * Returns 0; UT_EINVAL; UT_EIO when another process has the folder: *holder tells which; UT_ENOMEM
 * when not even memory will do.
 */
int ut__store_open(struct ut__store **out, const struct ut__store_config *cfg) UT_MUST_CHECK;

/** Writes what waits, ends the thread; questions still waiting are answered first. NULL is fine. */
void ut__store_close(struct ut__store *store);

/** The stream's sink: copies the item into the queue, never blocks. Any thread. */
void ut__store_push(void *store, const struct ut__stream_item *item);

/** See struct ut__ledger; `store` is the state. Any thread. */
int ut__store_ask(void *store, enum ut__ledger_op op, const char *args, ut__answered *done,
                  void *arg);
int ut__store_inquire(void *store, const struct ut__inquiry *inquiry, ut__answered *done,
                      void *arg);
int ut__store_take(void *store, const char *channel, struct ut__letter out[UT__LETTERS_MAX],
                   int64_t *wait_ms);
int ut__store_settle(void *store, const struct ut__settled *list, uint32_t n, ut__answered *done,
                     void *arg);
int ut__store_hurry(void *store, const char *channel);
void ut__store_caller_key(void *store, const char *number, char out[UT__CALLER_KEY_MAX]);
char *ut__store_seal(void *store, const char *name, const char *text);
char *ut__store_unseal(void *store, const char *name, const char *sealed);
void ut__store_sign(void *store, const char *text, char out[65]);

/** The ones above as the interface that other edges know. */
struct ut__ledger ut__store_ledger(struct ut__store *store);

/**
 * The problem that was found at opening; "" when there was none. {"code","message","remedy"} each
 * apart. Any thread; the texts live as long as the store.
 */
void ut__store_problem(const struct ut__store *store, const char **code, const char **message,
                       const char **remedy);

/**
 * Does one thing to a data folder and closes it again: for commands such as `undertone erase`.
 * A daemon may be using the folder at the same time. Never falls back to memory.
 *
 * answer: to ut__answer_free.
 */
void ut__store_once(const char *dir, enum ut__ledger_op op, const char *args,
                    struct ut__answer *answer);
/** The same with values. */
void ut__store_inquire_once(const char *dir, const struct ut__inquiry *inquiry,
                            struct ut__answer *answer);

#endif

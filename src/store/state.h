/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_STATE_H
#define UT_STORE_STATE_H

/* Inside the store: what its thread owns. Each of its files has a header beside it. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "store/key.h"
#include "store/live.h"
#include "store/lock.h"
#include "store/schema.h"
#include "store/store.h"
#include "store/transaction.h"

enum {
    UT__NODE_MAX = 64,
    UT__PERSON_MAX = 64,
    UT__DIR_MAX = 4000,
    UT__NOTE_MAX = 2000, /* Bytes of a note without NUL, */
    UT__SOURCE_MAX = 63, /* and of the name of another system. */
    UT__LIFE_MAX = 9,    /* Bytes with NUL. */
    UT__CALL_BUCKETS = 1024,
    UT__TELL_MAX = 4096, /* Notices of one transaction. */
    UT__HOLD_US = 10000000
};

/* One entry of the queue: an item of the stream, a question, or how letters fared. */
struct ut__task {
    struct ut__task *next;
    struct ut__stream_item *item; /* NULL: another one. */
    enum ut__ledger_op op;
    char *args;                  /* Of a question; the channel to hurry. */
    struct ut__inquiry *inquiry; /* NULL: a question in JSON, letters or hurry. */
    struct ut__settled *letters; /* NULL: a question or hurry. */
    uint32_t letter_count;
    uint8_t hurry;
    ut__answered *answered; /* NULL: nobody waits. */
    void *arg;
};

struct ut__store {
    /* Set at open, then constant. */
    char dir[UT__DIR_MAX]; /* "" = in memory on purpose. */
    char path[UT__DIR_MAX + 16];
    char node[UT__NODE_MAX], escalate_to[UT__PERSON_MAX];
    char life[UT__LIFE_MAX];     /* Of the record: another one, once it is begun anew. */
    struct ut__store_config cfg; /* Its texts are not used: see above. */
    uint8_t key[UT__KEY_BYTES];
    struct ut__problem open_problem; /* Why it lives in memory. */
    struct ut__lock folder;          /* Of the folder. */
    dev_t device;                    /* Of the file, as the next. */
    ino_t inode, log_inode;          /* log_inode: of SQLite's log beside it; 0: not seen. */
    int memory, tokens_lost;         /* tokens_lost: those of the folder cannot be read. */

    /* The queue. */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct ut__task *head, **tail;        /* Items of the stream. */
    struct ut__task *asked, **asked_tail; /* The rest: served after the items, one at a time. */
    int64_t items_us;                     /* When the items were taken last. */
    uint32_t scores, items, urgent;       /* items: scores apart; urgent: alerts among them. */
    uint32_t asks, prompt;                /* Questions; of what is asked, what is waited for. */
    int ending;

    /* Of the thread that pushes: room for events when there is no memory, so that no alert is lost. */
    struct ut__task *spare;
    uint32_t spares;
    _Atomic uint64_t dropped;
    pthread_t thread;

    /* A reader of its own for letters, so that they wait for no writer and no writer for them. In
     * memory there can be none: then the lock guards `db`. */
    pthread_mutex_t reader_lock;
    sqlite3 *reader;

    /* The thread's own. */
    sqlite3 *db;
    sqlite3_stmt *put_score;
    struct ut__problem problem;                   /* Of running; code NULL: none. */
    struct ut__problem file_problem;              /* Of the file as it lies there. */
    int damaged;                                  /* A page was found that is none. */
    struct ut__task *unwritten, **unwritten_tail; /* Waits for the disk; no scores among them. */
    uint32_t unwritten_count;
    int64_t retry_ms;
    struct ut__live *live[UT__CALL_BUCKETS];
    struct ut__notice notices[UT__TELL_MAX];
    uint32_t notice_count;
    int told; /* What is written now has been told by another node. */
    int64_t
        hold_us; /* UT__HOLD_US long. Steady clock: until then another node's orders for this one come first. */
    int erasing;        /* What is to be erased may wait here. */
    int shared_changed; /* By the transaction that goes on: a setting that nodes share. */
    int64_t tick_ms, sweep_ms, data_version;
    int64_t merge; /* Pages of the next step of ut__lines_merge; below 0: it begins anew. */
    int aside;     /* 1: of one question, without a thread. */
};

#endif

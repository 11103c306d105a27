/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_STATE_H
#define UT_STORE_STATE_H

/* Inside the store: what its thread owns, and what its files share. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "store/key.h"
#include "store/schema.h"
#include "store/store.h"

enum {
    UT__NODE_MAX = 64,
    UT__PERSON_MAX = 64,
    UT__DIR_MAX = 4000,
    UT__NOTE_MAX = 2000, /* Bytes of a note without NUL, */
    UT__SOURCE_MAX = 63, /* and of the name of another system. */
    UT__LIFE_MAX = 9,    /* Bytes with NUL. */
    UT__CALL_BUCKETS = 1024,
    UT__TELL_MAX = 4096 /* Notices of one transaction. */
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
    ut__ledger_done *done;
    ut__answered *answered; /* Of an inquiry. */
    void *arg;
};

/* A live call as the store's thread counts it. */
struct ut__live {
    struct ut__live *next;
    char id[UT__CALL_ID_MAX];
    int64_t row; /* calls.id */
    uint32_t elevated_s, alert_s;
    uint32_t n_before; /* Alerts that are stored of an earlier call of this name. */
    uint8_t ended;     /* To be dropped once that is on disk. */
    uint8_t unsure;    /* `row` is not on disk yet: a roll-back takes it away. */
    uint8_t lost;      /* It has. */
};

enum ut__tell_kind { UT__TELL_ALERT, UT__TELL_CHANGED };

/* What the listener is told once the transaction is on disk. */
struct ut__notice {
    enum ut__tell_kind kind;
    enum ut__ledger_change what;
    char *text; /* Of an alert JSON; of a call that was erased its name; NULL else. */
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
    int lock_fd;                     /* Of the folder; below 0: none. */
    dev_t device;                    /* Of the file, as the next. */
    ino_t inode;
    int memory, tokens_lost; /* tokens_lost: those of the folder cannot be read. */

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
    int64_t tick_ms, sweep_ms, data_version;
};

/* The live calls; ut__live_find returns NULL for a call that is not there. */
struct ut__live *ut__live_find(struct ut__store *s, const char *id);
struct ut__live *ut__live_add(struct ut__store *s, const char *id, int64_t row);
void ut__live_drop(struct ut__store *s, const char *id);

/** Names that are no UTF-8 would make JSON that nobody can read: cut or replaced in place. */
void ut__clean_item(struct ut__stream_item *item);
void ut__clean_text(char *text);

/** Writes one item of the stream; within a transaction. Returns an SQLite code. */
int ut__write_item(struct ut__store *s, const struct ut__stream_item *item);
/** The item was rolled back: a call's row that was new is gone. */
void ut__unwritten(struct ut__store *s, const struct ut__stream_item *item);
/** The item is on disk: forgets a call that has ended. */
void ut__written(struct ut__store *s, const struct ut__stream_item *item);
/** Prepares what ut__write_item needs. Returns an SQLite code. */
int ut__write_prepare(struct ut__store *s);
/** The same, and closes the calls that a crash left open. */
int ut__write_begin(struct ut__store *s);

/**
 * A folder's record beside its daemon: without a thread, and never in memory. NULL: no memory, or a
 * name that is too long; without `db` it cannot be had, and open_problem says why.
 */
struct ut__store *ut__store_aside(const char *dir);
void ut__store_aside_close(struct ut__store *s);

/** Raises or clears an alert from an event; within a transaction. Returns an SQLite code. */
int ut__life_event(struct ut__store *s, const struct ut__live *call,
                   const struct ut__stream_item *item);
/** The call of these alerts has ended. */
int ut__life_call_ended(struct ut__store *s, int64_t call_row);
/** Escalates and expires what is due; within a transaction. Returns an SQLite code. */
int ut__life_tick(struct ut__store *s, int64_t now_ms);
/** UT__LEDGER_ACT; within a transaction. */
int ut__life_act(struct ut__store *s, json_t *args, struct ut__answer *out);

/** verdict.c: 1 for a known outcome; else 0, and it has been answered. */
int ut__good_outcome(const char *outcome, struct ut__answer *out);

/** Begins a transaction. Returns an SQLite code. */
int ut__begin(struct ut__store *s);
/**
 * Commits, or rolls back when rc is no SQLITE_OK; then tells what is true, or forgets what is not.
 * Returns the code that tells how it went.
 */
int ut__end(struct ut__store *s, int rc);
void ut__flush_notices(struct ut__store *s, int tell);
/** Remembers a notice for after the commit; text may be NULL. */
void ut__tell(struct ut__store *s, enum ut__tell_kind kind, enum ut__ledger_change what,
              char *text_take);

/* SQL expressions that give a call and an alert as the OpenAPI file has them. */
extern const char ut__sql_call[];
extern const char ut__sql_alert[];
extern const char ut__sql_alert_from[];

/*
 * The questions, by file. Each gets checked JSON and fills an answer; it returns an SQLite code,
 * and one that is not 0 becomes UT__LEDGER_AWAY.
 */
typedef int(ut__op)(struct ut__store *s, json_t *args, struct ut__answer *out);
ut__op ut__q_calls, ut__q_call, ut__q_scores, ut__q_timeline, ut__q_alerts, ut__q_alert, ut__q_life;
ut__op ut__q_outcomes, ut__q_exposure, ut__q_precision, ut__q_missed_add, ut__q_missed_drop;
ut__op ut__q_feedback_add, ut__q_proposals, ut__q_threshold_undo;
extern const char ut__sql_missed[], ut__sql_feedback[];
ut__op ut__q_erase_call, ut__q_erase_caller, ut__q_erase_baseline;
ut__op ut__q_dead, ut__q_dead_resend, ut__q_dead_drop;
ut__op ut__q_article_put, ut__q_article_drop, ut__q_articles, ut__q_article_find,
    ut__q_article_mark;
ut__op ut__q_access;

/* The inquiries, as the questions otherwise. */
typedef int(ut__inquiry_op)(struct ut__store *s, const struct ut__inquiry *q,
                            struct ut__answer *out);
ut__inquiry_op ut__i_people, ut__i_person_met, ut__i_quiets, ut__i_quiet_set, ut__i_tokens,
    ut__i_token_add, ut__i_token_drop, ut__i_sessions, ut__i_session_add, ut__i_session_drop,
    ut__i_access_add, ut__i_thresholds, ut__i_threshold_set, ut__i_threshold_unset, ut__i_baseline,
    ut__i_baseline_keep, ut__i_channels, ut__i_state;

/**
 * The letters of a channel that are due, *n of them. wait_ms: see struct ut__ledger. Returns an
 * SQLite code.
 */
int ut__outbox_take(sqlite3 *db, const char *channel, struct ut__letter *out, int *n,
                    int64_t *wait_ms);
/** Within a transaction; returns an SQLite code. */
int ut__outbox_settle(struct ut__store *s, const struct ut__settled *list, uint32_t n);
int ut__outbox_hurry(struct ut__store *s, const char *channel);

/** Does a question whatever thread it came from; begins and ends its transaction. */
void ut__do(struct ut__store *s, enum ut__ledger_op op, const char *text, struct ut__answer *out);
void ut__do_inquiry(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out);

/** Erases calls past their age, a few at a time. Returns an SQLite code. */
int ut__retain(struct ut__store *s, int64_t now_ms);

/* Arguments. ut__arg_text gives NULL where there is none or it is no text. */
const char *ut__arg_text(json_t *args, const char *name);
int64_t ut__arg_int(json_t *args, const char *name, int64_t dflt);
double ut__arg_num(json_t *args, const char *name, double dflt);

/** A text, NULL where it is empty. Returns 0 when it is longer than max, and answers so. */
int ut__arg_note(json_t *args, const char *name, size_t max, const char **text,
                 struct ut__answer *out);

/** limit and cursor; a cursor that is not given is dflt. Returns 0 when they make no sense. */
int ut__arg_page(json_t *args, int64_t dflt, int64_t *limit, int64_t *cursor,
                 struct ut__answer *out);

/** Answers with a failure and its texts; returns 0. */
int ut__fail(struct ut__answer *out, enum ut__ledger_status status, const char *message,
             const char *remedy);
/** An answer as JSON, a failure as {"message","remedy"}; lives as long as the answer. */
const char *ut__answer_json(struct ut__answer *out);
/** Answers {"name":n}; returns 0. */
int ut__count(struct ut__answer *out, const char *name, int64_t n);
/** Answers with a text of sqlite's making, or not found when it is NULL; returns 0. */
int ut__found(struct ut__answer *out, char *json_take, const char *message);

#endif

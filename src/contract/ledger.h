/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_LEDGER_H
#define UT_CONTRACT_LEDGER_H

/*
 * What the daemon's edges ask of its record of calls and alerts, without knowing who keeps it: the
 * store implements it, the supervisor channel uses it, the program joins the two. Plain data only.
 * What the program itself reads travels as structs; questions and answers that only the network
 * reads are JSON texts, as the OpenAPI file describes them.
 */

#include <stddef.h>
#include <stdint.h>

#include "contract/inquiry.h"
#include "contract/stream.h"

/* What happens in an alert's life; also the bits of a channel's mask. */
enum ut__life {
    UT__LIFE_RAISED = 1 << 0,
    UT__LIFE_CLEARED = 1 << 1,
    UT__LIFE_ESCALATED = 1 << 2,
    UT__LIFE_ACKNOWLEDGED = 1 << 3,
    UT__LIFE_HANDED_OVER = 1 << 4,
    UT__LIFE_NOTED = 1 << 5,
    UT__LIFE_RESOLVED = 1 << 6,
    UT__LIFE_EXPIRED = 1 << 7,
    UT__LIFE_JUDGED = 1 << 8, /* A verdict, given or corrected after the resolve. */
    UT__LIFE_ALL = (1 << 9) - 1,
    UT__LIFE_BREAK_DUE = 1 << 9 /* Of no alert: an agent is due a break. It leaves the same way. */
};

/*
 * A question or an order. Behind each: the members of its JSON arguments -> those of the answer. All
 * that are about calls know `scope` as well, a text of a JSON array of queues: calls of others are not
 * there.
 */
enum ut__ledger_op {
    UT__LEDGER_CALLS,         /* state, queue, agent, q, caller, min_peak, alerted, sort, from_ms,
                                to_ms, limit, cursor -> calls, next */
    UT__LEDGER_CALL,          /* call -> CallDetail without threshold */
    UT__LEDGER_RECORDING,     /* call -> call, queue, agent, started_ms, path of an import's file */
    UT__LEDGER_SCORES,        /* call, from_s, to_s, step_s -> Scores */
    UT__LEDGER_TIMELINE,      /* call, step_s -> Timeline */
    UT__LEDGER_ALERTS,        /* state, queue, agent, call, from_ms, to_ms, limit, cursor -> alerts,
                                next */
    UT__LEDGER_ALERT,         /* alert -> Alert */
    UT__LEDGER_LIFE,          /* alert -> alert, life */
    UT__LEDGER_ACT,           /* alert, action, by, text, note, outcome, source, to -> Alert */
    UT__LEDGER_MISSED_ADD,    /* call, t, by, note, source -> Missed */
    UT__LEDGER_MISSED_DROP,   /* id -> erased */
    UT__LEDGER_FEEDBACK_ADD,  /* call, score, worst, best, source, text, by -> Feedback */
    UT__LEDGER_MARK_ADD,      /* call, kind, t, text, by -> Mark */
    UT__LEDGER_MARK_DROP,     /* id -> erased */
    UT__LEDGER_FOLLOW_UP_ADD, /* call, who, due_ms, text, by -> FollowUp */
    UT__LEDGER_FOLLOW_UP_DONE, /* id, by -> FollowUp */
    UT__LEDGER_FOLLOW_UPS,     /* who, state, limit, cursor -> follow_ups, next */
    UT__LEDGER_DISPUTE_ADD,    /* agent, figure, value, text, by -> Dispute */
    UT__LEDGER_DISPUTE_DONE,   /* id, text, by -> Dispute */
    UT__LEDGER_DISPUTES,       /* own, by -> disputes */
    UT__LEDGER_SEARCHES,       /* by -> searches */
    UT__LEDGER_SEARCH_SET,     /* by, name, query -> searches */
    UT__LEDGER_SEARCH_DROP,    /* by, name -> erased */
    UT__LEDGER_PROPOSALS,      /* max -> judged_least, hours_least, rows: Proposal */
    UT__LEDGER_THRESHOLD_UNDO, /* queue -> Threshold, what held before */
    UT__LEDGER_RULE_TRY,     /* text, days -> days, calls, of, alerts, alerted, shown, not_tried */
    UT__LEDGER_PRECISION,    /* by, queue, from_ms, to_ms -> by, from_ms, to_ms, total, rows */
    UT__LEDGER_TRENDS,       /* by, queue, from_ms, to_ms -> by, from_ms, to_ms, rows */
    UT__LEDGER_OUTCOMES,     /* by, from_ms, to_ms -> by, from_ms, to_ms, rows */
    UT__LEDGER_EXPOSURE,     /* agent, from_ms, to_ms -> from_ms, to_ms, rows */
    UT__LEDGER_ERASE_CALL,   /* call, by -> erased */
    UT__LEDGER_ERASE_CALLER, /* caller or caller_key, by -> erased, baselines */
    UT__LEDGER_ERASE_BASELINE, /* caller or caller_key, by -> erased */
    UT__LEDGER_DEAD,           /* channel, limit, cursor -> dead_letters, next */
    UT__LEDGER_DEAD_RESEND,    /* id, or "*" -> queued */
    UT__LEDGER_DEAD_DROP,      /* id, or "*" -> erased */
    UT__LEDGER_ACCESS,         /* from_ms, to_ms, limit, cursor -> entries, next */
    UT__LEDGER_ARTICLE_PUT,    /* path, title, language, queue, passages -> passages */
    UT__LEDGER_ARTICLE_DROP,   /* path, or "*" -> erased */
    UT__LEDGER_ARTICLE_MARK,   /* article, mark -> marked */
    UT__LEDGER_ARTICLES,       /* -> articles */
    UT__LEDGER_ARTICLE_FIND,   /* q, language, queue, playbooks: names of articles that go before
                                  all -> articles, the three best */
    UT__LEDGER_ERASURES,       /* limit, cursor -> erasures, next */
    UT__LEDGER_JOIN_SEAL,      /* -> secret, sealed, until_ms: the nodes' key for a new one */
    UT__LEDGER_JOIN_OPEN,      /* secret, sealed: list -> opened: this node has that key now */
    UT__LEDGER_SHARED_DUE,     /* -> stranger: the bus is of nodes with another key; due: key,
                                  revision, value of settings that the other nodes have not got;
                                  lost: the newest change that gave way within a day */
    UT__LEDGER_SHARED_TAKE,    /* list: key, revision, value, as the nodes have them now -> {} */
    UT__LEDGER_SHARED_BUCKET,  /* bucket: where they are kept; another one counts anew -> {} */
    UT__LEDGER_STAND_IN,    /* action, time_ms, alert_id, by, text, alert: a step of an alert whose
                                  node died, for all channels -> {} */
    UT__LEDGER_HOLD,        /* The bus is back: what others did for this node's alerts comes
                                  first, before any escalates or expires here -> {} */
    UT__LEDGER_RETIRE,      /* after: a call's row -> after: the next of its own calls', key, value:
                                  its timeline, sealed; 0: there is none, and alerts that are open,
                                  waiting: letters and changes that are not told */
    UT__LEDGER_PAST_FROM,   /* stream: where nodes keep calls that have ended -> after: how far it
                                  was read; -1: it is not this node's to read */
    UT__LEDGER_PAST_DUE,    /* -> due: key, value of what the stream has not got; purges: keys
                                  of what is to go from it */
    UT__LEDGER_PAST_TAKE,   /* list: key, value, as the stream has them; after: the last one's
                                  place in it -> after; told: so many were ours */
    UT__LEDGER_PAST_PURGED, /* key: it is gone -> {} */
    UT__LEDGER_LINES_KEEP,  /* lines: call, t, who, language, text, hits -> kept */
    UT__LEDGER_LINES,       /* call, limit, cursor -> lines, next; without a call those of all */
    UT__LEDGER_LINES_FIND,  /* q, queue, from_ms, to_ms, limit, cursor -> found, next */
    UT__LEDGER_FAQ_KEEP,    /* questions, lines -> kept */
    UT__LEDGER_FAQ,         /* -> made_ms, lines, questions */
    UT__LEDGER_OPS
};

enum { UT__LETTERS_MAX = 64, UT__LETTER_ERROR_MAX = 200 };

/* Of what UT__LEDGER_RETIRE hands over: the timeline's member that answers UT__LEDGER_LINES. */
#define UT__KEPT_LINES "kept_lines"

/* What one channel has to tell of one step of an alert's life. */
struct ut__letter {
    int64_t id;
    int64_t alert_row; /* Letters of one alert have the same: they leave in their order. */
    int64_t attempts;  /* That have failed. */
    const char *key;   /* Of the step: known again by its receiver. In `texts`, as the next. */
    const char *action, *alert;
    const char *body; /* JSON: {"key","time_ms","node","action","by","alert":{...}} */
    char *texts;      /* To free(). */
    uint8_t is_test;  /* 1: of no call, to try the channel: no filter holds it back. */
};

enum ut__letter_end {
    UT__LETTER_SENT, /* Confirmed: it leaves the outbox. */
    UT__LETTER_LATER,
    UT__LETTER_DEAD /* Nobody will take it: kept for people to look at. */
};

/* How a letter fared. */
struct ut__settled {
    int64_t id, alert_row;
    enum ut__letter_end end;
    int64_t retry_ms; /* LATER: not before, and none of the same alert before it. */
    uint8_t held;     /* LATER: the receiver has named the time, `hurry` changes nothing. */
    char error[UT__LETTER_ERROR_MAX];
};

struct ut__ledger {
    void *state;
    /**
     * Asks. Any thread. args: NUL-terminated JSON object, borrowed for the call. done: may be NULL;
     * what it is answered is the answer's `json`.
     * Returns 0; UT_ETOOBIG when too many questions wait, UT_ENOMEM; then done is not called.
     */
    int (*ask)(void *state, enum ut__ledger_op op, const char *args, ut__answered *done, void *arg);
    /** The same with values: inquiry is borrowed for the call. */
    int (*inquire)(void *state, const struct ut__inquiry *inquiry, ut__answered *done, void *arg);
    /**
     * The letters of a channel that are due, the oldest first. Blocks the caller for a read of the
     * disk, and nobody else; any thread but the hub's. wait_ms: until the next is due, -1: none
     * waits. Returns their number, or a negative error.
     */
    int (*take)(void *state, const char *channel, struct ut__letter out[UT__LETTERS_MAX],
                int64_t *wait_ms);
    /** Notes how letters fared, n of them, in one step. As `ask` otherwise. */
    int (*settle)(void *state, const struct ut__settled *list, uint32_t n, ut__answered *done,
                  void *arg);
    /** The receiver is there again: what was put off is due now. As `ask`. */
    int (*hurry)(void *state, const char *channel);
    /** The keyed hash of a telephone number, as text; "" for an empty number. Any thread. */
    void (*caller_key)(void *state, const char *number, char out[UT__CALLER_KEY_MAX]);
    /** A text that only nodes of this one's house can open, under the same name, and none other can make. To
     * free(); NULL for want of memory. Any thread. */
    char *(*seal)(void *state, const char *name, const char *text);
    /** Opens it; sealed: from outside. To free(); NULL where it is not of this house, or of another name. */
    char *(*unseal)(void *state, const char *name, const char *sealed);
    /** What shows that a text is of this one's house: hexadecimal digits under its key. Any thread. */
    void (*sign)(void *state, const char *text, char out[65]);
};

/* What else may have changed. */
enum ut__ledger_change {
    UT__LEDGER_CHANGED_TOKENS,     /* Tokens or sessions, perhaps by another process. */
    UT__LEDGER_CHANGED_OUTBOX,     /* There is something to deliver. */
    UT__LEDGER_CHANGED_PROBLEMS,   /* A problem came or went. */
    UT__LEDGER_CHANGED_THRESHOLDS, /* Thresholds by queue. */
    UT__LEDGER_CHANGED_RULES,      /* Operators' rules. */
    UT__LEDGER_CHANGED_SITES,      /* Profiles that calls begin with, or whether they do. */
    UT__LEDGER_CHANGED_QUIETS,     /* What is quiet, by another node. */
    UT__LEDGER_CHANGED_SHARED,     /* Something that nodes share. */
    UT__LEDGER_CHANGED_ERASED,     /* A call was erased. */
    UT__LEDGER_CHANGED_OUTSIDE     /* By another process: calls may have been erased. */
};

/* Who wants to hear. All are called from the ledger's thread: hand over and return. */
struct ut__ledger_listener {
    void *arg;
    /**
     * Something happened in an alert's life, and it is on disk. news: borrowed for the call; whoever wants
     * to keep it copies the struct and empties this one.
     */
    void (*alert)(void *arg, struct ut__news *news);
    /**
     * An alert is raised or cleared and cannot be written now; once it is, `alert` comes, too.
     * item: the event, borrowed. n: the alert's number among those of its call.
     */
    void (*unstored)(void *arg, const struct ut__stream_item *item, uint32_t n);
    /** call: which was erased; "" of anything else. */
    void (*changed)(void *arg, enum ut__ledger_change what, const char *call);
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_LEDGER_H
#define UT_CONTRACT_LEDGER_H

/*
 * What the daemon's edges ask of its record of calls and alerts, without knowing who keeps it: the
 * store implements it, the supervisor channel uses it, the program joins the two. Plain data only;
 * questions and answers are JSON texts, as the OpenAPI file describes them.
 */

#include <stddef.h>

enum {
    UT_CALLER_KEY_MAX = 17,  /* Bytes of a caller's keyed hash as text, with NUL. */
    UT_CHANNELS_MAX = 16,    /* Channels that alerts are delivered to. */
    UT_CHANNEL_NAME_MAX = 32 /* Bytes of a channel's name, with NUL. */
};

/* What happens in an alert's life; also the bits of a channel's mask. */
enum ut_life {
    UT_LIFE_RAISED = 1 << 0,
    UT_LIFE_CLEARED = 1 << 1,
    UT_LIFE_ESCALATED = 1 << 2,
    UT_LIFE_ACKNOWLEDGED = 1 << 3,
    UT_LIFE_HANDED_OVER = 1 << 4,
    UT_LIFE_NOTED = 1 << 5,
    UT_LIFE_RESOLVED = 1 << 6,
    UT_LIFE_EXPIRED = 1 << 7,
    UT_LIFE_ALL = (1 << 8) - 1
};

/* A question or an order. Behind each: the members of its JSON arguments -> those of the answer. */
enum ut_ledger_op {
    UT_LEDGER_CALLS,         /* state, queue, agent, q, caller, min_peak, alerted, sort, from_ms,
                                to_ms, limit, cursor -> calls, next */
    UT_LEDGER_CALL,          /* call -> CallDetail without threshold */
    UT_LEDGER_SCORES,        /* call, from_s, to_s, step_s -> Scores */
    UT_LEDGER_TIMELINE,      /* call -> Timeline */
    UT_LEDGER_ALERTS,        /* state, queue, agent, call, from_ms, to_ms, limit, cursor -> alerts,
                                next */
    UT_LEDGER_ALERT,         /* alert -> Alert */
    UT_LEDGER_LIFE,          /* alert -> alert, life */
    UT_LEDGER_ACT,           /* alert, action, by, text, outcome, to -> Alert */
    UT_LEDGER_OUTCOMES,      /* by, from_ms, to_ms -> by, from_ms, to_ms, rows */
    UT_LEDGER_EXPOSURE,      /* agent, from_ms, to_ms -> from_ms, to_ms, rows */
    UT_LEDGER_THRESHOLDS,    /* -> thresholds */
    UT_LEDGER_THRESHOLD_SET, /* queue, threshold, budget, by -> Threshold */
    UT_LEDGER_THRESHOLD_UNSET, /* queue -> erased */
    UT_LEDGER_ERASE_CALL,      /* call -> erased */
    UT_LEDGER_ERASE_CALLER,    /* caller or caller_key -> erased, baselines */
    UT_LEDGER_ERASE_BASELINE,  /* caller or caller_key -> erased */
    UT_LEDGER_BASELINE_GET,    /* caller_key -> blob (hexadecimal) or null */
    UT_LEDGER_BASELINE_PUT,    /* caller_key, blob -> stored */
    UT_LEDGER_OUTBOX_TAKE,   /* channel, limit -> letters: id, key, action, attempts, body; wait_ms
                                until the next is due, or null */
    UT_LEDGER_OUTBOX_DONE,   /* id -> {} */
    UT_LEDGER_OUTBOX_FAILED, /* id, error, retry_ms; without retry_ms it is dead -> {} */
    UT_LEDGER_OUTBOX_HURRY,  /* channel: all that waits is due now -> hurried */
    UT_LEDGER_DEAD,          /* channel, limit, cursor -> dead_letters, next */
    UT_LEDGER_DEAD_RESEND,   /* id, or "*" -> queued */
    UT_LEDGER_DEAD_DROP,     /* id, or "*" -> erased */
    UT_LEDGER_CHANNELS,      /* -> channels: name, queued, dead */
    UT_LEDGER_ACCESS_ADD,    /* who, role, action, what -> {} */
    UT_LEDGER_ACCESS,        /* from_ms, to_ms, limit, cursor -> entries, next */
    UT_LEDGER_TOKENS,        /* -> tokens: name, role, hash, created_ms, last_used_ms */
    UT_LEDGER_TOKEN_ADD,     /* name, role, hash -> {} */
    UT_LEDGER_TOKEN_DROP,    /* name -> erased */
    UT_LEDGER_SESSIONS,      /* -> sessions: hash, name, role, expires_ms */
    UT_LEDGER_SESSION_ADD,   /* hash, name, role, expires_ms -> {} */
    UT_LEDGER_SESSION_DROP,  /* hash -> erased */
    UT_LEDGER_STATE,         /* -> state, path, schema, size_bytes, queued, dropped, problems */
    UT_LEDGER_OPS
};

/* How a question ended. */
enum ut_ledger_status {
    UT_LEDGER_OK = 0,
    UT_LEDGER_BAD,       /* The arguments make no sense. */
    UT_LEDGER_NOT_FOUND, /* No such call, alert, ... */
    UT_LEDGER_CONFLICT,  /* The alert's state does not allow it, or the name is taken. */
    UT_LEDGER_AWAY       /* The record cannot be read or written now. */
};

/**
 * An answer. Called once, from the ledger's own thread: hand over and return.
 * json: NUL-terminated, borrowed for the call; on failure {"message","remedy"}.
 */
typedef void(ut_ledger_done)(void *arg, enum ut_ledger_status status, const char *json);

struct ut_ledger {
    void *state;
    /**
     * Asks. Any thread. args: NUL-terminated JSON object, borrowed for the call. done: may be NULL.
     * Returns 0; UT_ETOOBIG when too many questions wait, UT_ENOMEM; then done is not called.
     */
    int (*ask)(void *state, enum ut_ledger_op op, const char *args, ut_ledger_done *done,
               void *arg);
    /** The keyed hash of a telephone number, as text; "" for an empty number. Any thread. */
    void (*caller_key)(void *state, const char *number, char out[UT_CALLER_KEY_MAX]);
};

/* What else may have changed. */
enum ut_ledger_change {
    UT_LEDGER_CHANGED_TOKENS,     /* Tokens or sessions, perhaps by another process. */
    UT_LEDGER_CHANGED_OUTBOX,     /* There is something to deliver. */
    UT_LEDGER_CHANGED_PROBLEMS,   /* A problem came or went. */
    UT_LEDGER_CHANGED_THRESHOLDS, /* Thresholds by queue. */
    UT_LEDGER_CHANGED_ERASED,     /* A call was erased: json is {"call"}. */
    UT_LEDGER_CHANGED_OUTSIDE     /* By another process: calls may have been erased. */
};

/* Who wants to hear. All are called from the ledger's thread: hand over and return. */
struct ut_ledger_listener {
    void *arg;
    /**
     * Something happened in an alert's life, and it is on disk (or alert.stored is false).
     * json: {"key","time_ms","node","action","by","alert":{...}}, borrowed.
     */
    void (*alert)(void *arg, const char *json);
    void (*changed)(void *arg, enum ut_ledger_change what, const char *json);
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_INQUIRY_H
#define UT_CONTRACT_INQUIRY_H

/*
 * An inquiry: a question to the record whose answer the program itself reads. It and its answer are
 * values; questions whose answers only the network reads are JSON (enum ut__ledger_op).
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/call.h>
#include <undertone/site.h>

#include "contract/news.h"
#include "contract/stream.h"

enum {
    UT__CALLER_KEY_MAX = 17,   /* Bytes of a caller's keyed hash as text, with NUL. */
    UT__CHANNELS_MAX = 16,     /* Channels that alerts are delivered to. */
    UT__CHANNEL_NAME_MAX = 32, /* Bytes of a channel's name, with NUL. */
    UT__PROBLEM_CODE_MAX = 32,
    UT__PROBLEM_TEXT_MAX = 512,
    UT__RECORD_PROBLEMS_MAX = 3,
    UT__PATH_MAX = 4096,
    UT__NAME_MAX = 65, /* Bytes of a person's name, with NUL; as the next. */
    UT__HASH_MAX = 65, /* SHA-256 as hexadecimal text. */
    UT__ROLE_MAX = 16, /* "viewer", "supervisor", ... */
    UT__ACTION_MAX = 32,
    UT__SCOPE_BYTES = 1024,   /* Queues that somebody sees, each ended by a line feed; "": all. */
    UT__RULE_TEXT_MAX = 2048, /* Of one operator's rule, with NUL. */
    UT__SITE_MODE_MAX = 8,    /* "off", "learn", "apply", "frozen" */
    UT__ALERTS_PAGE = 500,
    UT__OBJECT_MAX = 256 /* Of the access log: what was read or acted on. */
};

/* Behind each: the member of the inquiry that holds -> the member of the answer. */
enum ut__inquiry_kind {
    UT__INQUIRE_TOKENS,          /* -> tokens */
    UT__INQUIRE_TOKEN_ADD,       /* token; UT__LEDGER_CONFLICT where the name is taken */
    UT__INQUIRE_TOKEN_DROP,      /* name; its sessions go with it */
    UT__INQUIRE_PEOPLE,          /* -> people, who signed in at a proxy within 30 days */
    UT__INQUIRE_PERSON_MET,      /* person */
    UT__INQUIRE_QUIETS,          /* -> quiets, those that are over apart */
    UT__INQUIRE_QUIET_SET,       /* quiet; until_ms 0 ends it */
    UT__INQUIRE_SESSIONS,        /* -> sessions, those that have ended apart */
    UT__INQUIRE_SESSION_ADD,     /* session */
    UT__INQUIRE_SESSION_DROP,    /* hash */
    UT__INQUIRE_ACCESS_ADD,      /* access */
    UT__INQUIRE_THRESHOLDS,      /* -> thresholds, that of all queues first */
    UT__INQUIRE_THRESHOLD_SET,   /* threshold -> thresholds, the one as it is now */
    UT__INQUIRE_THRESHOLD_UNSET, /* queue */
    UT__INQUIRE_SITES,           /* -> sites, that of all queues first */
    UT__INQUIRE_SITE_SET,        /* site -> sites, the one as it is now */
    UT__INQUIRE_SITE_RESET,      /* site, its mode apart: what was learnt is forgotten */
    UT__INQUIRE_SITE_LEARN,      /* taught: a call has ended */
    UT__INQUIRE_SITE_TEXT,       /* profile -> profiles, one or none */
    UT__INQUIRE_RULES,           /* -> rules, by name */
    UT__INQUIRE_RULE_SET,        /* rule -> rules, the one as it is now */
    UT__INQUIRE_RULE_DROP,       /* name */
    UT__INQUIRE_RETURNING, /* baseline, the key alone -> counts: calls of 30 days with an alert */
    UT__INQUIRE_BASELINE,  /* baseline, the key alone -> baselines, one or none */
    UT__INQUIRE_BASELINE_KEEP, /* baseline; kept only where the record was told to */
    UT__INQUIRE_EXPOSED,       /* -> exposed, of the last hour, the oldest minute first */
    UT__INQUIRE_BREAK_DUE,     /* break_due; a letter for each channel that is to be told */
    UT__INQUIRE_CHANNELS,      /* -> channels that have letters */
    UT__INQUIRE_STATE,         /* -> state, one */
    UT__INQUIRE_ALERT,         /* alert -> alerts, one or none */
    UT__INQUIRE_OPEN_ALERTS,   /* after, a row; 0: from the first on -> alerts, UT__ALERTS_PAGE at
                                  most, in the order of their rows */
    UT__INQUIRIES
};

struct ut__token {
    char name[UT__NAME_MAX], role[UT__ROLE_MAX], hash[UT__HASH_MAX];
    char queues[UT__SCOPE_BYTES];
    int64_t created_ms, last_used_ms; /* Unix time; last_used_ms 0: never. */
    int64_t expires_ms;               /* 0: never. */
};

/* Somebody who signed in at a proxy. */
struct ut__person {
    char name[UT__NAME_MAX], role[UT__ROLE_MAX], queues[UT__SCOPE_BYTES];
};

struct ut__session {
    char hash[UT__HASH_MAX], name[UT__NAME_MAX], role[UT__ROLE_MAX];
    int64_t expires_ms;
};

/* A call, an agent or a queue that does not ring for a while. */
struct ut__quiet {
    char kind[8]; /* "call", "agent", "queue" */
    char name[UT__CALL_ID_MAX > UT__CALL_LABEL_MAX ? UT__CALL_ID_MAX : UT__CALL_LABEL_MAX];
    char by[UT__NAME_MAX], why[256];
    int64_t until_ms, set_ms; /* Unix time. */
};

/* Who did what, for the access log. */
struct ut__access {
    char who[UT__NAME_MAX], role[UT__ROLE_MAX], action[UT__ACTION_MAX], what[UT__OBJECT_MAX];
};

/* What supervisors have set for a queue, or for all ("*"). */
struct ut__threshold {
    char queue[UT__CALL_LABEL_MAX];
    double threshold, budget; /* Below 0: not this one. budget: false alerts in 100 h. */
    char set_by[UT__NAME_MAX];
    int64_t set_ms;
};

/* What an administrator has chosen for the profile of a queue, or of all ("*"). */
struct ut__site_wish {
    char queue[UT__CALL_LABEL_MAX];
    char mode[UT__SITE_MODE_MAX]; /* "": that of all queues. */
    char set_by[UT__NAME_MAX];
    int64_t set_ms;
};

/* What is usual in a queue, or in all. */
struct ut__site_row {
    struct ut__site_wish wish;
    char mode[UT__SITE_MODE_MAX]; /* That holds: its own, or that of all. */
    uint8_t enough;               /* 1: `learnt` is settled; else its memory alone holds. */
    uint8_t applies;              /* 1: calls begin with `applied`. */
    uint8_t aside;                /* 1: a profile that cannot be used was set aside. */
    struct ut_site learnt, applied;
    char checksum[UT__SITE_SUM_MAX]; /* Of `applied`, as its text has it; "": there is none. */
};

/* A call that has ended, for what it tells of its site. */
struct ut__site_call {
    char call[UT__CALL_ID_MAX];
    struct ut_habit habit;
};

/* A profile's text: checksum "": the one that is applied, or else what was learnt. */
struct ut__site_profile {
    char queue[UT__CALL_LABEL_MAX], checksum[UT__SITE_SUM_MAX];
    char text[UT_SITE_TEXT_MAX];
};

/* An operator's rule, undertone-rules(5), that was written on the page. */
struct ut__rule_row {
    char name[UT_RULE_NAME_MAX], text[UT__RULE_TEXT_MAX];
    uint8_t live; /* 1: switched on. */
    char set_by[UT__NAME_MAX];
    int64_t set_ms;
};

/* What is kept of a returning caller. */
struct ut__stored_baseline {
    char caller_key[UT__CALLER_KEY_MAX];
    uint16_t len_bytes; /* 0: nothing. */
    uint8_t bytes[UT_BASELINE_MAX_BYTES];
};

/* An agent's seconds with a caller in state alert, in a minute of Unix time. */
struct ut__exposed {
    char agent[UT__CALL_LABEL_MAX];
    int64_t minute;
    uint32_t seconds;
};

/* An agent to whom a break is due. */
struct ut__break_due {
    char agent[UT__CALL_LABEL_MAX], queue[UT__CALL_LABEL_MAX];
    double alert_min; /* Minutes with a caller in state alert in the last hour. */
};

/* The letters of a channel. */
struct ut__channel_load {
    char name[UT__CHANNEL_NAME_MAX];
    int64_t queued, dead;
};

/* What is wrong, in the words of the OpenAPI file's Problem. */
struct ut__problem_report {
    char code[UT__PROBLEM_CODE_MAX], message[UT__PROBLEM_TEXT_MAX], remedy[UT__PROBLEM_TEXT_MAX];
    int64_t since_ms; /* 0: nothing is. */
};

/* How the record fares. */
struct ut__record_state {
    uint8_t in_memory; /* 1: there is no file. */
    char path[UT__PATH_MAX];
    int32_t schema;
    int64_t size_bytes, queued, dropped;
    int64_t overdue; /* Follow-ups that nobody has done in time. */
    uint32_t problem_count;
    struct ut__problem_report problems[UT__RECORD_PROBLEMS_MAX];
};

struct ut__inquiry {
    enum ut__inquiry_kind kind;
    union {
        struct ut__token token;
        struct ut__person person;
        struct ut__quiet quiet;
        struct ut__session session;
        struct ut__access access;
        struct ut__threshold threshold;
        struct ut__rule_row rule;
        struct ut__site_wish site;
        struct ut__site_call taught;
        struct ut__site_profile profile;
        struct ut__stored_baseline baseline;
        struct ut__break_due break_due;
        char name[UT__NAME_MAX];
        char hash[UT__HASH_MAX];
        char queue[UT__CALL_LABEL_MAX];
        char alert[UT__ALERT_ID_MAX];
        int64_t after;
    };
};

/* How a question ended. */
enum ut__ledger_status {
    UT__LEDGER_OK = 0,
    UT__LEDGER_BAD,       /* The arguments make no sense. */
    UT__LEDGER_NOT_FOUND, /* No such call, alert, ... */
    UT__LEDGER_CONFLICT,  /* The alert's state does not allow it, or the name is taken. */
    UT__LEDGER_AWAY,      /* The record cannot be read or written now. */
    UT__LEDGER_ELSEWHERE /* It is another node's to answer: json has `node`, and there `call` and `alert`. */
};

/** A text into an inquiry. One that is too long for it names nothing there is, as "" does. */
static inline void ut__inquiry_text(char *out, size_t cap, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    memset(out, 0, cap);
    if (n < cap)
        memcpy(out, text ? text : "", n);
}

struct ut__answer {
    enum ut__ledger_status status;
    uint32_t count; /* Of the rows. */
    union {
        void *rows; /* One block; NULL where there are none. */
        struct ut__token *tokens;
        struct ut__person *people;
        struct ut__quiet *quiets;
        struct ut__session *sessions;
        struct ut__threshold *thresholds;
        struct ut__rule_row *rules;
        struct ut__site_row *sites;
        struct ut__site_profile *profiles;
        int64_t *counts;
        struct ut__stored_baseline *baselines;
        struct ut__exposed *exposed;
        struct ut__channel_load *channels;
        struct ut__record_state *state;
        struct ut__alert_state *alerts; /* `are_alerts` */
    };
    uint8_t are_alerts;     /* 1: the rows have texts of their own. */
    char *json;             /* To a question in JSON, where it was answered. */
    char *message, *remedy; /* Of a failure; NULL for want of memory. */
};

/** Takes over what an answer holds: its rows, to free(). */
static inline void *ut__answer_take(struct ut__answer *answer)
{
    void *rows = answer->rows;
    answer->rows = NULL;
    return rows;
}

/** Frees what an answer holds and empties it. */
static inline void ut__answer_free(struct ut__answer *answer)
{
    for (uint32_t i = 0; answer->are_alerts && answer->rows && i < answer->count; i++)
        ut__alert_state_free(&answer->alerts[i]);
    free(answer->rows);
    free(answer->json);
    free(answer->message);
    free(answer->remedy);
    *answer = (struct ut__answer){.status = answer->status};
}

/** Answers with a failure and its texts, in place of whatever the answer holds. */
static inline void ut__answer_fail(struct ut__answer *answer, enum ut__ledger_status status,
                                   const char *message, const char *remedy)
{
    ut__answer_free(answer);
    *answer = (struct ut__answer){.status = status,
                                  .message = message ? strdup(message) : NULL,
                                  .remedy = remedy ? strdup(remedy) : NULL};
}

/**
 * The answer to an inquiry or a question. Called once, from the ledger's own thread: hand over and return. answer:
 * borrowed for the call; whoever wants to keep it copies the struct and empties this one.
 */
typedef void(ut__answered)(void *arg, struct ut__answer *answer);

#endif

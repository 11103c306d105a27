/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_INQUIRY_H
#define UT_CONTRACT_INQUIRY_H

/*
 * An inquiry: a question to the record whose answer the program itself reads. It and its answer are
 * values; questions whose answers only the network reads are JSON (enum ut__ledger_op).
 */

#include <stdint.h>
#include <stdlib.h>

enum {
    UT__NAME_MAX = 65, /* Bytes of a person's name, with NUL; as the next. */
    UT__HASH_MAX = 65, /* SHA-256 as hexadecimal text. */
    UT__ROLE_MAX = 16, /* "viewer", "supervisor", ... */
    UT__ACTION_MAX = 32,
    UT__OBJECT_MAX = 256 /* Of the access log: what was read or acted on. */
};

/* Behind each: the member of the inquiry that holds -> the member of the answer. */
enum ut__inquiry_kind {
    UT__INQUIRE_TOKENS,       /* -> tokens */
    UT__INQUIRE_TOKEN_ADD,    /* token; UT__LEDGER_CONFLICT where the name is taken */
    UT__INQUIRE_TOKEN_DROP,   /* name; its sessions go with it */
    UT__INQUIRE_SESSIONS,     /* -> sessions, those that have ended apart */
    UT__INQUIRE_SESSION_ADD,  /* session */
    UT__INQUIRE_SESSION_DROP, /* hash */
    UT__INQUIRE_ACCESS_ADD,   /* access */
    UT__INQUIRIES
};

struct ut__token {
    char name[UT__NAME_MAX], role[UT__ROLE_MAX], hash[UT__HASH_MAX];
    int64_t created_ms, last_used_ms; /* Unix time; last_used_ms 0: never. */
};

struct ut__session {
    char hash[UT__HASH_MAX], name[UT__NAME_MAX], role[UT__ROLE_MAX];
    int64_t expires_ms;
};

/* Who did what, for the access log. */
struct ut__access {
    char who[UT__NAME_MAX], role[UT__ROLE_MAX], action[UT__ACTION_MAX], what[UT__OBJECT_MAX];
};

struct ut__inquiry {
    enum ut__inquiry_kind kind;
    union {
        struct ut__token token;
        struct ut__session session;
        struct ut__access access;
        char name[UT__NAME_MAX];
        char hash[UT__HASH_MAX];
    };
};

/* How a question ended. */
enum ut__ledger_status {
    UT__LEDGER_OK = 0,
    UT__LEDGER_BAD,       /* The arguments make no sense. */
    UT__LEDGER_NOT_FOUND, /* No such call, alert, ... */
    UT__LEDGER_CONFLICT,  /* The alert's state does not allow it, or the name is taken. */
    UT__LEDGER_AWAY       /* The record cannot be read or written now. */
};

struct ut__answer {
    enum ut__ledger_status status;
    uint32_t count; /* Of the rows. */
    union {
        void *rows; /* One block; NULL where there are none. */
        struct ut__token *tokens;
        struct ut__session *sessions;
    };
    char *json;             /* To a question in JSON. */
    char *message, *remedy; /* Of a failure; NULL for want of memory. */
};

/** Frees what an answer holds and empties it. */
static inline void ut__answer_free(struct ut__answer *answer)
{
    free(answer->rows);
    free(answer->json);
    free(answer->message);
    free(answer->remedy);
    *answer = (struct ut__answer){.status = answer->status};
}

/**
 * The answer to an inquiry. Called once, from the ledger's own thread: hand over and return. answer:
 * borrowed for the call; whoever wants to keep it copies the struct and empties this one.
 */
typedef void(ut__answered)(void *arg, struct ut__answer *answer);

#endif

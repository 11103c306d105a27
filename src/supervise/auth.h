/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_AUTH_H
#define UT_SUPERVISE_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/inquiry.h"
#include "net/http.h"
#include "supervise/scope.h"

/* Who may: tokens and sessions, known by their SHA-256 alone. Hub thread. */

enum ut__role {
    UT__ROLE_NONE = 0,
    UT__ROLE_VIEWER = 1 << 0,
    UT__ROLE_SUPERVISOR = 1 << 1,
    UT__ROLE_QA = 1 << 2,
    UT__ROLE_ADMIN = 1 << 3,
    UT__ROLE_INGEST = 1 << 4,
    UT__ROLE_AGENT = 1 << 5, /* Sees the own call alone. */
    UT__MAY_READ = UT__ROLE_VIEWER | UT__ROLE_SUPERVISOR | UT__ROLE_QA | UT__ROLE_ADMIN,
    UT__MAY_HISTORY = UT__ROLE_SUPERVISOR | UT__ROLE_QA | UT__ROLE_ADMIN,
    UT__MAY_ACT = UT__ROLE_SUPERVISOR | UT__ROLE_ADMIN,
    UT__MAY_NOTE = UT__MAY_HISTORY,
    UT__MAY_ADMIN = UT__ROLE_ADMIN,
    UT__MAY_OWN = UT__ROLE_AGENT,
    UT__MAY_SEND = UT__ROLE_INGEST | UT__ROLE_ADMIN
};

enum {
    UT__TOKEN_MAX = 64, /* With NUL. */
    UT__TOKENS_MAX = 1024,
    UT__SESSIONS_MAX = 4096,
    UT__SESSIONS_OF_ONE = 32,   /* Of one name; the one that ends first makes room. */
    UT__GROUPS_MAX = 64,        /* Of a proxy's, that mean something here. */
    UT__PROXY_HOUR_MS = 3600000 /* So long a connection stands before the proxy is asked again. */
};

/* Why nobody is signed in. */
enum ut__refusal {
    UT__REFUSED_NONE = 0, /* Nothing that signs in was sent, or it is not good any more. */
    UT__REFUSED_FORGED,   /* The proxy's header came from elsewhere. */
    UT__REFUSED_NAME,     /* The proxy names somebody by a name that will not do. */
    UT__REFUSED_GROUP     /* None of the person's groups means anything here. */
};

/* Who asks. */
struct ut__who {
    char name[UT__NAME_MAX];
    enum ut__role role;
    char hash[UT__HASH_MAX];      /* Of the token or session; "" on an open server. */
    int session;                  /* 1: by cookie. */
    int proxy;                    /* 1: by a header of a trusted proxy. */
    int64_t expires_ms;           /* Of the session or token; 0: never. */
    char queues[UT__SCOPE_BYTES]; /* Those that this person sees; "": all. */
    char only[UT__CALL_LABEL_MAX +
              1];             /* A queue that is asked for, ended by a line feed; "": none. */
    enum ut__refusal refused; /* When nobody is signed in. */
};

/* What a group of the proxy's means: "NAME=ROLE" or "NAME=ROLE:QUEUE|QUEUE"; `*` is everybody. */
struct ut__auth_group {
    char name[128];
    enum ut__role role;
    char queues[UT__SCOPE_BYTES];
};

struct ut__auth;

struct ut__auth_config {
    int demo;             /* 1: invented calls alone: everybody may look and act, nobody more. */
    int secure;           /* 1: browsers come by https, to us or to a proxy. */
    const char *base_url; /* By which browsers know us, beside the Host; or NULL. Copied. */
    const char *header;   /* Names who is signed in, at a trusted proxy; or NULL. Copied. */
    const char *groups_header;           /* Names the groups, apart by commas; or NULL. Copied. */
    const struct ut__auth_group *groups; /* group_count of them, copied. */
    uint32_t group_count;
};

/** Reads a group's rule. Returns 0, or UT_EINVAL with the reason and the remedy in why. Pure. */
int ut__auth_read_group(struct ut__auth_group *out, const char *text, char *why,
                        size_t why_cap) UT_MUST_CHECK;

/**
 * The role and queues of a member of these groups. list: their names, apart by commas. Returns 0 when
 * none of them means anything. Pure.
 */
int ut__auth_by_groups(const struct ut__auth_group *groups, uint32_t count, const char *list,
                       struct ut__who *who);

/**
 * Makes the first key with it, a secret of this process by which an administrator comes in while
 * no token of an administrator exists.
 */
int ut__auth_create(struct ut__auth **out, const struct ut__auth_config *cfg) UT_MUST_CHECK;
void ut__auth_destroy(struct ut__auth *a);

/** Takes the record's lists; an answer that is a failure: the record is away. */
void ut__auth_set_tokens(struct ut__auth *a, const struct ut__answer *answer);
void ut__auth_set_sessions(struct ut__auth *a, const struct ut__answer *answer);

/** 1: the store has given its tokens. Before that, and while it cannot, nobody is let in. */
int ut__auth_known(const struct ut__auth *a);

/** 1: a demo, where nobody has to sign in, as whoever is `demo`. */
int ut__auth_open(const struct ut__auth *a);

/**
 * The first key, as a token; NULL while tokens are not known, once an administrator has a token,
 * and after a page has signed in by it. Nothing may log it.
 */
const char *ut__auth_first_key(const struct ut__auth *a);

/**
 * Who sends this request, by Authorization or cookie. now_ms: Unix time.
 * Returns 1 with *who filled; 0 when nobody is signed in, or the token or session is not good.
 */
int ut__auth_who(struct ut__auth *a, const struct ut__http_exchange *x, int64_t now_ms,
                 struct ut__who *who);

/** Is what *who was signed in by still good? */
int ut__auth_still(struct ut__auth *a, const struct ut__who *who, int64_t now_ms);

/** The holder of a token. now_ms: Unix time. Returns 1 with *who filled. */
int ut__auth_token(struct ut__auth *a, const char *token, int64_t now_ms, struct ut__who *who);

/**
 * Somebody of this name who can sign in: by a token that is good, or who has come by the proxy.
 * Returns 1 with the role and queues in *who.
 */
int ut__auth_person(const struct ut__auth *a, const char *name, int64_t now_ms,
                    struct ut__who *who);

/** Takes those who have come by the proxy: `people`. Borrowed. */
void ut__auth_set_people(struct ut__auth *a, const struct ut__answer *answer);
/** Calls fn for everybody who can sign in, each name once. */
void ut__auth_each(const struct ut__auth *a, int64_t now_ms,
                   void (*fn)(void *arg, const struct ut__who *who), void *arg);
/** Notes one who came by the proxy. Returns 1 when that is news. */
int ut__auth_met(struct ut__auth *a, const struct ut__who *who);

/** 1 for a name that a token or a person may have: letters, digits, . _ @ + -, below UT__NAME_MAX. */
int ut__auth_good_name(const char *name);

/**
 * Begins a session of *who, which spends the first key if that is what *who came by, and fills cookie: [cap] with its Set-Cookie value.
 * Beyond UT__SESSIONS_MAX the one that ends first is given up. Returns 0 or UT_EIO.
 */
int ut__auth_begin(struct ut__auth *a, struct ut__who *who, int64_t expires_ms, char *cookie,
                   size_t cap) UT_MUST_CHECK;
/** Ends a session; cookie: as above, one that deletes it. */
void ut__auth_end(struct ut__auth *a, const struct ut__who *who, char *cookie, size_t cap);

/**
 * Does the request come from our own page? An Origin, where there is one, must name the Host or the
 * base URL; in a demo the Host must be a name of loopback, so that no foreign name leads here.
 */
int ut__auth_same_origin(const struct ut__auth *a, const struct ut__http_exchange *x);

/** SHA-256 of a text as hexadecimal digits. Any thread. */
void ut__sha256_hex(const char *text, size_t len, char out[UT__HASH_MAX]);

/** UT__ROLE_NONE for an unknown name. Any thread. */
enum ut__role ut__role_of(const char *name);
const char *ut__role_name(enum ut__role role);

#endif

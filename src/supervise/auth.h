/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_AUTH_H
#define UT_SUPERVISE_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/inquiry.h"
#include "net/http.h"

/* Who may: tokens and sessions, known by their SHA-256 alone. Hub thread. */

enum ut__role {
    UT__ROLE_NONE = 0,
    UT__ROLE_VIEWER = 1 << 0,
    UT__ROLE_SUPERVISOR = 1 << 1,
    UT__ROLE_QA = 1 << 2,
    UT__ROLE_ADMIN = 1 << 3,
    UT__ROLE_INGEST = 1 << 4,
    UT__MAY_READ = UT__ROLE_VIEWER | UT__ROLE_SUPERVISOR | UT__ROLE_QA | UT__ROLE_ADMIN,
    UT__MAY_HISTORY = UT__ROLE_SUPERVISOR | UT__ROLE_QA | UT__ROLE_ADMIN,
    UT__MAY_ACT = UT__ROLE_SUPERVISOR | UT__ROLE_ADMIN,
    UT__MAY_NOTE = UT__MAY_HISTORY,
    UT__MAY_ADMIN = UT__ROLE_ADMIN,
    UT__MAY_SEND = UT__ROLE_INGEST | UT__ROLE_ADMIN
};

enum {
    UT__TOKEN_MAX = 64, /* With NUL. */
    UT__TOKENS_MAX = 1024,
    UT__SESSIONS_MAX = 4096,
    UT__SESSIONS_OF_ONE = 32 /* Of one name; the one that ends first makes room. */
};

/* Who asks. */
struct ut__who {
    char name[UT__NAME_MAX];
    enum ut__role role;
    char hash[UT__HASH_MAX]; /* Of the token or session; "" on an open server. */
    int session;             /* 1: by cookie. */
    int64_t expires_ms;      /* Of a session; else 0. */
};

struct ut__auth;

struct ut__auth_config {
    int demo;             /* 1: invented calls alone: everybody may look and act, nobody more. */
    int secure;           /* 1: browsers come by https, to us or to a proxy. */
    const char *base_url; /* By which browsers know us, beside the Host; or NULL. Copied. */
};

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

/** The holder of a token. Returns 1 with *who filled. */
int ut__auth_token(struct ut__auth *a, const char *token, struct ut__who *who);

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

/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_WEBSOCKET_VENDOR_AUTH_H
#define UT_INGRESS_WEBSOCKET_VENDOR_AUTH_H

/* Who may send media: the vendors' signatures and a bearer token. Pure; comparisons take the same
   time whatever differs. Each returns 1 when the peer proved itself, else 0. */

#include <stddef.h>
#include <stdint.h>

/** Twilio: base64(HMAC-SHA1(token, url)), https://www.twilio.com/docs/usage/security. url: as the
    <Stream> names it, "wss://host/path". signature: X-Twilio-Signature, or NULL. */
int ut__auth_twilio(const char *token, const char *url, const char *signature);

/** "Bearer <token>", or Basic with the token as the password. authorization: may be NULL. */
int ut__auth_bearer(const char *token, const char *authorization);

/** The same text, in constant time; a and b may be NULL, which equals nothing. */
int ut__auth_same(const char *a, const char *b);

struct ut__auth_signed {
    const char *target;                      /* Path and query of the request. */
    const char *authority;                   /* Host, as the client called it. */
    const char *signature, *signature_input; /* Headers; may be NULL. */
    const char *(*header)(void *arg, const char *name);
    void *arg;
    int64_t now_s;                  /* Unix time. */
    int64_t life_s;                 /* A signature may be valid for so long at most; 0: any. */
    struct ut__auth_nonces *nonces; /* Of signatures that came before; NULL: not looked at. */
};

enum {
    UT__AUTH_NONCES_MAX = 8192,
    UT__AUTH_LIFE_MAX_S = 600 /* Genesys gives its signatures some seconds. */
};

/* Nonces of signatures that are still in time, as hashes. All zero: none. */
struct ut__auth_nonces {
    struct {
        uint64_t hash;
        int64_t until_s;
    } seen[UT__AUTH_NONCES_MAX];
    size_t next;
};

/**
 * Genesys AudioHook: an HTTP message signature (hmac-sha256) over request target, authority,
 * organisation, session and correlation ids and API key, after
 * draft-ietf-httpbis-message-signatures. secret_base64: the client secret as Genesys has it.
 * With `life_s` and `nonces` it must have been made within five minutes of now, not be valid for
 * longer, and hold a nonce that did not come before: one that was overheard opens nothing.
 */
int ut__auth_audiohook(const char *secret_base64, const struct ut__auth_signed *req);

#endif

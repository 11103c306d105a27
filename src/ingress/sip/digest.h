/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_DIGEST_H
#define UT_INGRESS_SIP_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Digest authentication of requests (RFC 3261, section 22; RFC 2617, qop=auth). A nonce is the time in
 * microseconds, so that no two are alike, and a keyed hash of it and of the peer's address: no state is
 * kept for challenges. What was accepted is kept while its nonce lives: each nonce serves once, or as
 * often as its nc grows.
 */

enum {
    UT__SIP_NONCE_S = 60,
    UT__SIP_NONCE_MAX = 64,
    UT__SIP_SECRET = 32,
    UT__SIP_NONCES_MAX = 8192 /* Accepted within UT__SIP_NONCE_S; beyond it requests are stale. */
};

struct sip_msg;

enum ut__sip_auth { UT__SIP_AUTH_OK, UT__SIP_AUTH_MISSING, UT__SIP_AUTH_STALE, UT__SIP_AUTH_WRONG };

/* Nonces that have served, in the order of their first use. Zeroed at the start. */
struct ut__sip_nonces {
    struct {
        int64_t used_us;
        uint64_t mac; /* The first bytes of its hash. */
        uint32_t count;
    } used[UT__SIP_NONCES_MAX];
    size_t first, kept;
};

/* Who may come, and what for. */
struct ut__sip_auth_config {
    const char *realm;
    const char *const *users; /* NAME:PASSWORD or NAME:HA1 (32 hexadecimal digits). */
    size_t user_count;
    const uint8_t *secret; /* [UT__SIP_SECRET] */
};

/**
 * Checks a request's Authorization header, and keeps that its nonce has served. now_us: any clock in
 * microseconds that does not go back.
 *
 * Returns UT__SIP_AUTH_STALE for a nonce that is too old, another peer's or used up, and
 * UT__SIP_AUTH_WRONG only for a nonce that this very peer was given.
 */
enum ut__sip_auth ut__sip_auth_check(const struct sip_msg *msg,
                                     const struct ut__sip_auth_config *cfg,
                                     struct ut__sip_nonces *nonces, int64_t now_us);

/** A nonce for the peer of a request. */
void ut__sip_auth_nonce(char nonce[UT__SIP_NONCE_MAX], const struct sip_msg *msg,
                        const uint8_t *secret, int64_t now_us);

#endif

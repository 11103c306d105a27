/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_AUTH_H
#define UT_INGRESS_SIP_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Digest authentication of requests (RFC 3261, section 22; RFC 2617, qop=auth). A nonce is the time
 * and a keyed hash of it and of the peer's address: no state is kept for challenges.
 */

enum { UT__SIP_NONCE_S = 300, UT__SIP_NONCE_MAX = 64, UT__SIP_SECRET = 32 };

struct sip_msg;

enum ut__sip_auth { UT__SIP_AUTH_OK, UT__SIP_AUTH_MISSING, UT__SIP_AUTH_STALE, UT__SIP_AUTH_WRONG };

/**
 * Checks a request's Authorization header.
 *
 * users: [count] NAME:PASSWORD or NAME:HA1 (32 hexadecimal digits). secret: [UT__SIP_SECRET].
 * now_s: any clock in seconds.
 */
enum ut__sip_auth ut__sip_auth_check(const struct sip_msg *msg, const char *realm,
                                     const char *const *users, size_t count, const uint8_t *secret,
                                     int64_t now_s);

/** A nonce for the peer of a request. */
void ut__sip_auth_nonce(char nonce[UT__SIP_NONCE_MAX], const struct sip_msg *msg,
                        const uint8_t *secret, int64_t now_s);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_JOIN_H
#define UT_STORE_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "store/key.h"

/*
 * How a node gets the key under which the others hash callers: sealed under a secret that an administrator
 * carries from one node to the other. What travels is of no use without it.
 *
 *     HKDF-SHA256(secret) -> AES-256-GCM, a random nonce, the time it holds until as further data
 */

enum {
    UT__JOIN_SECRET_MAX = 40, /* Bytes of the secret as text, with NUL. */
    UT__JOIN_SEALED_MAX = 160
};

/** Makes a secret and the key sealed under it, good until_ms. Returns 0 or UT_EIO. */
int ut__join_seal(const uint8_t key[UT__KEY_BYTES], int64_t until_ms,
                  char secret[UT__JOIN_SECRET_MAX], char sealed[UT__JOIN_SEALED_MAX]) UT_MUST_CHECK;

/**
 * Opens it. Both texts are from outside. Returns 0; UT_EMALFORMED where they do not belong together, or it
 * holds no more.
 */
int ut__join_open(const char *secret, const char *sealed, int64_t now_ms,
                  uint8_t key[UT__KEY_BYTES]) UT_MUST_CHECK;

/** HMAC-SHA256 of a setting under the nodes' key, 64 hexadecimal digits: who has not the key can set nothing. */
void ut__join_sign(const uint8_t key[UT__KEY_BYTES], const char *name, const char *value,
                   char out[65]);

#endif

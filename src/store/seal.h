/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SEAL_H
#define UT_STORE_SEAL_H

#include <stdint.h>

#include <undertone/error.h>

#include "store/key.h"

/*
 * Texts between nodes of one house that nobody else on their NATS shall read, or make: AES-256-GCM with a random nonce,
 * under a key that HMAC makes of the nodes' key. As text: "s1" and the base64 of nonce, text and tag.
 */

enum { UT__SEALED_BEFORE = 2 };

/** name: what it is, for it opens under the same alone. out: to free(). Returns 0, UT_ENOMEM or UT_EIO. */
int ut__seal(const uint8_t key[UT__KEY_BYTES], const char *name, const char *text,
             char **out) UT_MUST_CHECK;
/** sealed: from outside. Returns 0; UT_EMALFORMED where it is none, or of another key or name; UT_ENOMEM. */
int ut__unseal(const uint8_t key[UT__KEY_BYTES], const char *name, const char *sealed,
               char **out) UT_MUST_CHECK;

#endif

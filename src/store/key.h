/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_KEY_H
#define UT_STORE_KEY_H

#include <stdint.h>

#include <undertone/error.h>

#include "contract/ledger.h"

enum { UT__KEY_BYTES = 32, UT__KEY_ID_MAX = 17 };

/**
 * Reads the folder's key file `key`, or makes it with mode 0600 when the folder has none.
 * Returns 0, or UT_EMALFORMED for a file of another size or one that others may read, UT_EINVAL
 * when it can be neither read nor made. Opens files.
 */
int ut__key_load(const char *dir, uint8_t key[UT__KEY_BYTES]) UT_MUST_CHECK;

/**
 * Puts `key.next` of the folder in the place of its key file, where it is the key of that id. Returns 1
 * when it did; key is that one then.
 */
int ut__key_take_next(const char *dir, const char *id, uint8_t key[UT__KEY_BYTES]);

/** Random bytes from the system. Returns 0 or UT_EINVAL. */
int ut__key_random(uint8_t *buf, int n) UT_MUST_CHECK;

/** A name for the key that tells nothing of it: kept in the database to know a wrong key file. */
void ut__key_id(const uint8_t key[UT__KEY_BYTES], char out[UT__KEY_ID_MAX]);

/**
 * The keyed hash of a telephone number: HMAC-SHA256, its first 8 bytes as hexadecimal digits.
 * The number is reduced to its digits and a leading + first; "sip:+34...@host" counts as its user
 * part, and one without digits as it is. "" gives "".
 */
void ut__key_caller(const uint8_t key[UT__KEY_BYTES], const char *number,
                    char out[UT__CALLER_KEY_MAX]);

#endif

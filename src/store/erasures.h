/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_ERASURES_H
#define UT_STORE_ERASURES_H

#include <jansson.h>

struct ut__store;

/** 1 when a value of kind "erase" or "erased" makes sense. */
int ut__erasure_is_sound(const char *kind, json_t *value);
/**
 * Does what is asked and not done here, and leaves receipts. *done: how many. Store's thread, in a
 * transaction. Returns an SQLite code.
 */
int ut__erasures_do(struct ut__store *s, int *done);

#endif

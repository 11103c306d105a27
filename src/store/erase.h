/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_ERASE_H
#define UT_STORE_ERASE_H

/* Forgetting. Store's thread. */

#include <stdint.h>

struct ut__store;

/** Erases calls past their age, a few at a time. Returns an SQLite code. */
int ut__retain(struct ut__store *s, int64_t now_ms);

#endif

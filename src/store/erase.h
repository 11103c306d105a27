/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_ERASE_H
#define UT_STORE_ERASE_H

/* Forgetting. Store's thread. */

#include <stdint.h>

struct ut__store;

/* What an erasure came to. */
struct ut__erased {
    int64_t calls, baselines;
    int64_t live; /* Calls that go on, and stay until they are asked for again. */
};

/** Erases all of a caller that is not younger than asked_ms. Returns an SQLite code. */
int ut__erase_caller(struct ut__store *s, const char *caller_key, int64_t asked_ms,
                     struct ut__erased *out);
/** Erases a caller's baseline alone, where it is not younger. Returns an SQLite code. */
int ut__erase_baseline(struct ut__store *s, const char *caller_key, int64_t asked_ms,
                       struct ut__erased *out);
/** Erases a call of that node; NULL: of any. Returns an SQLite code. */
int ut__erase_call(struct ut__store *s, const char *call, const char *node, struct ut__erased *out);

/** Erases calls past their age, a few at a time. Returns an SQLite code. */
int ut__retain(struct ut__store *s, int64_t now_ms);

#endif

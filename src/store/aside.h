/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_ASIDE_H
#define UT_STORE_ASIDE_H

/* The record, opened beside its daemon. Store's thread. */

struct ut__store;

/**
 * A folder's record beside its daemon: without a thread, and never in memory. NULL: no memory, or a
 * name that is too long; without `db` it cannot be had, and open_problem says why.
 */
struct ut__store *ut__store_aside(const char *dir);
void ut__store_aside_close(struct ut__store *s);

#endif

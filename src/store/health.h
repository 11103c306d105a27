/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_HEALTH_H
#define UT_STORE_HEALTH_H

/* How the record fares, and who is told. Store's thread. */

struct ut__store;

/** Says once that the disk is in trouble, and once that it is well again. rc: an SQLite code. */
void ut__health_note(struct ut__store *s, int rc);

/** Finds out when the file is gone, read-only or damaged: SQLite goes on writing to it. */
void ut__health_look_at_file(struct ut__store *s);

#endif

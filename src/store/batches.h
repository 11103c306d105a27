/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_BATCHES_H
#define UT_STORE_BATCHES_H

/* Items of the stream to disk. Store's thread. */

struct ut__store;
struct ut__task;

/** Writes a list of items, or keeps them in memory until the disk takes them. items: taken. */
void ut__batches_write(struct ut__store *s, struct ut__task *items);

/** Tries what waits for the disk, once a second. Returns SQLITE_OK when nothing waits any more. */
int ut__batches_retry(struct ut__store *s);

#endif

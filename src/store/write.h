/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_WRITE_H
#define UT_STORE_WRITE_H

/* Items of the stream into rows. Within a transaction. Store's thread. */

#include "contract/stream.h"

struct ut__store;

/** Writes one item of the stream; within a transaction. Returns an SQLite code. */
int ut__write_item(struct ut__store *s, const struct ut__stream_item *item);
/** The item was rolled back: a call's row that was new is gone. */
void ut__unwritten(struct ut__store *s, const struct ut__stream_item *item);
/** The item is on disk: forgets a call that has ended. */
void ut__written(struct ut__store *s, const struct ut__stream_item *item);
/** Prepares what ut__write_item needs. Returns an SQLite code. */
int ut__write_prepare(struct ut__store *s);
/** The same, and closes the calls that a crash left open. */
int ut__write_begin(struct ut__store *s);

#endif

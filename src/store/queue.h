/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_QUEUE_H
#define UT_STORE_QUEUE_H

/* The queue to the store's thread, as that thread empties it. Store's thread. */

struct ut__store;
struct ut__task;

/**
 * Waits until something urgent is there, scores have waited long enough, or it is time for a tick.
 * Returns the items, to ut__batches_write; *asked: what is asked, to be answered one by one.
 */
struct ut__task *ut__queue_take(struct ut__store *s, struct ut__task **asked, int *ending);

/** Takes the items that wait; with the queue's lock. */
struct ut__task *ut__queue_items(struct ut__store *s);

/** Sees to it that some events have room even when there is no memory. Thread that pushes. */
void ut__queue_keep_spares(struct ut__store *s);

void ut__task_free(struct ut__task *job);
/** A whole list. */
void ut__tasks_free(struct ut__task *jobs);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HAND_H
#define UT_SUPERVISE_HAND_H

#include <stdint.h>

#include <undertone/error.h>

/*
 * Hands work from any thread to the hub: a list under a lock, and one byte through libre's queue
 * when the list was empty. Order is kept; nothing is lost.
 */
struct ut__hand;

typedef void(ut__hand_fn)(void *arg, void *data);

/** Hub thread. Returns 0 or UT_ENOMEM. */
int ut__hand_create(struct ut__hand **out) UT_MUST_CHECK;

/**
 * Has fn(arg, data) called in the hub's loop. drop: called in its place when the hand is destroyed
 * first; may be NULL. Any thread. Returns 0; UT_ENOMEM: nothing will be called.
 */
int ut__hand_over(struct ut__hand *hand, ut__hand_fn *fn, ut__hand_fn *drop, void *arg, void *data);

/** Drops what waits. Hub thread; others may go on handing over. */
void ut__hand_drop(struct ut__hand *hand);

/** Hub thread; nobody may hand over any more. NULL is fine. */
void ut__hand_destroy(struct ut__hand *hand);

/*
 * A call every so often. jansson and libre cannot be included together, since both name a
 * JSON_STRING; so libre's timer is behind this.
 */
struct ut__every;

/** Calls fn(arg) each period_ms until it is destroyed. Hub thread. Returns 0 or UT_ENOMEM. */
int ut__every_create(struct ut__every **out, uint32_t period_ms, void (*fn)(void *arg),
                     void *arg) UT_MUST_CHECK;
/** NULL is fine. */
void ut__every_destroy(struct ut__every *e);

#endif

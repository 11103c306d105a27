/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_MEMORY_H
#define UT_DAEMON_MEMORY_H

#include "live/hub.h"
#include "store/store.h"

/*
 * Returning callers' baselines: the hub's memory, kept by the store under the keyed hash of the
 * number. Only with `keep-baselines`. Hub thread only.
 *
 *     call opens -> question to the store -> its thread -> queue -> hub: ut__hub_recalled
 *     call ends  -> baseline to the store
 */
struct ut__serve_memory;

/** Becomes the hub's memory. hub, store: outlive it. Returns 0 or UT_ENOMEM. */
int ut__serve_memory_create(struct ut__serve_memory **out, struct ut__hub *hub,
                            struct ut__store *store) UT_MUST_CHECK;

/** Nothing is recalled or kept any more. NULL is fine. */
void ut__serve_memory_stop(struct ut__serve_memory *m);

/** After the store is closed: it answers what it was asked until then. NULL is fine. */
void ut__serve_memory_destroy(struct ut__serve_memory *m);

#endif

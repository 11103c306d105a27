/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_FEED_VIEW_H
#define UT_SUPERVISE_FEED_FEED_VIEW_H

/* What clients of one role and the same queues see. Hub thread. */

#include "supervise/feed/feed_state.h"

/** The view of this role and these queues, with one client more. NULL: no memory. */
struct ut__feed_view *ut__feed_view_join(struct ut__feed *f, const struct ut__who *who);
void ut__feed_view_leave(struct ut__feed *f, struct ut__feed_view *v);
int ut__feed_view_sees(const struct ut__feed_view *v, const struct ut__feed_message *m);
/** One snapshot serves all of a view who ask within a quarter of a second: it names the id it is of. */
const struct ut__feed_view *ut__feed_view_snapshot(struct ut__feed *f, struct ut__feed_view *v,
                                                   uint64_t from);
/** Fills the view's batch that starts at `from`, unless it is the one at hand. */
const struct ut__feed_batch *ut__feed_view_batch(struct ut__feed *f, struct ut__feed_view *v,
                                                 uint64_t from);

#endif

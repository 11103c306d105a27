/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_OPEN_ALERTS_H
#define UT_SUPERVISE_OPEN_ALERTS_H

/* The open alerts of this node, as the record has them. Hub thread. */

struct ut__supervise;

/** Reads all open alerts of this node; the first time waiting for them. */
void ut__open_alerts_read(struct ut__supervise *sv);
int ut__open_alerts_first(struct ut__supervise *sv);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_COMMANDS_H
#define UT_SUPERVISE_COMMANDS_H

/* What a client of /ws and /events hears first, and what it may order. Hub thread. */

#include "supervise/feed/feed.h"

struct ut__supervise;

struct ut__feed_owner ut__feed_owner_of(struct ut__supervise *sv);

#endif

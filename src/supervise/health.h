/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HEALTH_H
#define UT_SUPERVISE_HEALTH_H

/* How the server fares. Hub thread. */

#include "base/text.h"
#include "contract/inquiry.h"
#include "contract/load.h"

struct ut__supervise;

/* What waits for a channel, as the record has it; zeros where it has nothing. */
struct ut__channel_load ut__load_of(const struct ut__supervise *sv, const char *channel);
void ut__loads_take(struct ut__supervise *sv, struct ut__answer *answer);
/* How much this node has to do; max_calls 0 where nobody says. */
struct ut__load ut__node_load(const struct ut__supervise *sv);
void ut__health_json(struct ut__supervise *sv, struct ut__text *out);
void ut__channels_json(struct ut__supervise *sv, struct ut__text *out);

#endif

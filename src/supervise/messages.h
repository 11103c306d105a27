/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_MESSAGES_H
#define UT_SUPERVISE_MESSAGES_H

/* The messages of /ws and /events that all hear. Hub thread. */

#include <stddef.h>

#include "base/json.h"
#include "supervise/feed/wall.h"

struct ut__supervise;

void ut__say_call(struct ut__supervise *sv, const struct ut__card *call, const char *phase,
                  int64_t time_ms);
/* before: the queue that the call was in until now. */
void ut__say_left(struct ut__supervise *sv, const struct ut__card *call, const char *before,
                  int64_t time_ms);
void ut__say_alert(struct ut__supervise *sv, const struct ut__news *news, int64_t time_ms);
void ut__say_health(struct ut__supervise *sv);
void ut__say_threshold(struct ut__supervise *sv, const char *json);
/** queue: whose people are told; "" all. */
void ut__say_quiet(struct ut__supervise *sv, const struct ut__quiet *quiet, const char *queue);
/** node: whose agent it is; NULL: ours. */
void ut__say_break_due(struct ut__supervise *sv, const struct ut__break_due *due, const char *node,
                       int64_t time_ms);
void ut__say_erased(struct ut__supervise *sv, const char *call);

#endif

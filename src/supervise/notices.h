/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_NOTICES_H
#define UT_SUPERVISE_NOTICES_H

/* What the record and other nodes tell of alerts. Hub thread. */

#include "base/json.h"

struct ut__news;
struct ut__supervise;

/** Keeps and tells of what happened to an alert; local: 1 of this node. news: borrowed. */
void ut__news_take(struct ut__supervise *sv, const struct ut__news *news, int local);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_BUS_NEWS_H
#define UT_SUPERVISE_BUS_NEWS_H

#include "base/json.h"

struct ut__supervise;

/** A step of another node's alert: {"action","by","time_ms","alert":{...}}. Hub thread. */
void ut__bus_news(struct ut__supervise *sv, const json_t *event);

#endif

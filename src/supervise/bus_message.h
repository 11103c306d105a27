/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_BUS_MESSAGE_H
#define UT_SUPERVISE_BUS_MESSAGE_H

#include "base/json.h"

struct ut__supervise;

/** What the bus keeps of nodes and orders. Returns 1 where it is of that kind. */
int ut__bus_kept(struct ut__supervise *sv, json_t *root);
/** What comes over the bus from other nodes; json: borrowed. Hub thread. */
void ut__bus_message(struct ut__supervise *sv, const char *json);

#endif

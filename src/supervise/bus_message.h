/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_BUS_MESSAGE_H
#define UT_SUPERVISE_BUS_MESSAGE_H

struct ut__supervise;

/** What comes over the bus from other nodes; json: borrowed. Hub thread. */
void ut__bus_message(struct ut__supervise *sv, const char *json);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_HUB_PORT_H
#define UT_LIVE_HUB_PORT_H

/* The hub as an ingress sees it: see contract/port.h. Hub thread. */

#include "live/hub_state.h"

/** The port of a hub, which lives as long. */
struct ut__port ut__hub_port_of(struct ut__hub *hub);
/** The ingress has let go, or the daemon has: the worker ends the call and hands it back. */
void ut__hub_close_call(struct ut__live_call *lc, const char *reason);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_INGRESS_STATS_H
#define UT_DAEMON_INGRESS_STATS_H

#include "ingress/audiosocket/audiosocket.h"
#include "ingress/sip/sip.h"
#include "ingress/websocket/websocket.h"

/* What the ingresses count at their doors, for metrics; what is not listened for stays zero. */
struct ut__ingress_stats {
    struct ut__audiosocket_stats audiosocket;
    struct ut__websocket_stats websocket;
    struct ut__sip_stats sip;
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_INGRESS_STATS_H
#define UT_DAEMON_INGRESS_STATS_H

#include "ingress/audiosocket/audiosocket.h"
#include "ingress/sip/sip.h"
#include "ingress/websocket/websocket.h"

/* What the ingresses count at their doors, for metrics; what is not listened for stays zero. */
struct ut_ingress_stats {
    struct ut_audiosocket_stats audiosocket;
    struct ut_websocket_stats websocket;
    struct ut_sip_stats sip;
};

#endif

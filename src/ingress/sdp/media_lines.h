/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SDP_MEDIA_LINES_H
#define UT_INGRESS_SDP_MEDIA_LINES_H

#include "ingress/sdp/media.h"

/* The lines of a call as they were: to hand on only what an offer changed, and for one that is
 * refused. Hub thread. */

struct ut__sip_lines {
    struct ut__sip_line line[UT__PORT_LINES_MAX];
    uint32_t count;
};

void ut__sip_lines_keep(struct ut__sip_lines *kept, const struct ut__sip_media *m);

/** What the worker has goes on (RFC 3261, section 14.2); sockets that were made since are closed. */
void ut__sip_lines_restore(struct ut__sip_media *m, const struct ut__sip_lines *kept);

/** Gives the call what differs from `before`, and whether it is on hold; info as ut__port_update. */
void ut__sip_lines_hand_on(struct ut__sip_media *m, const struct ut__sip_lines *before,
                           const struct ut__port *port, struct ut__port_call *call,
                           const struct ut__call_info *info);

#endif

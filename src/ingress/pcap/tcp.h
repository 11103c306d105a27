/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_TCP_H
#define UT_INGRESS_PCAP_TCP_H

/* SIP messages out of captured TCP segments: those in order are put together and cut by their
   Content-Length. What was lost or is no SIP is passed over. Pure but for the memory it takes. */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/link_frame.h"

enum {
    UT__TCP_FLOWS = 64,             /* Directions at once; the one unused longest makes room. */
    UT__TCP_MESSAGE_MAX = 64 * 1024 /* A longer message is none that is looked for. */
};

struct ut__tcp_flow {
    struct ut__address from, to;
    uint32_t next; /* The sequence number that is due. */
    uint8_t *bytes;
    size_t len;
    uint64_t used; /* 0: free. */
};

struct ut__tcp {
    struct ut__tcp_flow flows[UT__TCP_FLOWS];
    uint64_t clock;
};

/** A whole message; returns 0, or an error that ends ut__tcp_take. */
typedef int ut__tcp_message(void *arg, const uint8_t *message, size_t len);

/** d: a segment. Returns 0, UT_ENOMEM, or what fn returned. */
int ut__tcp_take(struct ut__tcp *t, const struct ut__datagram *d, ut__tcp_message *fn, void *arg);

void ut__tcp_clear(struct ut__tcp *t);

#endif

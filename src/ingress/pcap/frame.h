/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_FRAME_H
#define UT_INGRESS_PCAP_FRAME_H

/* UDP and TCP out of a captured frame: Ethernet with VLAN tags, Linux cooked v1 and v2, raw IP, BSD
   loopback; IPv4 and IPv6. Pure: views, no allocation. */

#include <stddef.h>
#include <stdint.h>

struct ut__address {
    uint8_t ip[16];  /* IPv4 in the first four. */
    uint8_t version; /* 4 or 6 */
    uint16_t port;
};

struct ut__datagram {
    struct ut__address from, to;
    const uint8_t *payload;
    size_t len;
    uint32_t seq; /* TCP: of the first byte. */
    uint8_t syn;  /* TCP: 1, a connection begins with this segment. */
};

enum ut__frame_kind {
    UT__FRAME_OTHER,    /* Neither UDP nor TCP in it, or not readable. */
    UT__FRAME_UDP,      /* *out is filled. */
    UT__FRAME_TCP,      /* The same. */
    UT__FRAME_FRAGMENT, /* A part of a UDP datagram; not put together. */
    UT__FRAME_CUT,      /* UDP of which the capture kept a part. */
    UT__FRAME_LINK      /* A link type that is not read. */
};

/** link: LINKTYPE_...; bytes: [len]. */
enum ut__frame_kind ut__frame_read(struct ut__datagram *out, uint32_t link, const uint8_t *bytes,
                                   size_t len);

/** Whether the hosts, and with `port` the ports, are the same. */
int ut__address_same(const struct ut__address *a, const struct ut__address *b, int port);

#endif

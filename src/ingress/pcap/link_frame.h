/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_LINK_FRAME_H
#define UT_INGRESS_PCAP_LINK_FRAME_H

/*
 * UDP and TCP out of a captured frame.
 *
 *     Ethernet, Linux cooked v1 and v2, raw IP, BSD loopback
 *       -> VLAN tags, MPLS, PPPoE -> IPv4, IPv6 -> UDP, TCP
 *                 ^                       |
 *                 '- GRE, ERSPAN, VXLAN, IP in IP: what a mirror port wraps around a packet
 *
 * Pure: views, no allocation, no recursion. Fragments are handed out; fragments.h puts them
 * together.
 */

#include <stddef.h>
#include <stdint.h>

enum {
    UT__TUNNELS_MAX = 4, /* One in the other. */
    UT__TAGS_MAX = 8     /* VLAN tags and MPLS labels of one header. */
};

struct ut__address {
    uint8_t ip[16];  /* IPv4 in the first four. */
    uint8_t version; /* 4 or 6 */
    uint16_t port;
};

struct ut__datagram {
    struct ut__address from, to;
    const uint8_t *payload;
    size_t len;
    uint32_t seq;     /* TCP: of the first byte. */
    uint8_t syn;      /* TCP: 1, a connection begins with this segment. */
    uint8_t tunnels;  /* That were around it. */
    uint8_t protocol; /* Of a fragment: IP's number of what is in it; likewise the rest. */
    uint8_t more;     /* 1: it is not the last one. */
    uint32_t id;
    uint32_t offset; /* Of the payload in the whole, in bytes. */
};

enum ut__frame_kind {
    UT__FRAME_OTHER,    /* Neither UDP nor TCP in it, or not readable. */
    UT__FRAME_UDP,      /* *out is filled. */
    UT__FRAME_TCP,      /* The same. */
    UT__FRAME_FRAGMENT, /* The same, without ports: a part of something that may hold UDP or TCP. */
    UT__FRAME_CUT,      /* UDP of which the capture kept a part. */
    UT__FRAME_DEEP,     /* In more than UT__TUNNELS_MAX tunnels. */
    UT__FRAME_LINK      /* A link type that is not read. */
};

/** link: LINKTYPE_...; bytes: [len]. */
enum ut__frame_kind ut__frame_read(struct ut__datagram *out, uint32_t link, const uint8_t *bytes,
                                   size_t len);

/** Goes on with a datagram that was put together; out: its fragments' addresses, protocol and
    tunnels. bytes: [len]. Never gives UT__FRAME_LINK. */
enum ut__frame_kind ut__frame_read_whole(struct ut__datagram *out, const uint8_t *bytes,
                                         size_t len);

/** Whether the hosts, and with `port` the ports, are the same. */
int ut__address_same(const struct ut__address *a, const struct ut__address *b, int port);

#endif

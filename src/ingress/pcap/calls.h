/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_CALLS_H
#define UT_INGRESS_PCAP_CALLS_H

/*
 * Which calls a capture holds, and which of its UDP flows are whose voice.
 *
 *     packets -> SIP: who wants RTP where -+-> flows by 5-tuple -> calls
 *             -> what looks like RTP ------+
 *
 * The sender of the first INVITE is side 0, and speaks in the flows that go to side 1. A recording
 * client (SIPREC) sends both voices: the first audio line is side 0's, the second side 1's. Flows
 * that no SIP explains are paired by their addresses, and nobody knows who is who in them. Pure but
 * for the memory it takes.
 */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/capture_file.h"
#include "ingress/pcap/signalling.h"

enum {
    UT__CALLS_MAX = 4096,
    UT__FLOWS_MAX = 16384,
    UT__ENDPOINTS_MAX = 4, /* Places where one side wanted RTP, one after the other. */
    UT__CALL_FLOWS_MAX = 8 /* Flows of one voice, one after the other. */
};

struct ut__flow {
    struct ut__address from, to;
    uint64_t packets, good; /* Good ones follow the one before them. */
    int64_t first_us, last_us;
    size_t first_at, last_at; /* Offsets in the file. */
    uint32_t ssrc;
    uint16_t seq;
    uint8_t taken;
};

struct ut__side {
    struct ut__address endpoints[UT__ENDPOINTS_MAX];
    uint32_t endpoint_count;
    struct ut__rtp_format formats[UT__RTP_FORMATS_MAX];
    uint32_t format_count;
    uint32_t flows[UT__CALL_FLOWS_MAX]; /* Its voice; indices. */
    uint32_t flow_count;
};

struct ut__pcap_call {
    char call_id[UT__SIGNAL_ID_MAX]; /* "" without SIP. */
    char tag[UT__SIGNAL_ID_MAX];     /* From tag of the first INVITE. */
    struct ut__side sides[2];
    int64_t first_us; /* Of its signalling. */
    uint8_t has_sip, is_siprec, is_encrypted;
};

struct ut__calls {
    struct ut__flow *flows;
    size_t flow_count, flow_cap;
    uint32_t *table; /* Open addressing over the newest flow of each 5-tuple; 0: free. */
    struct ut__pcap_call *calls;
    size_t call_count, call_cap;
    uint64_t packets, fragments, cut, other_links, beyond; /* beyond: over the limits above. */
    uint64_t encrypted, silent; /* Calls left out: SRTP; signalling without RTP. */
    int damaged;                /* The file ends early or is broken: what is before it counts. */
};

/** Reads a capture from its beginning and finds its calls, in order of their first packet.
    Returns 0, or UT_ENOMEM. Release with ut__calls_clear in either case. */
int ut__calls_find(struct ut__calls *c, struct ut__pcap *capture);
void ut__calls_clear(struct ut__calls *c);

/**
 * What a message of the call tells of who is on hold: 1 for a voice of which nothing is expected.
 * held: [2], left alone where nothing is said. Returns 1 when the message is the call's.
 */
int ut__call_hold(const struct ut__pcap_call *call, const struct ut__signal *s, uint8_t held[2]);

/** The first and the last byte offset, and times, of a call's media. */
void ut__call_span(const struct ut__calls *c, const struct ut__pcap_call *call, size_t *first_at,
                   size_t *last_at, int64_t *first_us, int64_t *last_us);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_CALLS_H
#define UT_INGRESS_PCAP_CALLS_H

/*
 * Which calls go by on a wire, and which UDP flows are whose voice. Frames are pushed in, of a
 * capture or of a live interface.
 *
 *     frames -> dissect -> SIP: talk.h, who wants RTP where -+-> flows by 5-tuple -> calls
 *                       -> what looks like RTP --------------+
 *
 * A flow is a call's when it goes where one of its parties wanted RTP; behind a translator of
 * addresses, when it is the other direction of such a flow, or goes to the same port. Flows that no
 * SIP explains are paired by their addresses, and nobody knows who is who in them. Pure but for the
 * memory it takes.
 */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/captured_talk.h"
#include "ingress/pcap/dissect.h"
#include "ingress/pcap/relay.h"
#include "ingress/pcap/tcp.h"

enum {
    UT__CALLS_MAX = 4096,
    UT__FLOWS_MAX = 16384,
    UT__CALL_FLOWS_MAX = 8 /* Flows of one voice, one after the other. */
};

struct ut__pcap_call;

struct ut__flow {
    struct ut__address from, to;
    uint64_t packets, good; /* Good ones follow the one before them. */
    int64_t first_us, last_us;
    size_t first_at, last_at; /* Offsets in the file. */
    uint32_t ssrc;
    uint16_t seq;
    uint8_t voice;              /* Of its call: 0 or 1. */
    uint8_t is_claimed;         /* Another call wants RTP there as well. */
    struct ut__pcap_call *call; /* NULL: nobody's yet. */
    struct ut__flow *next;      /* Of the same hash. */
};

struct ut__pcap_call {
    struct ut__captured_talk talk;
    const struct ut__flow *flows[2][UT__CALL_FLOWS_MAX]; /* Of each voice. */
    uint32_t flow_count[2];
    uint32_t hash;   /* Of its Call-ID. */
    int64_t last_us; /* Of anything of it. */
    size_t first_at; /* Offset of its first message. */
    struct ut__relay_leg leg;
    void *user; /* Whoever listens live. */
};

/* Whoever listens while frames come. The call is valid until gone() returns. */
struct ut__calls_listener {
    void *arg;
    void (*media)(void *arg, struct ut__pcap_call *call, int voice, const uint8_t *rtp, size_t len,
                  int64_t time_us);
    void (*changed)(void *arg, struct ut__pcap_call *call, unsigned what); /* UT__TALK_... */
    void (*gone)(void *arg, struct ut__pcap_call *call);
};

struct ut__calls {
    struct ut__dissector dissector;
    struct ut__tcp *tcp;
    struct ut__flow **flows;
    size_t flow_count, flow_cap;
    struct ut__flow **table; /* Chains of the newest flow of each 5-tuple. */
    struct ut__pcap_call **calls;
    size_t call_count, call_cap;
    const struct ut__calls_listener *listener; /* NULL: all is kept, to be looked at afterwards. */
    uint64_t beyond;                           /* Calls and flows over the limits above. */
    uint64_t encrypted, silent;                /* Calls left out: SRTP; signalling without RTP; */
    uint64_t relayed;                          /* and the other leg of a call that is here. */
    struct ut__relays *relays;                 /* Made when the first call has RTP. */
    uint32_t serial;                           /* The last that was given out. */
};

/** listener: kept, NULL for a capture. Returns 0, or UT_ENOMEM; clear in either case. */
int ut__calls_init(struct ut__calls *c, const struct ut__calls_listener *listener);
void ut__calls_clear(struct ut__calls *c);

/** One frame; at: its offset in the file. Returns 0, or UT_ENOMEM. */
int ut__calls_take(struct ut__calls *c, uint32_t link, const uint8_t *bytes, size_t len,
                   int64_t time_us, size_t at);

/** Live, about each second: explains what is left, lets go of what is over. Returns 0 or UT_ENOMEM.
 */
int ut__calls_tick(struct ut__calls *c, int64_t now_us);

/** A capture is at its end: explains what is left, drops calls that cannot be heard, and puts the
    rest in order of their beginnings. Returns 0, or UT_ENOMEM. */
int ut__calls_finish(struct ut__calls *c);

/** The first and the last byte offset, and times, of a call's media. */
void ut__call_span(const struct ut__pcap_call *call, size_t *first_at, size_t *last_at,
                   int64_t *first_us, int64_t *last_us);

#endif

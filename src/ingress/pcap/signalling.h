/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_SIGNALLING_H
#define UT_INGRESS_PCAP_SIGNALLING_H

/* What a captured SIP message says of a call's media: enough to find its RTP, no more. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/frame.h"
#include "rtp/stream.h"

enum {
    UT__SIGNAL_ID_MAX = 128,
    UT__SIGNAL_LINES = 2 /* Audio lines that count: a recording client has one a voice. */
};

/* One audio line, as its sender sees it. */
struct ut__signal_line {
    struct ut__address at; /* Where it wants RTP; version or port 0: nowhere. */
    uint8_t sends, receives;
};

struct ut__signal {
    char call_id[UT__SIGNAL_ID_MAX];  /* Cut to fit. */
    char from_tag[UT__SIGNAL_ID_MAX]; /* Of whoever sent the request. */
    int is_request;
    int is_invite;    /* An INVITE itself. */
    int is_siprec;    /* It asks for a recording server: each audio line is one party's voice. */
    int is_encrypted; /* SRTP. */
    struct ut__signal_line lines[UT__SIGNAL_LINES];
    uint32_t line_count; /* Audio lines of the body's SDP; 0: none came. */
    struct ut__rtp_format formats[UT__RTP_FORMATS_MAX];
    uint32_t format_count;
};

/** 1 when bytes begin like a SIP message. */
int ut__signal_begins(const uint8_t *bytes, size_t len);

/** bytes: [len], a message: the payload of a datagram. Returns 1 for SIP, else 0. */
int ut__signal_read(struct ut__signal *out, const uint8_t *bytes, size_t len);

#endif

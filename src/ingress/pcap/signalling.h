/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_SIGNALLING_H
#define UT_INGRESS_PCAP_SIGNALLING_H

/* What a captured SIP message says of a call's media: enough to find its RTP, no more. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/link_frame.h"
#include "rtp/stream.h"

enum {
    UT__SIGNAL_ID_MAX = 128,
    UT__SIGNAL_LINES = 8, /* Audio lines that count, those of port 0 among them. */
    UT__SIGNAL_NAME_MAX = 16,
    UT__SIGNAL_OTHERS_MAX = 4
};

/* A payload type whose codec is not decoded here, for the message that says so. */
struct ut__signal_other {
    uint8_t pt;
    char name[UT__SIGNAL_NAME_MAX];
};

/* What payload types mean. */
struct ut__signal_media {
    struct ut__rtp_format formats[UT__RTP_FORMATS_MAX];
    uint32_t format_count;
    struct ut__signal_other others[UT__SIGNAL_OTHERS_MAX];
    uint32_t other_count;
};

/* One audio line, as its sender sees it. */
struct ut__signal_line {
    struct ut__address at; /* Where it wants RTP; version or port 0: nowhere. */
    uint8_t sends, receives;
    uint8_t is_secret;  /* SRTP by its profile. */
    uint8_t has_crypto; /* It has keys; under RTP/AVP that is an offer to encrypt. */
    char label[32];
    struct ut__signal_media media;
};

enum ut__signal_method {
    UT__SIGNAL_OTHER,
    UT__SIGNAL_INVITE,
    UT__SIGNAL_ACK, /* PRACK too: what ends a handshake. */
    UT__SIGNAL_BYE,
    UT__SIGNAL_CANCEL
};

struct ut__signal {
    char call_id[UT__SIGNAL_ID_MAX]; /* Cut to fit; likewise the rest. */
    char from_tag[UT__SIGNAL_ID_MAX], to_tag[UT__SIGNAL_ID_MAX]; /* Of the request's From and To. */
    char from[UT__SIGNAL_ID_MAX], to[UT__SIGNAL_ID_MAX]; /* Addresses: "sip:1000@example.com". */
    uint8_t is_request;
    uint8_t method;  /* enum ut__signal_method; of an answer, its CSeq's. */
    uint16_t status; /* Of an answer. */
    uint32_t cseq;
    uint8_t is_recording; /* A recording client's: each audio line is one party's voice, or both. */
    struct ut__signal_line lines[UT__SIGNAL_LINES];
    uint32_t line_count;  /* Audio lines of the body's SDP; 0: none came. */
    const char *metadata; /* View of a SIPREC body's document; NULL: none. */
    size_t metadata_len;
};

/** 1 when bytes begin like a SIP message. */
int ut__signal_begins(const uint8_t *bytes, size_t len);

/** bytes: [len], a message: the payload of a datagram. Returns 1 for SIP, else 0. */
int ut__signal_read(struct ut__signal *out, const uint8_t *bytes, size_t len);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_SIGNALLING_H
#define UT_INGRESS_PCAP_SIGNALLING_H

/* What a captured SIP message says of a call's media: enough to find its RTP, no more. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/frame.h"
#include "ingress/rtp/stream.h"

enum { UT__SIGNAL_ID_MAX = 128 };

struct ut__signal {
    char call_id[UT__SIGNAL_ID_MAX];  /* Cut to fit. */
    char from_tag[UT__SIGNAL_ID_MAX]; /* Of whoever sent the request. */
    int is_request;
    int is_invite;            /* An INVITE itself. */
    int is_encrypted;         /* SRTP. */
    int has_media;            /* 1: the rest is filled, from the first audio line. */
    struct ut__address media; /* Where its sender wants RTP. */
    struct ut_rtp_format formats[UT_RTP_FORMATS_MAX];
    uint32_t format_count;
};

/** bytes: [len], the payload of a datagram. Returns 1 for SIP, else 0. */
int ut__signal_read(struct ut__signal *out, const uint8_t *bytes, size_t len);

#endif

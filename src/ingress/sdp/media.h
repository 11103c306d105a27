/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SDP_MEDIA_H
#define UT_INGRESS_SDP_MEDIA_H

#include <stddef.h>
#include <stdint.h>

#include "contract/port.h"
#include "ingress/rtp/socket.h"

/*
 * The media of one SIP dialog: an SDP offer in, our answer and the RTP lines out (RFC 3264). On
 * libre's SDP. Hub thread.
 */

enum {
    UT__SIP_LABEL_MAX = 64,
    UT__SIP_WHY_MAX = 120,
    UT__SIP_MEDIA_MAX = 32 /* m-lines of audio in one SDP: each transfer may add one. */
};

struct mbuf;
struct sdp_session;
struct sdp_media;

/* One m-line of audio that is received, or was: then another may take its place. */
struct ut__sip_line {
    struct sdp_media *media; /* Of the session; NULL: the m-line is closed. */
    uint32_t order;          /* Of the m-line among those of audio, from 1. */
    char label[UT__SIP_LABEL_MAX];
    uint16_t port;                          /* Ours. */
    uint8_t is_new;                         /* The socket in `line` has not been handed over yet. */
    struct ut__port_line line;              /* role is left to the caller. */
    uint8_t own_key[UT__PORT_SRTP_KEY_MAX]; /* Ours, in the answer; nothing is sent with it. */
};

struct ut__sip_media {
    struct sdp_session *sdp;
    struct ut__sip_line lines[UT__PORT_LINES_MAX];
    uint32_t line_count;
    struct sdp_media *local[UT__SIP_MEDIA_MAX];
    char address[64];
    struct ut__rtp_ports *ports; /* Borrowed. */
    uint8_t secure;              /* 1: the signalling is encrypted, so keys may be in it. */
};

/** address: ours, for RTP. ports: borrowed. Returns 0, UT_EINVAL or UT_ENOMEM. */
int ut__sip_media_create(struct ut__sip_media *m, const char *address, struct ut__rtp_ports *ports,
                         int secure) UT_MUST_CHECK;

/** Releases the session and the sockets that were not handed over. */
void ut__sip_media_clear(struct ut__sip_media *m);

/**
 * Makes an offer of our own, of one m-line, for an INVITE without one; its answer then goes to
 * ut__sip_media_take_answer. why, and what is returned: as of ut__sip_media_offer. mem_deref *out.
 */
int ut__sip_media_make_offer(struct ut__sip_media *m, struct mbuf **out, char *why) UT_MUST_CHECK;

/** Takes the answer to our offer; otherwise as ut__sip_media_offer. */
int ut__sip_media_take_answer(struct ut__sip_media *m, const char *sdp, size_t len,
                              char *why) UT_MUST_CHECK;

/**
 * Takes an offer, the first or a later one. Lines that are there keep their number and their port;
 * a new one takes the number of one whose m-line is closed (port 0). why: [UT__SIP_WHY_MAX] the
 * reason for a refusal, fit for a Warning header. Returns 0; UT_EMALFORMED: answer 400;
 * UT_EUNSUPPORTED: nothing that can be recorded, answer 488; UT_ENOSPC: no port is free, answer
 * 503; UT_ENOMEM.
 */
int ut__sip_media_offer(struct ut__sip_media *m, const char *sdp, size_t len,
                        char *why) UT_MUST_CHECK;

/** The answer to the last offer, or for a response without one. mem_deref it. */
int ut__sip_media_answer(struct ut__sip_media *m, struct mbuf **out) UT_MUST_CHECK;

/** 1 when no line is to send: the call is on hold. */
int ut__sip_media_on_hold(const struct ut__sip_media *m);

#endif

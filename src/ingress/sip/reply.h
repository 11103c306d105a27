/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_REPLY_H
#define UT_INGRESS_SIP_REPLY_H

#include <stdint.h>

/* Answers without a body, and the count of those that refuse. Hub thread. */

struct sip_msg;
struct ut__sip;

/** Answers with a status and headers (each ended by CR LF; NULL: none). */
void ut__sip_reply(struct ut__sip *server, const struct sip_msg *msg, uint16_t status,
                   const char *text, const char *headers);

/** As ut__sip_reply for a request that is not taken: why goes to the peer, into the log, and into
 * the counters. NULL: the text says it. */
void ut__sip_refuse(struct ut__sip *server, const struct sip_msg *msg, uint16_t status,
                    const char *text, const char *headers, const char *why);

/** Answers what went wrong with a body, an offer or the port: err, UT_E... */
void ut__sip_refuse_error(struct ut__sip *server, const struct sip_msg *msg, int err,
                          const char *why);

#define UT__SIP_ALLOW "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO\r\n"
#define UT__SIP_ACCEPT                                                                             \
    "Accept: application/sdp, multipart/mixed, application/rs-metadata+xml, "                      \
    "application/rs-metadata\r\n"
#define UT__SIP_SUPPORTED "Supported: siprec, timer, replaces\r\n"

#endif

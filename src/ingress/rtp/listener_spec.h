/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RTP_LISTENER_SPEC_H
#define UT_INGRESS_RTP_LISTENER_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>

#include "rtp/stream.h"

/*
 * What a static RTP listener is told, such as for Asterisk's externalMedia:
 *
 *     127.0.0.1:4000,codec=PCMU,role=caller,call=desk1,from=127.0.0.1,queue=sales,agent=anna
 *
 * Two listeners of the same call= are the two sides of one call.
 */
struct ut__rtp_listener_spec {
    char address[64];
    uint16_t port;
    struct ut__rtp_format format;
    enum ut_role role;
    char call[64]; /* Empty: a call of its own. */
    char from[64]; /* The one sender that is heard; empty: the first one that sends. */
    char queue[64];
    char agent[64];
};

/**
 * Parses it. codec: PCMU, PCMA, G722, GSM, opus, L16 (8 kHz) or slin16 (L16 at 16 kHz); pt=N names
 * the payload type where the codec has no static one. why: [cap] what is wrong. Returns 0 or
 * UT_EMALFORMED. Pure.
 */
int ut__rtp_listener_parse(struct ut__rtp_listener_spec *out, const char *text, char *why,
                           size_t cap) UT_MUST_CHECK;

#endif

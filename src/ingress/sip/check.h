/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_CHECK_H
#define UT_INGRESS_SIP_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "net/re.h"

enum { UT__SIP_HEADERS_MAX = 256 };

/* A refusal: status 0 means that the request is fine. */
struct ut__sip_verdict {
    uint16_t status;
    const char *text, *why;            /* The reason phrase; what is wrong, or NULL. Static. */
    char headers[UT__SIP_HEADERS_MAX]; /* Lines with CR LF. */
};

/**
 * What is wrong with a request whoever sent it, after RFC 3261, section 8.2, and the torture
 * messages of RFC 4475. Pure.
 */
void ut__sip_check(struct ut__sip_verdict *out, const struct sip_msg *msg);

#endif

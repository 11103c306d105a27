/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_BODY_H
#define UT_INGRESS_SIP_BODY_H

#include <undertone/error.h>

#include "net/re.h"

/* What a request carries: views into it, empty where there is none. */
struct ut__sip_body {
    struct pl offer;    /* SDP. */
    struct pl metadata; /* rs-metadata. */
};

/**
 * Finds the parts of a request's body, multipart or not.
 * Returns 0, also without a body; UT_EVERSION for a content type or encoding that is not known
 * (answer 415); UT_EMALFORMED.
 */
int ut__sip_body_read(struct ut__sip_body *out, const struct sip_msg *msg) UT_MUST_CHECK;

#endif

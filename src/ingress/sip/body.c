/* SPDX-License-Identifier: MIT */
/* The body of a request. */

#include "ingress/sip/body.h"

#include "ingress/sip/multipart.h"

static void take_part(struct ut__sip_body *out, const struct ut__part *part)
{
    struct pl view = {part->body, part->body_len};
    if (ut__part_is(part, "application/sdp") && !out->offer.l)
        out->offer = view;
    else if (ut__part_is(part, "application/rs-metadata+xml") ||
             ut__part_is(part, "application/rs-metadata"))
        out->metadata = view;
}

/* The parts, and those of a multipart among them; no deeper. */
static void take_parts(struct ut__sip_body *out, const struct ut__multipart *parts)
{
    struct ut__multipart inner;
    for (size_t i = 0; i < parts->count; i++) {
        const struct ut__part *part = &parts->parts[i];
        take_part(out, part);
        if (!ut__part_nests(part) || ut__multipart_parse(&inner, part->params, part->params_len,
                                                         part->body, part->body_len) != 0)
            continue;
        for (size_t k = 0; k < inner.count; k++)
            take_part(out, &inner.parts[k]);
    }
}

int ut__sip_body_read(struct ut__sip_body *out, const struct sip_msg *msg)
{
    struct ut__multipart parts;
    const struct sip_hdr *encoding = sip_msg_hdr(msg, SIP_HDR_CONTENT_ENCODING);
    *out = (struct ut__sip_body){.offer = PL_INIT, .metadata = PL_INIT};
    size_t len = msg->mb ? mbuf_get_left(msg->mb) : 0;
    /* What a datagram holds beyond it is no part of the message (RFC 3261, section 18.3). */
    if (msg->clen.l && pl_u32(&msg->clen) < len)
        len = pl_u32(&msg->clen);
    const char *body = len ? (const char *)mbuf_buf(msg->mb) : NULL;
    if (len == 0)
        return 0;
    if (encoding && encoding->val.l && pl_strcasecmp(&encoding->val, "identity") != 0)
        return UT_EVERSION;
    if (msg_ctype_cmp(&msg->ctyp, "application", "sdp")) {
        out->offer = (struct pl){body, len};
        return 0;
    }
    if (msg_ctype_cmp(&msg->ctyp, "application", "rs-metadata+xml") ||
        msg_ctype_cmp(&msg->ctyp, "application", "rs-metadata")) {
        out->metadata = (struct pl){body, len};
        return 0;
    }
    if (pl_strcasecmp(&msg->ctyp.type, "multipart") != 0)
        return UT_EVERSION;
    int err = ut__multipart_parse(&parts, msg->ctyp.params.p, msg->ctyp.params.l, body, len);
    if (!err)
        take_parts(out, &parts);
    return err;
}

/* SPDX-License-Identifier: MIT */
/* Requests that are refused whoever sent them. */

#include "ingress/sip/check.h"

#include <stdio.h>
#include <string.h>

#include "ingress/sip/reply.h"

static void verdict(struct ut__sip_verdict *out, uint16_t status, const char *text)
{
    out->status = status;
    out->text = text;
}

/* Headers that may stand once (RFC 3261, section 7.3.1). */
static int has_doubles(const struct sip_msg *msg)
{
    static const enum sip_hdrid once[] = {SIP_HDR_FROM,         SIP_HDR_TO,
                                          SIP_HDR_CSEQ,         SIP_HDR_CALL_ID,
                                          SIP_HDR_MAX_FORWARDS, SIP_HDR_CONTENT_LENGTH,
                                          SIP_HDR_CONTENT_TYPE};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        if (sip_msg_hdr_count(msg, once[i]) > 1)
            return 1;
    }
    return 0;
}

static int is_number(const struct pl *pl, uint64_t max)
{
    if (pl->l == 0 || pl->l > 10)
        return 0;
    for (size_t i = 0; i < pl->l; i++) {
        if (pl->p[i] < '0' || pl->p[i] > '9')
            return 0;
    }
    return pl_u64(pl) <= max;
}

/* The number in front of the method: libre reads it modulo 2^32. */
static int has_good_cseq(const struct sip_msg *msg)
{
    const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CSEQ);
    struct pl num = PL_INIT;
    if (!hdr)
        return 0;
    num.p = hdr->val.p;
    while (num.l < hdr->val.l && hdr->val.p[num.l] >= '0' && hdr->val.p[num.l] <= '9')
        num.l++;
    return is_number(&num, INT32_MAX) && pl_cmp(&msg->cseq.met, &msg->met) == 0;
}

/* What RFC 4475, section 3.1.2 and 3.3 call malformed; NULL: nothing is. */
static const char *what_is_malformed(const struct sip_msg *msg)
{
    const struct sip_hdr *clen = sip_msg_hdr(msg, SIP_HDR_CONTENT_LENGTH);
    if (!msg->callid.l || !msg->from.auri.l || !msg->to.auri.l || !msg->from.tag.l)
        return "Call-ID, From with a tag and To are wanted";
    if (has_doubles(msg))
        return "a header that may stand once stands twice";
    if (!has_good_cseq(msg))
        return "CSeq is not a number and the method";
    if (clen && !is_number(&clen->val, 1 << 20))
        return "Content-Length is no number up to 1048576";
    if (clen && msg->tp == SIP_TRANSP_UDP && pl_u32(&clen->val) > mbuf_get_left(msg->mb))
        return "the body is shorter than Content-Length says; was the datagram cut? Send over TCP";
    if (msg->maxfwd.l && !is_number(&msg->maxfwd, 255))
        return "Max-Forwards is no number up to 255";
    /* A Request-URI in angle brackets or with blanks has ended up in the scheme. */
    if (msg->uri.scheme.l == 0 || memchr(msg->uri.scheme.p, '<', msg->uri.scheme.l) != NULL)
        return "the Request-URI cannot be read";
    return NULL;
}

static bool is_unknown(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    struct ut__sip_verdict *out = arg;
    (void)msg;
    /* libre gives one value of a list at a time. */
    if (!hdr->val.l || pl_strcasecmp(&hdr->val, "siprec") == 0 ||
        pl_strcasecmp(&hdr->val, "timer") == 0 || pl_strcasecmp(&hdr->val, "replaces") == 0)
        return false;
    size_t used = strlen(out->headers);
    if (hdr->val.l < 40 && used + hdr->val.l + 20 < sizeof out->headers)
        snprintf(out->headers + used, sizeof out->headers - used, "Unsupported: %.*s\r\n",
                 (int)hdr->val.l, hdr->val.p);
    verdict(out, 420, "Bad Extension");
    out->why = "it requires an extension that is not done here; see Unsupported";
    return false;
}

static int is_one_of(const struct pl *met, const char *const *names)
{
    for (; *names; names++) {
        if (pl_strcmp(met, *names) == 0)
            return 1;
    }
    return 0;
}

void ut__sip_check(struct ut__sip_verdict *out, const struct sip_msg *msg)
{
    static const char *const ours[] = {"INVITE",  "ACK",    "BYE",  "CANCEL",
                                       "OPTIONS", "UPDATE", "INFO", NULL};
    static const char *const known[] = {"REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH",
                                        "MESSAGE",  "REFER",     "PRACK",  NULL};
    *out = (struct ut__sip_verdict){.status = 0};
    if (pl_strcasecmp(&msg->ver, "SIP/2.0") != 0 && pl_strcmp(&msg->ver, "2.0") != 0) {
        verdict(out, 505, "Version Not Supported");
    } else if ((out->why = what_is_malformed(msg)) != NULL) {
        verdict(out, 400, "Bad Request");
    } else if (!is_one_of(&msg->met, ours)) {
        int is_known = is_one_of(&msg->met, known);
        verdict(out, is_known ? 405 : 501, is_known ? "Method Not Allowed" : "Not Implemented");
        snprintf(out->headers, sizeof out->headers, "%s", UT__SIP_ALLOW);
    } else if (pl_strcasecmp(&msg->uri.scheme, "sip") != 0 &&
               pl_strcasecmp(&msg->uri.scheme, "sips") != 0) {
        verdict(out, 416, "Unsupported URI Scheme");
    } else if (pl_strcmp(&msg->met, "CANCEL") != 0 && pl_strcmp(&msg->met, "ACK") != 0) {
        sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, is_unknown, out);
    }
}

/* SPDX-License-Identifier: MIT */
#include "ingress/sip/reply.h"

#include <stdio.h>

#include "base/log.h"
#include "ingress/sip/dialog.h"

enum { HEADERS_MAX = 1024 };

void ut__sip_reply(struct ut__sip *server, const struct sip_msg *msg, uint16_t status,
                   const char *text, const char *headers)
{
    /* A refusal is told once, and by no transaction that repeats it for 32 s towards whom the source
       of a datagram names (RFC 3261, section 26.3.2.4): who did not hear it asks again. */
    if (status >= 300)
        sip_replyf(server->sip, msg, status, text, "%sContent-Length: 0\r\n\r\n",
                   headers ? headers : "");
    else
        sip_treplyf(NULL, NULL, server->sip, msg, false, status, text,
                    "%sContent-Length: 0\r\n\r\n", headers ? headers : "");
}

static enum ut__sip_refusal refusal_of(uint16_t status)
{
    switch (status) {
    case 400:
        return UT__SIP_REFUSED_MALFORMED;
    case 401:
    case 403:
        return UT__SIP_REFUSED_FORBIDDEN;
    case 405:
    case 415:
    case 416:
    case 420:
    case 501:
    case 505:
        return UT__SIP_REFUSED_UNSUPPORTED;
    case 488:
        return UT__SIP_REFUSED_MEDIA;
    case 503:
        return UT__SIP_REFUSED_FULL;
    default:
        return UT__SIP_REFUSED_OTHER;
    }
}

/* What came from outside, fit for a log line. */
static void word(char *out, size_t cap, const struct pl *text)
{
    size_t n = 0;
    for (; n < text->l && n + 1 < cap; n++)
        out[n] = text->p[n] > ' ' && text->p[n] < 127 ? text->p[n] : '?';
    out[n] = '\0';
}

void ut__sip_refuse(struct ut__sip *server, const struct sip_msg *msg, uint16_t status,
                    const char *text, const char *headers, const char *why)
{
    char all[HEADERS_MAX], peer[64], method[16], call[UT__CALL_ID_MAX];
    server->refused++;
    server->refused_by[refusal_of(status)]++;
    if (re_snprintf(peer, sizeof peer, "%J", &msg->src) < 0)
        snprintf(peer, sizeof peer, "?");
    word(method, sizeof method, &msg->met);
    word(call, sizeof call, &msg->callid);
    UT__LOG(UT__LOG_INFO, "SIP request refused", ut__log_int("status", status),
            ut__log_str("why", why ? why : text), ut__log_str("method", method),
            ut__log_str("peer", peer), ut__log_str("call", call));
    snprintf(all, sizeof all, "%sWarning: 399 undertone \"%s\"\r\n", headers ? headers : "",
             why ? why : text);
    ut__sip_reply(server, msg, status, text, all);
}

void ut__sip_refuse_error(struct ut__sip *server, const struct sip_msg *msg, int err,
                          const char *why)
{
    switch (err) {
    case UT_EUNSUPPORTED:
        ut__sip_refuse(server, msg, 488, "Not Acceptable Here", NULL, why);
        break;
    case UT_EMALFORMED:
        ut__sip_refuse(server, msg, 400, "Bad Request", NULL, why);
        break;
    case UT_ETOOBIG:
        ut__sip_refuse(server, msg, 503, "Service Unavailable", "Retry-After: 10\r\n",
                       "max-calls are there");
        break;
    case UT_ENOSPC:
        ut__sip_refuse(server, msg, 503, "Service Unavailable", "Retry-After: 10\r\n", why);
        break;
    case UT_EVERSION:
        ut__sip_refuse(server, msg, 415, "Unsupported Media Type", UT__SIP_ACCEPT,
                       "the body is neither SDP nor recording metadata nor a multipart of them");
        break;
    default:
        ut__sip_refuse(server, msg, 500, "Server Internal Error", NULL, NULL);
        break;
    }
}

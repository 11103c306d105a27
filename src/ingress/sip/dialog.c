/* SPDX-License-Identifier: MIT */
/*
 * One SIP dialog and its call.
 *
 *     INVITE -> body (SDP, metadata) -> offer -> roles -> port -> 200, until ACK
 *     re-INVITE, UPDATE -> the same for a call that runs: hold, resume, codecs, late metadata
 *     BYE, a call that the daemon ended, no ACK, no refresh -> the end
 */

#include "ingress/sip/dialog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ingress/sdp/media_lines.h"
#include "ingress/sip/body.h"
#include "ingress/sip/dialog_life.h"
#include "ingress/sip/parties.h"
#include "ingress/sip/reply.h"

static void destroy(void *arg)
{
    struct ut__sip_dialog *d = arg;
    tmr_cancel(&d->resend);
    tmr_cancel(&d->give_up);
    tmr_cancel(&d->session);
    list_unlink(&d->le);
    ut__sip_media_clear(&d->media);
    mem_deref(d->refresh);
    mem_deref(d->contact);
    mem_deref(d->dlg);
    mem_deref(d->answered);
    mem_deref(d->answer);
    free(d->metadata);
}

/* The daemon has ended the call: the handle is dead already. */
static void call_ended(void *arg, const char *reason)
{
    struct ut__sip_dialog *d = arg;
    d->call = NULL;
    ut__sip_dialog_hang_up(d, reason);
}

/* 200 with the answer to the offer, with an offer of ours (body, taken), or without either. */
static int accept_request(struct ut__sip_dialog *d, const struct sip_msg *msg, int has_offer,
                          struct mbuf *body)
{
    struct mbuf *mb = NULL;
    char session[96] = "";
    int is_invite = pl_strcmp(&msg->met, "INVITE") == 0;
    if (!body && has_offer && ut__sip_media_answer(&d->media, &body) != 0)
        return UT_ENOMEM;
    if (d->session_s)
        snprintf(session, sizeof session, "Session-Expires: %u;refresher=%s\r\n%s",
                 (unsigned)d->session_s, d->we_refresh ? "uas" : "uac",
                 d->we_refresh ? "" : "Require: timer\r\n");
    d->contact = mem_deref(d->contact);
    char own[64];
    if (re_snprintf(own, sizeof own, "%J", &msg->dst) < 0)
        return UT_EINVAL;
    const struct ut__sip_config *cfg = &d->server->cfg;
    int err = re_sdprintf(&d->contact, "<sip:%s@%s%s>%s", cfg->name,
                          cfg->public_address ? cfg->public_address : own,
                          sip_transp_param(msg->tp), d->is_siprec ? ";+sip.srs" : "");
    if (!err)
        err = sip_treplyf(NULL, is_invite ? &mb : NULL, d->server->sip, msg, true, 200, "OK",
                          "Contact: %s\r\n%s%s%s%s%sContent-Length: %zu\r\n\r\n%b", d->contact,
                          UT__SIP_ALLOW, UT__SIP_SUPPORTED, UT__SIP_ACCEPT, session,
                          body ? "Content-Type: application/sdp\r\n" : "",
                          body ? mbuf_get_left(body) : 0, body ? mbuf_buf(body) : NULL,
                          body ? mbuf_get_left(body) : 0);
    mem_deref(body);
    if (err) {
        mem_deref(mb);
        return UT_EINVAL;
    }
    if (is_invite)
        ut__sip_expect_ack(d, msg, mb);
    ut__sip_session_start(d);
    return 0;
}

/* Roles and names; once told when nobody is the caller, and again when that has changed. */
static void assign_parties(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    char before[UT__CALL_CHOICES_MAX];
    memcpy(before, d->info.choices, sizeof before);
    int is_mixture = ut__sip_parties_assign(d, msg);
    if (!d->info.choices[0] || strcmp(before, d->info.choices) == 0)
        return;
    if (is_mixture)
        UT__LOG(UT__LOG_WARN,
                "several people are on one line, so the call is not scored; have the recorder "
                "send a line for each",
                ut__log_str("call", d->info.id), ut__log_str("lines", d->info.choices));
    else
        UT__LOG(UT__LOG_WARN,
                "nobody says who the caller is, so the call is not scored; tell it with role "
                "(label:1=caller, aor:sip:2???@*=agent) or sip-mono-is",
                ut__log_str("call", d->info.id), ut__log_str("lines", d->info.choices));
}

static int take_body(struct ut__sip_dialog *d, const struct sip_msg *msg, struct ut__sip_body *body)
{
    int err = ut__sip_body_read(body, msg);
    if (!err)
        err = ut__sip_parties_read(d, msg);
    if (err || !body->metadata.l)
        return err;
    struct ut__rs_metadata md;
    ut__rs_metadata_recall(&md, d->metadata);
    err = ut__rs_metadata_parse(&md, body->metadata.p, body->metadata.l);
    if (err)
        /* The media is what matters: it is recorded, and rules may still tell the roles. */
        UT__LOG(UT__LOG_WARN, "recording metadata cannot be read",
                ut__log_str("error", ut_strerror(err)));
    struct ut__rs_kept *kept = ut__rs_metadata_keep(&md);
    if (!kept)
        return UT_ENOMEM;
    free(d->metadata);
    d->metadata = kept;
    return 0;
}

/* Hands the lines over and opens the call. Returns 0 or an error of the port's. */
static int open_call(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    struct ut__port_open open = {
        .ended = call_ended, .arg = d, .continues = d->continues[0] ? d->continues : NULL};
    snprintf(d->info.source, sizeof d->info.source, "%s", d->is_siprec ? "siprec" : "sip");
    pl_strcpy(&msg->callid, d->info.id, sizeof d->info.id);
    assign_parties(d, msg);
    open.info = d->info;
    open.line_count = d->media.line_count;
    for (uint32_t i = 0; i < open.line_count; i++)
        open.lines[i] = d->media.lines[i].line;
    int err = ut__port_open(d->server->port, &d->call, &open);
    for (uint32_t i = 0; !err && i < open.line_count; i++)
        d->media.lines[i].is_new = 0;
    if (!err && ut__sip_media_on_hold(&d->media))
        ut__port_update(d->server->port, d->call, NULL, 1);
    return err;
}

static int remember_request(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    d->peer = msg->src;
    d->is_udp = msg->tp == SIP_TRANSP_UDP;
    d->invite_cseq = msg->cseq.num;
    pl_strcpy(&msg->from.tag, d->from_tag, sizeof d->from_tag);
    pl_strcpy(&msg->via.branch, d->branch, sizeof d->branch);
    snprintf(d->own_tag, sizeof d->own_tag, "%016" PRIx64, msg->tag);
    return sip_dialog_accept(&d->dlg, msg);
}

/* Our address for RTP: the configured one, or where the request came in. */
static void own_address(const struct ut__sip *server, const struct sip_msg *msg, char out[64])
{
    if (server->cfg.media_address)
        snprintf(out, 64, "%s", server->cfg.media_address);
    else if (sa_ntop(&msg->dst, out, 64) != 0)
        snprintf(out, 64, "127.0.0.1");
}

/* The media of the first request: its offer is taken, or ours is made. */
static int begin_media(struct ut__sip_dialog *d, const struct sip_msg *msg,
                       const struct ut__sip_body *body, struct mbuf **own, char *why)
{
    if (body->offer.l)
        return ut__sip_media_offer(&d->media, body->offer.p, body->offer.l, why);
    (void)msg;
    d->holds_offer = d->opens_late = 1;
    return ut__sip_media_make_offer(&d->media, own, why);
}

/* A dialog with what the request says of it, up to its call. Returns 0 or an error. */
static int begin_dialog(struct ut__sip_dialog *d, const struct sip_msg *msg, struct mbuf **own,
                        char *why)
{
    struct ut__sip *server = d->server;
    struct ut__sip_body body = {.offer = PL_INIT};
    char address[64];
    own_address(server, msg, address);
    d->is_siprec = sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "siprec");
    int err = ut__sip_media_create(&d->media, address, &server->ports, msg->tp == SIP_TRANSP_TLS);
    if (!err)
        err = take_body(d, msg, &body);
    d->is_siprec |= d->metadata != NULL;
    if (!err)
        err = begin_media(d, msg, &body, own, why);
    if (!err && remember_request(d, msg) != 0)
        err = UT_EMALFORMED;
    return err;
}

void ut__sip_dialog_begin(struct ut__sip *server, const struct sip_msg *msg, const char *continues)
{
    char why[UT__SIP_WHY_MAX] = "the request cannot be read";
    struct mbuf *own = NULL;
    struct ut__sip_dialog *d = mem_zalloc(sizeof *d, destroy);
    if (!d) {
        ut__sip_refuse_error(server, msg, UT_ENOMEM, NULL);
        return;
    }
    d->server = server;
    snprintf(d->continues, sizeof d->continues, "%s", continues ? continues : "");
    list_append(&server->dialogs, &d->le, d);
    int err = begin_dialog(d, msg, &own, why);
    uint16_t session = ut__sip_session_read(d, msg);
    if (!err && session) {
        ut__sip_refuse(server, msg, session, "Session Interval Too Small", "Min-SE: 90\r\n", NULL);
        mem_deref(own);
        mem_deref(d);
        return;
    }
    if (!err && !d->opens_late)
        err = open_call(d, msg);
    if (err) {
        ut__sip_refuse_error(server, msg, err, why);
        mem_deref(own);
        mem_deref(d);
        return;
    }
    if (accept_request(d, msg, 1, own) != 0)
        ut__sip_dialog_finish(d, "answer failed");
    else
        server->calls++;
}

/* The session as it was, for a request that is refused. */
struct session {
    struct ut__sip_lines lines;
    uint32_t session_s;
    uint8_t we_refresh;
};

static void keep_session(struct session *kept, const struct ut__sip_dialog *d)
{
    kept->session_s = d->session_s;
    kept->we_refresh = d->we_refresh;
    ut__sip_lines_keep(&kept->lines, &d->media);
}

static void restore_session(struct ut__sip_dialog *d, const struct session *kept)
{
    d->session_s = kept->session_s;
    d->we_refresh = kept->we_refresh;
    ut__sip_lines_restore(&d->media, &kept->lines);
}

/* What has changed goes to the call. */
static void take_change(struct ut__sip_dialog *d, const struct sip_msg *msg,
                        const struct session *before)
{
    if (!d->call)
        return; /* Its lines are not known yet; what was told is kept for them. */
    assign_parties(d, msg);
    ut__sip_lines_hand_on(&d->media, &before->lines, d->server->port, d->call, &d->info);
}

/* re-INVITE, UPDATE and INFO. */
static void change(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    char why[UT__SIP_WHY_MAX] = "the request cannot be read";
    struct ut__sip_body body;
    struct session before;
    keep_session(&before, d);
    uint16_t session = ut__sip_session_read(d, msg);
    if (session) {
        ut__sip_refuse(d->server, msg, session, "Session Interval Too Small", "Min-SE: 90\r\n",
                       NULL);
        return;
    }
    int err = take_body(d, msg, &body);
    if (!err && body.offer.l)
        err = ut__sip_media_offer(&d->media, body.offer.p, body.offer.l, why);
    if (err) {
        restore_session(d, &before);
        ut__sip_refuse_error(d->server, msg, err, why);
        return;
    }
    sip_dialog_update(d->dlg, msg);
    if (body.offer.l || body.metadata.l || ut__sip_parties_told(msg))
        take_change(d, msg, &before);
    /* A re-INVITE without an offer asks for ours: the session as it is (RFC 3261, section 14.2). */
    int is_invite = pl_strcmp(&msg->met, "INVITE") == 0;
    if (is_invite)
        d->holds_offer = body.offer.l == 0;
    if (accept_request(d, msg, is_invite || body.offer.l != 0, NULL) != 0) {
        d->session_s = before.session_s; /* The timer that runs goes on. */
        d->we_refresh = before.we_refresh;
    }
}

/* The answer to an offer of ours. */
static void take_answer(struct ut__sip_dialog *d, const struct sip_msg *ack)
{
    char why[UT__SIP_WHY_MAX];
    struct ut__sip_body body;
    struct session before;
    keep_session(&before, d);
    if (ut__sip_body_read(&body, ack) != 0 || !body.offer.l)
        return;
    if (ut__sip_media_offer(&d->media, body.offer.p, body.offer.l, why) != 0) {
        restore_session(d, &before);
        UT__LOG(UT__LOG_WARN, "an answer in an ACK is not taken: the session goes on as it was",
                ut__log_str("why", why));
        return;
    }
    take_change(d, ack, &before);
}

/* The answer to the offer with which the dialog began: now there is a call. */
static void open_late(struct ut__sip_dialog *d, const struct sip_msg *ack)
{
    char why[UT__SIP_WHY_MAX] = "the ACK has no answer to our offer";
    struct ut__sip_body body;
    int err = ut__sip_body_read(&body, ack);
    d->opens_late = 0;
    if (!err)
        err = body.offer.l ? ut__sip_media_take_answer(&d->media, body.offer.p, body.offer.l, why)
                           : UT_EUNSUPPORTED;
    if (!err)
        err = open_call(d, ack);
    if (!err)
        return;
    UT__LOG(UT__LOG_WARN, "a call whose answer comes in the ACK is not taken",
            ut__log_str("why", why));
    ut__sip_dialog_hang_up(d, "no answer");
}

static void take_ack(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    if (msg->cseq.num != d->answer_cseq)
        return;
    tmr_cancel(&d->resend);
    tmr_cancel(&d->give_up);
    /* Nobody asks for the answer again; with the request it is more than ten kilobytes. */
    d->answered = mem_deref(d->answered);
    d->answer = mem_deref(d->answer);
    int holds_offer = d->holds_offer;
    d->holds_offer = 0;
    if (d->opens_late)
        open_late(d, msg); /* d may be gone. */
    else if (holds_offer)
        take_answer(d, msg);
}

/* INFO: metadata may come in it. A body that is not known is none of our business. */
static void take_info(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    struct ut__sip_body body;
    struct session before;
    keep_session(&before, d);
    if (take_body(d, msg, &body) == 0 && body.metadata.l)
        take_change(d, msg, &before);
    ut__sip_reply(d->server, msg, 200, "OK", NULL);
}

void ut__sip_dialog_request(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    struct ut__sip *server = d->server;
    if (pl_strcmp(&msg->met, "ACK") == 0) {
        take_ack(d, msg);
        return;
    }
    if (!sip_dialog_rseq_valid(d->dlg, msg)) {
        ut__sip_refuse(server, msg, 500, "Out of Order", NULL, NULL);
        return;
    }
    if (pl_strcmp(&msg->met, "BYE") == 0) {
        ut__sip_reply(server, msg, 200, "OK", NULL);
        ut__sip_dialog_finish(d, "bye");
    } else if (pl_strcmp(&msg->met, "INVITE") == 0 && tmr_isrunning(&d->give_up)) {
        /* The one before is not acknowledged yet (RFC 3261, section 14.2). */
        ut__sip_refuse(server, msg, 491, "Request Pending", NULL, NULL);
    } else if (pl_strcmp(&msg->met, "INVITE") == 0 || pl_strcmp(&msg->met, "UPDATE") == 0) {
        change(d, msg);
    } else {
        take_info(d, msg);
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * What a dialog waits for, and its end.
 *
 *     200 -> ACK, or the 200 again, or BYE after 32 s
 *     session timer -> our UPDATE, or the peer's, or BYE
 */

#include "ingress/sip/dialog_life.h"

#include "base/log.h"

enum { SESSION_MIN_S = 90 }; /* RFC 4028, section 5. */

void ut__sip_dialog_finish(struct ut__sip_dialog *d, const char *reason)
{
    if (d->ended)
        return;
    d->ended = 1;
    struct ut__port_call *call = d->call;
    d->call = NULL;
    if (call)
        ut__port_close(d->server->port, call, reason);
    mem_deref(d);
}

static void bye_answered(int err, const struct sip_msg *msg, void *arg)
{
    (void)err;
    (void)msg;
    (void)arg;
}

static void send_bye(struct ut__sip_dialog *d)
{
    int err = sip_drequestf(NULL, d->server->sip, true, "BYE", d->dlg, 0, NULL, NULL, bye_answered,
                            NULL, "Content-Length: 0\r\n\r\n");
    if (err)
        UT__LOG(UT__LOG_WARN, "BYE could not be sent", ut__log_int("error", err));
}

void ut__sip_dialog_hang_up(struct ut__sip_dialog *d, const char *reason)
{
    send_bye(d);
    ut__sip_dialog_finish(d, reason);
}

static void no_ack(void *arg)
{
    ut__sip_dialog_hang_up(arg, "no ack");
}

static void resend_answer(void *arg)
{
    struct ut__sip_dialog *d = arg;
    struct sa to;
    sip_reply_addr(&to, d->answered, true);
    d->answer->pos = 0;
    sip_send(d->server->sip, d->answered->sock, d->answered->tp, &to, d->answer);
    d->sent++;
    uint32_t wait = d->sent < 4 ? (uint32_t)SIP_T1 << d->sent : SIP_T2;
    tmr_start(&d->resend, wait < SIP_T2 ? wait : SIP_T2, resend_answer, d);
}

void ut__sip_expect_ack(struct ut__sip_dialog *d, const struct sip_msg *msg, struct mbuf *answer)
{
    mem_deref(d->answered);
    mem_deref(d->answer);
    d->answered = mem_ref((struct sip_msg *)msg);
    d->answer = answer;
    d->answer_cseq = msg->cseq.num;
    d->sent = 0;
    tmr_start(&d->resend, SIP_T1, resend_answer, d);
    tmr_start(&d->give_up, 64 * SIP_T1, no_ack, d);
}

/* A peer that is gone, or has forgotten the dialog, is hung up on (RFC 4028, section 10). */
static void refreshed(int err, const struct sip_msg *msg, void *arg)
{
    if (err || msg->scode == 408 || msg->scode == 481)
        ut__sip_dialog_hang_up(arg, "not refreshed");
}

static void session_due(void *arg)
{
    struct ut__sip_dialog *d = arg;
    if (!d->we_refresh) {
        ut__sip_dialog_hang_up(d, "session expired");
        return;
    }
    if (!d->refresh)
        sip_drequestf(&d->refresh, d->server->sip, true, "UPDATE", d->dlg, 0, NULL, NULL, refreshed,
                      d,
                      "Contact: %s\r\nSession-Expires: %u;refresher=uac\r\n"
                      "Supported: timer\r\nContent-Length: 0\r\n\r\n",
                      d->contact, d->session_s);
    tmr_start(&d->session, (uint64_t)d->session_s * 500, session_due, d);
}

uint16_t ut__sip_session_read(struct ut__sip_dialog *d, const struct sip_msg *msg)
{
    const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
    struct pl refresher = PL_INIT;
    if (!hdr) {
        d->session_s = 0;
        return 0;
    }
    struct pl number = {hdr->val.p, 0};
    while (number.l < hdr->val.l && number.l < 9 && number.p[number.l] >= '0' &&
           number.p[number.l] <= '9')
        number.l++;
    uint32_t s = pl_u32(&number);
    int has_timer = sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer");
    if (s < SESSION_MIN_S && has_timer)
        return 422;
    d->session_s = s < SESSION_MIN_S ? SESSION_MIN_S : s > 86400 ? 86400 : s;
    /* For a peer without timers a proxy asks, and the peer will not refresh: so we do (table 2). */
    if (msg_param_decode(&hdr->val, "refresher", &refresher) != 0)
        d->we_refresh = !has_timer;
    else
        d->we_refresh = pl_strcasecmp(&refresher, "uas") == 0;
    return 0;
}

void ut__sip_session_start(struct ut__sip_dialog *d)
{
    if (!d->session_s) {
        tmr_cancel(&d->session);
        return;
    }
    /* Who refreshes does so at half time; who waits gives up a little before the end. */
    uint32_t slack = d->session_s / 3 < 32 ? d->session_s / 3 : 32;
    uint64_t ms =
        d->we_refresh ? (uint64_t)d->session_s * 500 : (uint64_t)(d->session_s - slack) * 1000;
    tmr_start(&d->session, ms, session_due, d);
}

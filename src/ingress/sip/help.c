/* SPDX-License-Identifier: MIT */
/*
 * Help for a call, asked of a phone.
 *
 *     MESSAGE, REFER: one request outside a dialog -> its answer
 *     INVITE: the phone rings -> somebody takes it -> REFER within that call -> NOTIFY tells how the
 *             phone's own call to the address went -> BYE
 *
 * An INVITE's media is a hole (RFC 3725, section 4): nobody hears us, and we hear nobody.
 */

#include "ingress/sip/help.h"

#include <stdio.h>
#include <string.h>

#include "ingress/sip/dialog.h"

enum { HOST_MAX = 256, USER_MAX = 128 };

/* Outlives the help: a BYE that it leaves behind may be asked for it. */
struct login {
    char user[USER_MAX];
    char *secret; /* USER:PASSWORD of the login-file; NULL: none. */
};

struct help {
    struct le le;
    struct tmr tmr;
    const struct ut__sip *server;
    struct sip_dialog *dlg;
    struct sip_request *req;
    struct sip_auth *auth;
    struct login *login;
    struct sipsess *sess; /* Of an INVITE. */
    struct sipsub *sub;
    char *method, *text;
    char from[HOST_MAX + USER_MAX];
    int is_taken, is_over;
    struct ut__help_word word; /* Once it is over. */
    ut__help_done *done;
    void *arg;
};

static void login_destructor(void *arg)
{
    struct login *l = arg;
    if (l->secret)
        explicit_bzero(l->secret, strlen(l->secret));
    mem_deref(l->secret);
}

static void destructor(void *arg)
{
    struct help *h = arg;
    tmr_cancel(&h->tmr);
    list_unlink(&h->le);
    mem_deref(h->req);
    mem_deref(h->sub);
    mem_deref(h->sess); /* Sends CANCEL or BYE. */
    mem_deref(h->auth);
    mem_deref(h->dlg);
    mem_deref(h->login);
    mem_deref(h->method);
    mem_deref(h->text);
}

/* Ends it; said: one line. */
static void finish(struct help *h, enum ut__help_end end, const char *said)
{
    struct ut__help_word word = {.end = end};
    snprintf(word.said, sizeof word.said, "%s", said);
    ut__help_done *done = h->done;
    void *arg = h->arg;
    mem_deref(h);
    done(arg, &word);
}

static void on_late(void *arg)
{
    struct help *h = arg;
    if (h->sess && !h->is_taken)
        finish(h, UT__HELP_REFUSED, "nobody took the phone in time");
    else
        finish(h, UT__HELP_LATE, "no answer in time");
}

static int give_login(char **user, char **password, const char *realm, void *arg)
{
    const struct login *l = arg;
    const char *colon = l->secret ? strchr(l->secret, ':') : NULL;
    (void)realm;
    if (!colon)
        return EAUTH;
    int err = str_dup(user, l->user);
    return err ? err : str_dup(password, colon + 1);
}

static int send_request(struct help *h);

static void on_answer(int err, const struct sip_msg *msg, void *arg)
{
    struct help *h = arg;
    char said[UT__HELP_SAID_MAX];
    if (err || !msg) {
        finish(h, err == ETIMEDOUT ? UT__HELP_LATE : UT__HELP_AWAY, "no answer");
        return;
    }
    if (msg->scode < 200)
        return;
    if ((msg->scode == 401 || msg->scode == 407) && h->login->secret &&
        sip_auth_authenticate(h->auth, msg) == 0 && send_request(h) == 0)
        return;
    re_snprintf(said, sizeof said, "SIP %u %r", msg->scode, &msg->reason);
    finish(h, msg->scode < 300 ? UT__HELP_DONE : UT__HELP_REFUSED, said);
}

/* A REFER has a Contact, a MESSAGE must have none. */
static int put_contact(enum sip_transp tp, const struct sa *src, const struct sa *dst,
                       struct mbuf *mb, void *arg)
{
    const struct help *h = arg;
    (void)dst;
    if (strcmp(h->method, "REFER") != 0)
        return 0;
    return mbuf_printf(mb, "Contact: <sip:%s@%J%s>\r\n", h->login->user, src, sip_transp_param(tp));
}

static int send_request(struct help *h)
{
    h->req = mem_deref(h->req);
    if (strcmp(h->method, "REFER") == 0)
        return sip_drequestf(&h->req, h->server->sip, true, h->method, h->dlg, 0, h->auth,
                             put_contact, on_answer, h,
                             "Refer-To: <%s>\r\nRefer-Sub: false\r\nSupported: norefersub\r\n"
                             "Content-Length: 0\r\n\r\n",
                             h->text);
    return sip_drequestf(&h->req, h->server->sip, true, h->method, h->dlg, 0, h->auth, put_contact,
                         on_answer, h,
                         "Content-Type: text/plain;charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s",
                         strlen(h->text), h->text);
}

static void on_over(void *arg)
{
    struct help *h = arg;
    finish(h, h->word.end, h->word.said);
}

/* From within libre's own handlers nothing may be taken away; the first end holds. */
static void end_soon(struct help *h, enum ut__help_end end, const char *said)
{
    if (h->is_over)
        return;
    h->is_over = 1;
    h->word.end = end;
    snprintf(h->word.said, sizeof h->word.said, "%s", said);
    tmr_start(&h->tmr, 0, on_over, h);
}

static void end_with_status(struct help *h, const struct sip_msg *msg)
{
    char said[UT__HELP_SAID_MAX];
    re_snprintf(said, sizeof said, "SIP %u %r", msg->scode, &msg->reason);
    end_soon(h, UT__HELP_REFUSED, said);
}

/* How the phone's own call goes: a status line (RFC 3515, section 2.4.5). */
static void on_notify(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    struct help *h = arg;
    struct pl code, reason;
    char said[UT__HELP_SAID_MAX];
    sip_treply(NULL, sip, msg, 200, "OK");
    if (re_regex((const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb), "SIP/2.0 [0-9]+[^\r\n]*",
                 &code, &reason) != 0)
        return;
    uint32_t status = pl_u32(&code);
    re_snprintf(said, sizeof said, "the phone's call: SIP %r%r", &code, &reason);
    if (status >= 200)
        end_soon(h, status < 300 ? UT__HELP_DONE : UT__HELP_REFUSED, said);
}

/* The REFER was refused, or no more is told. */
static void on_unsubscribed(int err, const struct sip_msg *msg,
                            const struct sipevent_substate *state, void *arg)
{
    struct help *h = arg;
    (void)err;
    (void)state;
    if (msg && msg->scode >= 300)
        end_with_status(h, msg);
    else
        end_soon(h, UT__HELP_LATE, "the phone does not tell how its call went");
}

static void on_taken(const struct sip_msg *msg, void *arg)
{
    struct help *h = arg;
    (void)msg;
    h->is_taken = 1;
    if (sipevent_drefer(&h->sub, h->server->events, sipsess_dialog(h->sess), h->login->user,
                        give_login, h->login, true, on_notify, on_unsubscribed, h,
                        "Refer-To: <%s>\r\nReferred-By: <%s>\r\n", h->text, h->from) != 0)
        end_soon(h, UT__HELP_AWAY, "the phone could not be told whom to call");
}

/* Whatever it would send: nobody listens. */
static int take_any(const struct sip_msg *msg, void *arg)
{
    (void)msg;
    (void)arg;
    return 0;
}

/* Not taken, or hung up by the phone. */
static void on_closed(int err, const struct sip_msg *msg, void *arg)
{
    struct help *h = arg;
    if (h->is_taken)
        end_soon(h, h->sub ? UT__HELP_LATE : UT__HELP_REFUSED, "the phone hung up");
    else if (msg && msg->scode >= 300)
        end_with_status(h, msg);
    else
        end_soon(h, err == ETIMEDOUT ? UT__HELP_LATE : UT__HELP_AWAY, "no answer");
}

/* What a phone wants to hear from us changes nothing: there is nothing. */
static int put_hole(struct mbuf **out, const struct sip_msg *msg, void *arg)
{
    static const char hole[] = "v=0\r\no=undertone 1 1 IN IP4 0.0.0.0\r\ns=-\r\n"
                               "c=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 8\r\n"
                               "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=inactive\r\n";
    (void)msg;
    (void)arg;
    struct mbuf *mb = mbuf_alloc(sizeof hole);
    int err = mb ? mbuf_write_str(mb, hole) : ENOMEM;
    if (err) {
        mem_deref(mb);
        return err;
    }
    mb->pos = 0;
    *out = mb;
    return 0;
}

static int call_phone(struct help *h, const char *target)
{
    struct mbuf *hole;
    int err = put_hole(&hole, NULL, NULL);
    if (err)
        return err;
    err = sipsess_connect(&h->sess, h->server->sessions, target, NULL, h->from, h->login->user,
                          NULL, 0, "application/sdp", hole, give_login, h->login, true, put_hole,
                          take_any, NULL, on_taken, NULL, NULL, on_closed, h, NULL);
    mem_deref(hole);
    return err;
}

/* The login's user at the target's host. */
static int make_from(struct help *h, const char *target)
{
    struct uri uri;
    struct pl pl;
    pl_set_str(&pl, target);
    return uri_decode(&uri, &pl) != 0 ||
                   re_snprintf(h->from, sizeof h->from,
                               uri.af == AF_INET6 ? "sip:%s@[%r]" : "sip:%s@%r", h->login->user,
                               &uri.host) < 0
               ? EINVAL
               : 0;
}

static int fill_login(struct help *h, const struct ut__help_act *act)
{
    const char *login = act->secret ? act->secret : h->server->cfg.name;
    h->login = mem_zalloc(sizeof *h->login, login_destructor);
    if (!h->login)
        return ENOMEM;
    snprintf(h->login->user, sizeof h->login->user, "%.*s", (int)strcspn(login, ":"), login);
    return act->secret ? str_dup(&h->login->secret, act->secret) : 0;
}

static int fill(struct help *h, const struct ut__help_act *act)
{
    int err = fill_login(h, act);
    if (!err)
        err = str_dup(&h->method, act->method);
    if (!err)
        err = str_dup(&h->text, act->text);
    return err ? err : make_from(h, act->target);
}

static int begin(struct help *h, const char *target)
{
    if (strcmp(h->method, "INVITE") == 0)
        return call_phone(h, target);
    int err = sip_auth_alloc(&h->auth, give_login, h->login, true);
    if (!err)
        err = sip_dialog_alloc(&h->dlg, target, target, NULL, h->from, NULL, 0);
    return err ? err : send_request(h);
}

int ut__sip_help(void *sip, const struct ut__help_act *act, ut__help_done *done, void *arg)
{
    struct ut__sip *s = sip;
    if (list_count(&s->helps) >= UT__SIP_HELPS_MAX)
        return UT_ETOOBIG;
    struct help *h = mem_zalloc(sizeof *h, destructor);
    if (!h)
        return UT_ENOMEM;
    h->server = s;
    h->done = done;
    h->arg = arg;
    tmr_init(&h->tmr);
    list_append(&s->helps, &h->le, h);
    int err = fill(h, act);
    if (!err)
        err = begin(h, act->target);
    if (err) {
        mem_deref(h);
        return err == ENOMEM ? UT_ENOMEM : UT_EIO;
    }
    tmr_start(&h->tmr, (uint64_t)act->timeout_ms, on_late, h);
    return 0;
}

int ut__sip_help_has(const struct ut__sip *sip, const struct sip_msg *msg)
{
    for (struct le *le = list_head(&sip->helps); le; le = le->next) {
        const struct help *h = le->data;
        if (h->sess && pl_strcmp(&msg->callid, sip_dialog_callid(sipsess_dialog(h->sess))) == 0)
            return 1;
    }
    return 0;
}

void ut__sip_help_stop(struct ut__sip *sip)
{
    struct le *le;
    while ((le = list_head(&sip->helps)) != NULL)
        finish(le->data, UT__HELP_AWAY, "Undertone is stopping");
}

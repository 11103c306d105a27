/* SPDX-License-Identifier: MIT */
/* One request outside a dialog: MESSAGE or REFER. */

#include "ingress/sip/help.h"

#include <stdio.h>
#include <string.h>

#include "ingress/sip/dialog.h"

enum { HOST_MAX = 256, USER_MAX = 128 };

struct help {
    struct le le;
    struct tmr tmr;
    struct sip *sip;
    struct sip_dialog *dlg;
    struct sip_request *req;
    struct sip_auth *auth;
    char *method, *text, *login;
    char user[USER_MAX];
    ut__help_done *done;
    void *arg;
};

static void destructor(void *arg)
{
    struct help *h = arg;
    tmr_cancel(&h->tmr);
    list_unlink(&h->le);
    mem_deref(h->req);
    mem_deref(h->auth);
    mem_deref(h->dlg);
    mem_deref(h->method);
    mem_deref(h->text);
    if (h->login)
        explicit_bzero(h->login, strlen(h->login));
    mem_deref(h->login);
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
    finish(arg, UT__HELP_LATE, "no answer in time");
}

/* USER:PASSWORD of the login-file. */
static int give_login(char **user, char **password, const char *realm, void *arg)
{
    const struct help *h = arg;
    const char *colon = h->login ? strchr(h->login, ':') : NULL;
    (void)realm;
    if (!colon)
        return EAUTH;
    int err = str_dup(user, h->user);
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
    if ((msg->scode == 401 || msg->scode == 407) && h->login &&
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
    return mbuf_printf(mb, "Contact: <sip:%s@%J%s>\r\n", h->user, src, sip_transp_param(tp));
}

static int send_request(struct help *h)
{
    h->req = mem_deref(h->req);
    if (strcmp(h->method, "REFER") == 0)
        return sip_drequestf(&h->req, h->sip, true, h->method, h->dlg, 0, h->auth, put_contact,
                             on_answer, h,
                             "Refer-To: <%s>\r\nRefer-Sub: false\r\nSupported: norefersub\r\n"
                             "Content-Length: 0\r\n\r\n",
                             h->text);
    return sip_drequestf(&h->req, h->sip, true, h->method, h->dlg, 0, h->auth, put_contact,
                         on_answer, h,
                         "Content-Type: text/plain;charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s",
                         strlen(h->text), h->text);
}

/* From: the login's user at the target's host. */
static int make_dialog(struct help *h, const char *target)
{
    char from[HOST_MAX + USER_MAX];
    struct uri uri;
    struct pl pl;
    pl_set_str(&pl, target);
    if (uri_decode(&uri, &pl) != 0 ||
        re_snprintf(from, sizeof from, uri.af == AF_INET6 ? "sip:%s@[%r]" : "sip:%s@%r", h->user,
                    &uri.host) < 0)
        return EINVAL;
    return sip_dialog_alloc(&h->dlg, target, target, NULL, from, NULL, 0);
}

static int fill(struct help *h, const struct ut__sip *s, const struct ut__help_act *act)
{
    const char *login = act->secret ? act->secret : s->cfg.name;
    snprintf(h->user, sizeof h->user, "%.*s", (int)strcspn(login, ":"), login);
    int err = str_dup(&h->method, act->method);
    if (!err)
        err = str_dup(&h->text, act->text);
    if (!err && act->secret)
        err = str_dup(&h->login, act->secret);
    if (!err)
        err = sip_auth_alloc(&h->auth, give_login, h, false);
    return err ? err : make_dialog(h, act->target);
}

int ut__sip_help(void *sip, const struct ut__help_act *act, ut__help_done *done, void *arg)
{
    struct ut__sip *s = sip;
    if (list_count(&s->helps) >= UT__SIP_HELPS_MAX)
        return UT_ETOOBIG;
    struct help *h = mem_zalloc(sizeof *h, destructor);
    if (!h)
        return UT_ENOMEM;
    h->sip = s->sip;
    h->done = done;
    h->arg = arg;
    tmr_init(&h->tmr);
    list_append(&s->helps, &h->le, h);
    int err = fill(h, s, act);
    if (!err)
        err = send_request(h);
    if (err) {
        mem_deref(h);
        return err == ENOMEM ? UT_ENOMEM : UT_EIO;
    }
    tmr_start(&h->tmr, (uint64_t)act->timeout_ms, on_late, h);
    return 0;
}

void ut__sip_help_stop(struct ut__sip *sip)
{
    struct le *le;
    while ((le = list_head(&sip->helps)) != NULL)
        finish(le->data, UT__HELP_AWAY, "Undertone is stopping");
}

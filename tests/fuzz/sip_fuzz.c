/* SPDX-License-Identifier: MIT */
/*
 * Whole SIP messages into check, server and dialog. The input is messages with a line "%%" between
 * them: the first goes to the server, the others to the dialog that it began, if it did. Nothing is
 * sent: libre's senders are ours.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingress/sip/dialog.h"
#include "ingress/sip/gather.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int __wrap_sip_treplyf(struct sip_strans **stp, struct mbuf **mbp, struct sip *sip,
                       const struct sip_msg *msg, bool rec_route, uint16_t scode,
                       const char *reason, const char *fmt, ...);
int __wrap_sip_replyf(struct sip *sip, const struct sip_msg *msg, uint16_t scode,
                      const char *reason, const char *fmt, ...);
int __wrap_sip_drequestf(struct sip_request **reqp, struct sip *sip, bool stateful, const char *met,
                         struct sip_dialog *dlg, uint32_t cseq, struct sip_auth *auth,
                         sip_send_h *sendh, sip_resp_h *resph, void *arg, const char *fmt, ...);

enum { MESSAGES_MAX = 8 };

int __wrap_sip_treplyf(struct sip_strans **stp, struct mbuf **mbp, struct sip *sip,
                       const struct sip_msg *msg, bool rec_route, uint16_t scode,
                       const char *reason, const char *fmt, ...)
{
    (void)stp;
    (void)sip;
    (void)msg;
    (void)rec_route;
    (void)fmt;
    if (scode < 200 || scode > 699 || !reason)
        abort();
    if (mbp)
        *mbp = mbuf_alloc(1);
    return 0;
}

int __wrap_sip_replyf(struct sip *sip, const struct sip_msg *msg, uint16_t scode,
                      const char *reason, const char *fmt, ...)
{
    (void)sip;
    (void)msg;
    (void)scode;
    (void)reason;
    (void)fmt;
    return 0;
}

int __wrap_sip_drequestf(struct sip_request **reqp, struct sip *sip, bool stateful, const char *met,
                         struct sip_dialog *dlg, uint32_t cseq, struct sip_auth *auth,
                         sip_send_h *sendh, sip_resp_h *resph, void *arg, const char *fmt, ...)
{
    (void)reqp;
    (void)sip;
    (void)stateful;
    (void)met;
    (void)dlg;
    (void)cseq;
    (void)auth;
    (void)sendh;
    (void)resph;
    (void)arg;
    (void)fmt;
    return 0;
}

/* The daemon, as far as an ingress sees it: one call at a time, its lines checked. */
static int calls;
static struct ut__port_call *const handle = (struct ut__port_call *)&calls;

static void check_line(const struct ut__port_line *l)
{
    if (l->role > UT_ROLE_COUNT || l->rtp.format_count == 0 ||
        l->rtp.format_count > UT__RTP_FORMATS_MAX || (l->closed && l->role != UT_ROLE_COUNT))
        abort();
    if (l->fd >= 0)
        close(l->fd);
}

static int port_open(void *state, struct ut__port_call **out, const struct ut__port_open *open)
{
    int callers = 0;
    (void)state;
    if (open->line_count == 0 || open->line_count > UT__PORT_LINES_MAX)
        abort();
    for (uint32_t i = 0; i < open->line_count; i++) {
        check_line(&open->lines[i]);
        callers += open->lines[i].role == UT_ROLE_CALLER;
    }
    if (callers > 1)
        abort();
    calls++;
    *out = handle;
    return 0;
}

static void port_update(struct ut__port_call *call, const struct ut__call_info *info, int on_hold)
{
    (void)on_hold;
    if (call != handle || (info && !memchr(info->choices, 0, sizeof info->choices)))
        abort();
}

static int port_set_line(struct ut__port_call *call, uint32_t index,
                         const struct ut__port_line *line)
{
    if (call != handle || index >= UT__PORT_LINES_MAX)
        abort();
    check_line(line);
    return 0;
}

static void port_close(struct ut__port_call *call, const char *reason)
{
    if (call != handle || !reason[0] || calls-- < 1)
        abort();
}

static struct ut__sip *start(void)
{
    static const char *const rules[] = {"label:1=caller", "order:2=agent", "aor:sip:2*=agent"};
    static const char *const users[] = {"recorder:secret"};
    static const struct ut__port port = {
        .open = port_open, .update = port_update, .set_line = port_set_line, .close = port_close};
    const struct ut__sip_config cfg = {.realm = "undertone",
                                       .name = "undertone",
                                       .rules = rules,
                                       .rule_count = 3,
                                       .users = users,
                                       .user_count = 0,
                                       .mono_is = UT_ROLE_CALLER,
                                       .rtp_port_min = 20000,
                                       .rtp_port_max = 32000,
                                       .max_calls_per_peer = 4,
                                       .max_connections = 2};
    struct ut__sip *s = NULL;
    char why[256];
    if (libre_init() != 0 || ut__sip_start(&s, &cfg, &port, why, sizeof why) != 0)
        abort();
    return s;
}

static void take(struct ut__sip *s, const char *text, size_t len)
{
    struct sip_msg *msg = NULL;
    struct mbuf *mb = mbuf_alloc(len + 1);
    if (!mb || mbuf_write_mem(mb, (const uint8_t *)text, len) != 0)
        abort();
    mb->pos = 0;
    if (sip_msg_decode(&msg, mb) == 0 && msg->req) {
        sa_set_str(&msg->src, "127.0.0.1", 5060);
        sa_set_str(&msg->dst, "127.0.0.1", 5060);
        msg->tp = SIP_TRANSP_TLS; /* Keys are taken. */
        const struct le *first = list_head(&s->dialogs);
        if (first)
            ut__sip_dialog_request(first->data, msg);
        else
            ut__sip_request(msg, s);
    }
    mem_deref(msg);
    mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__sip_frame frame;
    if (ut__sip_frame_read(&frame, data, len) == 1 &&
        (frame.head_bytes > len || frame.len_bytes < frame.head_bytes ||
         frame.number_at + frame.number_digits > frame.head_bytes))
        abort();
    static const char *const users[] = {"recorder:secret"};
    static struct ut__sip *s;
    const char *text = (const char *)data;
    if (!s)
        s = start();
    /* A first byte beyond ASCII asks for the digest. */
    s->cfg.users = users;
    s->cfg.user_count = len && data[0] > 127;
    text += s->cfg.user_count;
    len -= s->cfg.user_count;
    for (int i = 0; i < MESSAGES_MAX && len; i++) {
        const char *end = memmem(text, len, "\n%%\n", 4);
        size_t n = end ? (size_t)(end - text) : len;
        take(s, text, n);
        size_t skip = end ? n + 4 : n;
        text += skip;
        len -= skip;
    }
    for (struct le *le = list_head(&s->dialogs); le; le = list_head(&s->dialogs))
        ut__sip_dialog_hang_up(le->data, "over");
    if (calls != 0)
        abort();
    return 0;
}

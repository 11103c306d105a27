/* SPDX-License-Identifier: MIT */
/*
 * The SIP server: which request goes where.
 *
 *     request -> its dialog, if it has one
 *             -> may this peer call? -> fit to be read? -> seen before? -> digest -> a new dialog
 */

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/sip/check.h"
#include "ingress/sip/dialog.h"
#include "ingress/sip/digest.h"
#include "ingress/sip/gather.h"
#include "ingress/sip/help.h"
#include "ingress/sip/reply.h"
#include "net/cidr.h"

enum {
    TRANSACTIONS = 256,
    CONNECTIONS = 256,
    DATAGRAM_MAX = 65535,
    GUESSES = 10, /* Wrong passwords of one address within a minute. */
    HELP_BUCKETS = 16
};

static struct ut__sip_dialog *find_dialog(const struct ut__sip *s, const struct sip_msg *msg)
{
    for (struct le *le = list_head(&s->dialogs); le; le = le->next) {
        struct ut__sip_dialog *d = le->data;
        if (d->dlg && sip_dialog_cmp(d->dlg, msg))
            return d;
    }
    return NULL;
}

static int may_call(const struct ut__sip *s, const struct sip_msg *msg)
{
    struct ut__cidr net;
    for (size_t i = 0; i < s->cfg.peer_count; i++) {
        if (ut__cidr_parse(&net, s->cfg.peers[i]) == 0 && ut__cidr_has(&net, &msg->src.u.sa))
            return 1;
    }
    return s->cfg.peer_count == 0;
}

/* A guess costs its address the rest of a minute, once there were some. */
static int is_guessing(struct ut__sip *s, const struct sip_msg *msg, const char *peer)
{
    int wait_s = ut__limit_wait_s(&s->guesses, peer, ut__clock_mono_us() / 1000);
    char headers[48];
    if (!wait_s)
        return 0;
    snprintf(headers, sizeof headers, "Retry-After: %d\r\n", wait_s);
    ut__sip_refuse(s, msg, 403, "Forbidden", headers, "too many wrong passwords from this address");
    return 1;
}

static int is_authentic(struct ut__sip *s, const struct sip_msg *msg)
{
    char nonce[UT__SIP_NONCE_MAX], challenge[400], peer[64];
    int64_t now_us = ut__clock_mono_us();
    const struct ut__sip_auth_config cfg = {s->cfg.realm, s->cfg.users, s->cfg.user_count,
                                            s->secret};
    if (s->cfg.user_count == 0)
        return 1;
    if (re_snprintf(peer, sizeof peer, "%j", &msg->src) < 0 || is_guessing(s, msg, peer))
        return 0;
    enum ut__sip_auth got = ut__sip_auth_check(msg, &cfg, &s->nonces, now_us);
    if (got == UT__SIP_AUTH_OK)
        return 1;
    ut__sip_auth_nonce(nonce, msg, s->secret, now_us);
    snprintf(challenge, sizeof challenge,
             "WWW-Authenticate: Digest realm=\"%.100s\", nonce=\"%s\", algorithm=MD5, "
             "qop=\"auth\"%s\r\n",
             s->cfg.realm, nonce, got == UT__SIP_AUTH_STALE ? ", stale=true" : "");
    if (got == UT__SIP_AUTH_WRONG) {
        ut__limit_failed(&s->guesses, peer, now_us / 1000);
        ut__sip_refuse(s, msg, 401, "Unauthorized", challenge,
                       "a wrong user, password or address; see sip-user");
    } else {
        ut__sip_reply(s, msg, 401, "Unauthorized", challenge);
    }
    return 0;
}

/* The same INVITE again: a copy is answered again, one that came another way is a loop. */
static int is_known_invite(struct ut__sip *s, const struct sip_msg *msg)
{
    for (struct le *le = list_head(&s->dialogs); le; le = le->next) {
        struct ut__sip_dialog *d = le->data;
        if (!d->dlg || pl_strcmp(&msg->callid, sip_dialog_callid(d->dlg)) != 0 ||
            pl_strcmp(&msg->from.tag, d->from_tag) != 0 || msg->cseq.num != d->invite_cseq)
            continue;
        if (pl_strcmp(&msg->via.branch, d->branch) != 0) {
            ut__sip_refuse(s, msg, 482, "Loop Detected", NULL, NULL);
        } else if (d->answer && d->answer_cseq == msg->cseq.num) {
            struct sa to;
            sip_reply_addr(&to, msg, true);
            d->answer->pos = 0;
            sip_send(s->sip, msg->sock, msg->tp, &to, d->answer);
        }
        return 1;
    }
    return 0;
}

static uint32_t calls_of(const struct ut__sip *s, const struct sa *peer)
{
    uint32_t n = 0;
    for (struct le *le = list_head(&s->dialogs); le; le = le->next)
        n += (uint32_t)ut__cidr_same_peer(&((const struct ut__sip_dialog *)le->data)->peer.u.sa,
                                          &peer->u.sa);
    return n;
}

static int has_tag(const struct pl *value, const char *name, const char *tag)
{
    struct pl got;
    return msg_param_decode(value, name, &got) == 0 && pl_strcmp(&got, tag) == 0;
}

/* The dialog that an INVITE is to take the place of (RFC 3891); its own tag is to-tag there. */
static struct ut__sip_dialog *find_replaced(const struct ut__sip *s, const struct pl *value)
{
    const char *semicolon = pl_strchr(value, ';');
    struct pl id = {value->p, semicolon ? (size_t)(semicolon - value->p) : value->l};
    for (struct le *le = list_head(&s->dialogs); le; le = le->next) {
        struct ut__sip_dialog *d = le->data;
        if (d->dlg && pl_strcmp(&id, sip_dialog_callid(d->dlg)) == 0 &&
            has_tag(value, "from-tag", d->from_tag) && has_tag(value, "to-tag", d->own_tag))
            return d;
    }
    return NULL;
}

/* 1 when no new call is taken, and it has been said. */
static int refuse_drained(struct ut__sip *s, const struct sip_msg *msg)
{
    char headers[UT__LOAD_HEADERS_MAX];
    struct ut__load load = ut__port_load(s->port);
    if (!load.draining)
        return 0; /* Where max-calls are there the port says so, and counts it. */
    ut__load_headers(&load, s->cfg.node, headers);
    ut__sip_refuse(s, msg, 503, "Service Unavailable", headers, "the node drains");
    return 1;
}

/* A balancer asks: what it is told turns it away where there is no room. */
static void answer_options(struct ut__sip *s, const struct sip_msg *msg)
{
    static const char able[] = UT__SIP_ALLOW UT__SIP_ACCEPT UT__SIP_SUPPORTED;
    char said[UT__LOAD_HEADERS_MAX], headers[sizeof said + sizeof able];
    struct ut__load load = ut__port_load(s->port);
    ut__load_headers(&load, s->cfg.node, said);
    snprintf(headers, sizeof headers, "%s%s", able, said);
    if (ut__load_room(&load))
        ut__sip_reply(s, msg, 200, "OK", headers);
    else
        ut__sip_reply(s, msg, 503, "Service Unavailable", said);
}

static void take_invite(struct ut__sip *s, const struct sip_msg *msg)
{
    if (is_known_invite(s, msg) || !is_authentic(s, msg))
        return;
    if (s->stopping || calls_of(s, &msg->src) >= s->cfg.max_calls_per_peer) {
        ut__sip_refuse(s, msg, 503, "Service Unavailable", "Retry-After: 10\r\n",
                       s->stopping ? "the server is stopping"
                                   : "this peer has sip-max-calls-per-peer calls");
        return;
    }
    const struct sip_hdr *replaces = sip_msg_hdr(msg, SIP_HDR_REPLACES);
    /* Before the offer is read: another node may take what this one would not. */
    if (!replaces && refuse_drained(s, msg))
        return;
    struct ut__sip_dialog *old = replaces ? find_replaced(s, &replaces->val) : NULL;
    if (replaces && !old) {
        ut__sip_refuse(s, msg, 481, "Call/Transaction Does Not Exist", NULL,
                       "Replaces names no call of ours");
        return;
    }
    uint64_t calls = s->calls;
    ut__sip_dialog_begin(s, msg, old && old->call ? ut__port_id(s->port, old->call) : NULL);
    if (old && s->calls > calls)
        ut__sip_dialog_hang_up(old, "replaced");
}

/* What belongs to no dialog. */
static void take_outside(struct ut__sip *s, const struct sip_msg *msg)
{
    if (msg->to.tag.l || pl_strcmp(&msg->met, "BYE") == 0 || pl_strcmp(&msg->met, "CANCEL") == 0 ||
        pl_strcmp(&msg->met, "UPDATE") == 0 || pl_strcmp(&msg->met, "INFO") == 0) {
        ut__sip_refuse(s, msg, 481, "Call/Transaction Does Not Exist", NULL, NULL);
    } else if (pl_strcmp(&msg->met, "OPTIONS") == 0) {
        answer_options(s, msg);
    } else {
        take_invite(s, msg);
    }
}

bool ut__sip_request(const struct sip_msg *msg, void *arg)
{
    struct ut__sip *s = arg;
    struct ut__sip_verdict verdict;
    if (pl_strcmp(&msg->callid, s->hello) == 0) {
        if (msg->tp == SIP_TRANSP_UDP)
            udp_rxsz_set(msg->sock, DATAGRAM_MAX);
        return true;
    }
    if (ut__sip_help_has(s, msg))
        return false; /* libre's own listeners know it. */
    int is_ack = pl_strcmp(&msg->met, "ACK") == 0;
    ut__sip_check(&verdict, msg);
    if (ut__sip_gather_is_cut())
        verdict = (struct ut__sip_verdict){.status = 513,
                                           .text = "Message Too Large",
                                           .why = "a message may have 256 KiB; send partial "
                                                  "updates of the metadata"};
    struct ut__sip_dialog *d = verdict.status ? NULL : find_dialog(s, msg);
    if (d)
        ut__sip_dialog_request(d, msg);
    else if (is_ack)
        return true;            /* Nothing answers an ACK. */
    else if (!may_call(s, msg)) /* Before all else that is told. */
        ut__sip_refuse(s, msg, 403, "Forbidden", NULL, "sip-peer does not name this network");
    else if (verdict.status)
        ut__sip_refuse(s, msg, verdict.status, verdict.text, verdict.headers, verdict.why);
    else
        take_outside(s, msg);
    return true;
}

/* libre reads 8 KiB of a datagram, and shows a socket only with a message: so we send it one. */
static void greet(const struct ut__sip *s, const struct sa *at)
{
    char text[512], to[64];
    int fd = socket(sa_af(at), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || re_snprintf(to, sizeof to, "%J", at) < 0)
        return;
    int n = snprintf(text, sizeof text,
                     "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKhello\r\n"
                     "From: <sip:%s>;tag=h\r\nTo: <sip:%s>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\n"
                     "Max-Forwards: 1\r\nContent-Length: 0\r\n\r\n",
                     to, to, to, to, s->hello);
    if (n < 0 || sendto(fd, text, (size_t)n, 0, &at->u.sa, at->len) != n)
        UT__LOG0(UT__LOG_WARN, "SIP over UDP takes 8 KiB a message");
    close(fd);
}

static int add_one(struct ut__sip *s, const struct sa *at, enum sip_transp tp)
{
    char address[64];
    int err = tp == SIP_TRANSP_TLS ? sip_transp_add(s->sip, tp, at, s->tls)
                                   : sip_transp_add(s->sip, tp, at);
    if (err)
        return err;
    if (tp == SIP_TRANSP_UDP) {
        greet(s, at);
    } else {
        ut__sip_connections_watch(&s->connections, sa_port(at));
        ut__sip_gather_watch(sa_port(at));
    }
    if (re_snprintf(address, sizeof address, "%J", at) >= 0)
        UT__LOG(UT__LOG_INFO, "listening", ut__log_str("for", "sip"),
                ut__log_str("over", sip_transp_name(tp)), ut__log_str("address", address));
    return 0;
}

/* 0.0.0.0 or [::]: every address of this machine, so that each answer names the one that the
 * request came to. libre would not listen on either. */
static int add_all(struct ut__sip *s, const struct sa *any, enum sip_transp tp)
{
    struct ifaddrs *all;
    int err = 0, count = 0;
    if (getifaddrs(&all) != 0)
        return errno;
    for (const struct ifaddrs *i = all; i && !err; i = i->ifa_next) {
        struct sa at;
        if (!i->ifa_addr || sa_set_sa(&at, i->ifa_addr) != 0 || sa_is_linklocal(&at) ||
            (sa_af(any) == AF_INET && sa_af(&at) != AF_INET))
            continue;
        sa_set_port(&at, sa_port(any));
        err = add_one(s, &at, tp);
        count += !err;
        if (err == EADDRNOTAVAIL)
            err = 0; /* Not ready yet, or no longer. */
    }
    freeifaddrs(all);
    return err ? err : count ? 0 : EADDRNOTAVAIL;
}

static int add_transport(struct ut__sip *s, const char *address, enum sip_transp tp, char *why,
                         size_t cap)
{
    struct sa at;
    int err = sa_decode(&at, address, strlen(address));
    if (!err)
        err = sa_is_any(&at) ? add_all(s, &at, tp) : add_one(s, &at, tp);
    if (!err)
        return 0;
    snprintf(why, cap, "sip: %s over %s: %s; choose another address or end what has it", address,
             sip_transp_name(tp), strerror(err));
    return UT_EINVAL;
}

static int add_transports(struct ut__sip *s, char *why, size_t cap)
{
    const struct ut__sip_config *cfg = &s->cfg;
    int err = 0;
    for (size_t i = 0; !err && i < cfg->listen_count; i++) {
        err = add_transport(s, cfg->listen[i], SIP_TRANSP_UDP, why, cap);
        if (!err)
            err = add_transport(s, cfg->listen[i], SIP_TRANSP_TCP, why, cap);
    }
    for (size_t i = 0; !err && i < cfg->listen_tcp_count; i++)
        err = add_transport(s, cfg->listen_tcp[i], SIP_TRANSP_TCP, why, cap);
    if (!err && cfg->listen_tls_count &&
        tls_alloc(&s->tls, TLS_METHOD_SSLV23, cfg->cert_file, NULL) != 0) {
        snprintf(why, cap, "sip-cert: %s holds no certificate with its key in PEM", cfg->cert_file);
        err = UT_EINVAL;
    }
    for (size_t i = 0; !err && i < cfg->listen_tls_count; i++)
        err = add_transport(s, cfg->listen_tls[i], SIP_TRANSP_TLS, why, cap);
    return err;
}

/* Names in a peer's Contact are looked up when we have to send it a BYE. */
static void start_dns(struct ut__sip *s)
{
    struct sa servers[4];
    uint32_t count = 4;
    if (dns_srv_get(NULL, 0, servers, &count) == 0 && count)
        dnsc_alloc(&s->dns, NULL, servers, count);
}

void ut__sip_reload(struct ut__sip *s, const struct ut__sip_config *cfg)
{
    static const char *const usual[] = {"aor:sip:caller@*=caller", "aor:sip:agent@*=agent"};
    s->cfg = *cfg;
    s->connections.max = cfg->max_connections;
    s->rule_count = 0;
    for (size_t i = 0; i < cfg->rule_count && s->rule_count < UT__SIP_RULES_MAX - 2; i++) {
        if (ut__sip_rule_parse(&s->rules[s->rule_count], cfg->rules[i]) == 0)
            s->rule_count++;
    }
    for (size_t i = 0; i < 2; i++) {
        if (ut__sip_rule_parse(&s->rules[s->rule_count], usual[i]) == 0)
            s->rule_count++;
    }
}

/* Calls come to our own listener alone. */
static void not_theirs(const struct sip_msg *msg, void *arg)
{
    const struct ut__sip *s = arg;
    sip_treply(NULL, s->sip, msg, 481, "Call/Transaction Does Not Exist");
}

int ut__sip_start(struct ut__sip **out, const struct ut__sip_config *cfg,
                  const struct ut__port *port, char *why, size_t cap)
{
    struct ut__sip *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(why, cap, "there is no memory left");
        return UT_ENOMEM;
    }
    s->port = port;
    s->guesses = (struct ut__limit){.tries = GUESSES};
    s->ports = (struct ut__rtp_ports){.min = cfg->rtp_port_min, .max = cfg->rtp_port_max};
    ut__sip_reload(s, cfg);
    start_dns(s);
    int err =
        getrandom(s->secret, sizeof s->secret, 0) == (ssize_t)sizeof s->secret &&
                sip_alloc(&s->sip, s->dns, TRANSACTIONS, TRANSACTIONS, CONNECTIONS, "undertone",
                          NULL, NULL) == 0 &&
                sip_listen(&s->listener, s->sip, true, ut__sip_request, s) == 0 &&
                /* After our own, so that they see only what that leaves. */
                sipsess_listen(&s->sessions, s->sip, HELP_BUCKETS, not_theirs, s) == 0 &&
                sipevent_listen(&s->events, s->sip, HELP_BUCKETS, HELP_BUCKETS, NULL, NULL) == 0
            ? 0
            : UT_ENOMEM;
    snprintf(s->hello, sizeof s->hello, "hello-%02x%02x%02x%02x%02x%02x%02x%02x", s->secret[24],
             s->secret[25], s->secret[26], s->secret[27], s->secret[28], s->secret[29],
             s->secret[30], s->secret[31]);
    if (err)
        snprintf(why, cap, "sip: libre's SIP does not start");
    else
        err = add_transports(s, why, cap);
    if (err) {
        ut__sip_stop(s);
        return err;
    }
    *out = s;
    return 0;
}

void ut__sip_stop(struct ut__sip *s)
{
    if (!s)
        return;
    s->stopping = 1;
    for (struct le *le = list_head(&s->dialogs), *next; le; le = next) {
        next = le->next;
        ut__sip_dialog_hang_up(le->data, "shutdown");
    }
    ut__sip_help_stop(s);
    ut__sip_connections_stop(&s->connections);
    mem_deref(s->events);
    mem_deref(s->sessions);
    mem_deref(s->listener);
    if (s->sip)
        sip_close(s->sip, true);
    mem_deref(s->sip);
    ut__sip_gather_stop();
    mem_deref(s->tls);
    mem_deref(s->dns);
    free(s);
}

void ut__sip_get_stats(const struct ut__sip *s, struct ut__sip_stats *out)
{
    *out = (struct ut__sip_stats){.connections = s->connections.open,
                                  .calls = s->calls,
                                  .refused = s->refused,
                                  .closed = s->connections.closed};
    memcpy(out->refused_by, s->refused_by, sizeof out->refused_by);
    for (const struct le *le = list_head(&s->dialogs); le; le = le->next)
        out->dialogs += ((const struct ut__sip_dialog *)le->data)->is_udp;
}

/* SPDX-License-Identifier: MIT */
#include "ingress/rtpengine/ng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/re.h"

enum { RESEND_MS = 500, TRIES = 4, COOKIE_LEN = 10 }; /* Of a cookie: "ut" and eight digits. */

struct ut__ng {
    struct ut__ng_config cfg;
    struct udp_sock *sock;
    struct sa to;
    char own[64];
    struct list sent; /* struct sent: what has no answer yet. */
    uint32_t next_cookie;
    int is_silent; /* Said once that nobody answers. */
};

struct sent {
    struct le le;
    struct ut__ng *ng;
    struct ut__ng_waiter waiter;
    uint32_t cookie;
    unsigned tries;
    struct tmr tmr;
    size_t len;
    char bytes[];
};

static void sent_destroy(void *arg)
{
    struct sent *q = arg;
    tmr_cancel(&q->tmr);
    list_unlink(&q->le);
}

/* Told once when it begins, and once when it is over. */
static void tell_silence(struct ut__ng *ng, int is_silent)
{
    static const char code[] = "rtpengine_down";
    char message[160];
    if (ng->is_silent == is_silent)
        return;
    ng->is_silent = is_silent;
    if (!is_silent) {
        UT__LOG(UT__LOG_INFO, "rtpengine answers again", ut__log_str("address", ng->cfg.address));
        ut__edge_problem(ng->cfg.host, code, NULL, NULL);
        return;
    }
    UT__LOG(UT__LOG_WARN, "rtpengine does not answer; is --listen-ng the address given?",
            ut__log_str("address", ng->cfg.address));
    snprintf(message, sizeof message, "rtpengine at %s does not answer: its calls are not heard",
             ng->cfg.address);
    ut__edge_problem(ng->cfg.host, code, message,
                     "Start it, or give the address of its --listen-ng.");
}

static void transmit(void *arg)
{
    struct sent *q = arg;
    struct ut__ng *ng = q->ng;
    if (q->tries++ == TRIES) {
        const struct ut__ng_waiter w = q->waiter;
        mem_deref(q);
        tell_silence(ng, 1);
        if (w.about && w.unanswered)
            w.unanswered(w.about);
        return;
    }
    struct mbuf mb = {.buf = (uint8_t *)q->bytes, .size = q->len, .end = q->len};
    udp_send(ng->sock, &ng->to, &mb);
    tmr_start(&q->tmr, (uint64_t)RESEND_MS << (q->tries - 1), transmit, q);
}

void ut__ng_begin(struct ut__ng_request *q, struct ut__ng *ng, const char *command)
{
    int n = snprintf(q->bytes, sizeof q->bytes, "ut%08x ", (unsigned)++ng->next_cookie);
    q->out = (struct ut__bencode_out){.buf = q->bytes, .cap = sizeof q->bytes, .len = (size_t)n};
    ut__bencode_put(&q->out, "d");
    ut__bencode_put_pair(&q->out, "command", command);
}

void ut__ng_send(struct ut__ng *ng, struct ut__ng_request *q, const struct ut__ng_waiter *w)
{
    ut__bencode_put(&q->out, "e");
    struct sent *s = q->out.full ? NULL : mem_zalloc(sizeof *s + q->out.len, sent_destroy);
    if (!s)
        return;
    s->ng = ng;
    s->waiter = *w;
    s->cookie = ng->next_cookie;
    s->len = q->out.len;
    memcpy(s->bytes, q->bytes, s->len);
    list_append(&ng->sent, &s->le, s);
    transmit(s);
}

void ut__ng_forget(struct ut__ng *ng, const void *about)
{
    for (struct le *le = list_head(&ng->sent); le; le = le->next) {
        struct sent *q = le->data;
        if (q->waiter.about == about)
            q->waiter.about = NULL;
    }
}

/* An answer: "cookie dictionary". What nobody asked for is dropped. */
static void on_datagram(const struct sa *src, struct mbuf *mb, void *arg)
{
    struct ut__ng *ng = arg;
    struct ut__bencode dict;
    const char *text = (const char *)mbuf_buf(mb);
    size_t len = mbuf_get_left(mb);
    const char *blank = memchr(text, ' ', len);
    if (!sa_cmp(src, &ng->to, SA_ALL) || !blank || blank - text != COOKIE_LEN || text[0] != 'u')
        return;
    struct pl cookie = {text + 2, COOKIE_LEN - 2};
    size_t head = COOKIE_LEN + 1;
    if (ut__bencode_parse(&dict, text + head, len - head) != 0 || dict.type != UT__BENCODE_DICT)
        return;
    for (struct le *le = list_head(&ng->sent); le; le = le->next) {
        struct sent *q = le->data;
        if (q->cookie != pl_x32(&cookie))
            continue;
        const struct ut__ng_waiter w = q->waiter;
        mem_deref(q);
        tell_silence(ng, 0);
        if (w.about)
            w.answered(w.about, &dict);
        return;
    }
}

/* The address that rtpengine is reached from is the one that it can reach. */
static int find_own(struct ut__ng *ng, const struct ut__ng_config *cfg)
{
    if (cfg->own) {
        snprintf(ng->own, sizeof ng->own, "%s", cfg->own);
        return 0;
    }
    struct sa own;
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    int fd = socket(sa_af(&ng->to), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int bad = fd < 0 || connect(fd, &ng->to.u.sa, ng->to.len) != 0 ||
              getsockname(fd, (struct sockaddr *)&name, &len) != 0 ||
              sa_set_sa(&own, (const struct sockaddr *)&name) != 0 ||
              sa_ntop(&own, ng->own, sizeof ng->own) != 0;
    if (fd >= 0)
        close(fd);
    return bad ? UT_EINVAL : 0;
}

int ut__ng_open(struct ut__ng **out, const struct ut__ng_config *cfg)
{
    struct ut__ng *ng = calloc(1, sizeof *ng);
    struct sa local;
    if (!ng)
        return UT_ENOMEM;
    ng->cfg = *cfg;
    ng->next_cookie = rand_u32();
    int err = sa_decode(&ng->to, cfg->address, strlen(cfg->address));
    if (!err)
        err = find_own(ng, cfg);
    if (!err)
        err = sa_set_str(&local, ng->own, 0);
    if (!err)
        err = udp_listen(&ng->sock, &local, on_datagram, ng);
    if (err) {
        ut__ng_close(ng);
        return UT_EINVAL;
    }
    udp_rxsz_set(ng->sock, 65535);
    *out = ng;
    return 0;
}

void ut__ng_close(struct ut__ng *ng)
{
    if (!ng)
        return;
    list_flush(&ng->sent);
    mem_deref(ng->sock);
    free(ng);
}

const char *ut__ng_own(const struct ut__ng *ng)
{
    return ng->own;
}

/* SPDX-License-Identifier: MIT */
/*
 * The life of one client connection: what is sent, time-outs, the end.
 *
 * libre's own HTTP server is not used: it has no limit on connections, gives a slow request ten
 * minutes, takes half a megabyte of headers and parses them anew with every packet. Its TCP, TLS,
 * timers and message parser are.
 */

#include <stdlib.h>
#include <string.h>

#include "net/http_conn.h"

enum { LINGER_MS = 1000 /* For the client to read the last answer before the socket goes. */ };

static void release(struct ut__http_exchange *x)
{
    free(x->head);
    free(x->held);
    free(x->in);
    free(x);
}

void ut__http_conn_enter(struct ut__http_exchange *x)
{
    x->busy++;
}

int ut__http_conn_leave(struct ut__http_exchange *x)
{
    x->busy--;
    if (!x->dead)
        return 0;
    if (!x->busy)
        release(x);
    return 1;
}

void ut__http_conn_drop(struct ut__http_exchange *x)
{
    if (x->dead)
        return;
    x->dead = true;
    ut__http_conn_enter(x);
    list_unlink(&x->le);
    x->http->stats.connections--;
    tmr_cancel(&x->tmr);
    x->sc = mem_deref(x->sc);
    x->tc = mem_deref(x->tc);
    if (x->taker)
        x->taker->closed(x->taker_arg);
    else if (x->gone)
        x->gone(x->gone_arg);
    (void)ut__http_conn_leave(x);
}

static void on_drop(void *arg)
{
    ut__http_conn_drop(arg);
}

void ut__http_conn_drop_soon(struct ut__http_exchange *x)
{
    tmr_start(&x->tmr, 0, on_drop, x);
}

static void on_timeout(void *arg)
{
    struct ut__http_exchange *x = arg;
    x->http->stats.timeouts++;
    ut__http_conn_drop(x);
}

void ut__http_conn_deadline(struct ut__http_exchange *x, uint32_t ms)
{
    tmr_start(&x->tmr, ms, on_timeout, x);
}

static void on_patrol(void *arg)
{
    struct ut__http_exchange *x = arg;
    size_t queued = tcp_conn_txqsz(x->tc);
    uint64_t sent = x->written > queued ? x->written - queued : 0;
    if (queued && sent <= x->last_sent) {
        on_timeout(x);
        return;
    }
    x->last_sent = sent;
    ut__http_conn_patrol(x);
}

void ut__http_conn_patrol(struct ut__http_exchange *x)
{
    tmr_start(&x->tmr, x->http->cfg.response_timeout_ms, on_patrol, x);
}

static void linger(struct ut__http_exchange *x)
{
    x->state = UT__HTTP_LINGERING;
    x->sc = mem_deref(x->sc); /* Sends its goodbye. */
    (void)shutdown(tcp_conn_fd(x->tc), SHUT_WR);
    tmr_start(&x->tmr, LINGER_MS, on_drop, x);
}

static void on_writable(void *arg)
{
    struct ut__http_exchange *x = arg;
    ut__http_conn_enter(x);
    (void)tcp_set_send(x->tc, NULL); /* libre would call again at once, for ever. */
    if (x->state == UT__HTTP_FLUSHING) {
        linger(x);
    } else if (x->state == UT__HTTP_UPGRADED) {
        x->taker->drained(x->taker_arg);
    } else if (x->drained) {
        void (*drained)(void *) = x->drained;
        x->drained = NULL;
        drained(x->drained_arg);
    }
    if (!ut__http_conn_leave(x) && !x->busy)
        x->process(x); /* What was asked for meanwhile. */
}

void ut__http_conn_watch(struct ut__http_exchange *x)
{
    (void)tcp_set_send(x->tc, on_writable);
}

int ut__http_conn_send(struct ut__http_exchange *x, const void *buf, size_t len, size_t limit)
{
    if (x->dead || !x->tc)
        return UT_EIO;
    if (len == 0)
        return 0;
    size_t queued = tcp_conn_txqsz(x->tc);
    if (limit && queued + len > limit)
        return UT_ENOSPC;
    /* What a handler may queue is bounded above; libre's own bound must not cut a TLS record. */
    tcp_conn_txqsz_set(x->tc, queued + 2 * len + 65536);
    struct mbuf mb = {(uint8_t *)(uintptr_t)buf, len, 0, len}; /* libre only reads it. */
    if (tcp_send(x->tc, &mb)) {
        ut__http_conn_drop_soon(x);
        return UT_EIO;
    }
    x->written += len;
    return 0;
}

void ut__http_conn_finish(struct ut__http_exchange *x)
{
    x->gone = NULL;
    x->drained = NULL;
    if (!x->keep) {
        x->state = UT__HTTP_FLUSHING;
        ut__http_conn_patrol(x);
        ut__http_conn_watch(x);
        return;
    }
    size_t used = x->head_len + x->body_len;
    memmove(x->in, x->in + used, x->in_len - used);
    x->in_len -= used;
    x->scanned = 0;
    free(x->head);
    x->head = NULL;
    free(x->held);
    x->held = NULL;
    x->state = UT__HTTP_HEAD;
    const struct ut__http_config *cfg = &x->http->cfg;
    if (x->in_len)
        ut__http_conn_deadline(x, cfg->request_timeout_ms);
    else
        tmr_start(&x->tmr, cfg->idle_timeout_ms, on_drop, x);
    if (!x->busy)
        x->process(x);
}

void ut__http_conn_take(struct ut__http_exchange *x, const struct ut__http_taker *taker, void *arg)
{
    x->taker = taker;
    x->taker_arg = arg;
    x->gone = NULL;
    x->state = UT__HTTP_UPGRADED;
    x->last_sent = 0;
    ut__http_conn_patrol(x);
}

void ut__http_conn_retire(struct ut__http_exchange *x)
{
    if (x->dead)
        return;
    ut__http_conn_enter(x);
    const struct ut__http_taker *taker = x->taker;
    x->taker = NULL;
    taker->closed(x->taker_arg);
    x->keep = false;
    ut__http_conn_finish(x);
    (void)ut__http_conn_leave(x);
}

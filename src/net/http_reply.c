/* SPDX-License-Identifier: MIT */
/* Answers: whole, streamed, and what a handler asks of its request. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_conn.h"

/* Status line and headers into mb. length: the body's, or -1: not known. */
static int write_head(struct mbuf *mb, const struct ut__http_exchange *x,
                      const struct ut__http_response *r, int64_t length)
{
    int err = mbuf_printf(mb, "HTTP/1.1 %d %s\r\n", r->status, ut__http_reason(r->status));
    if (r->type)
        err |= mbuf_printf(mb, "Content-Type: %s\r\n", r->type);
    bool bodiless = r->status == 204 || r->status == 304;
    if (length >= 0 && !bodiless)
        err |= mbuf_printf(mb, "Content-Length: %zu\r\n", (size_t)length);
    else if (x->chunked)
        err |= mbuf_write_str(mb, "Transfer-Encoding: chunked\r\n");
    if (!x->keep)
        err |= mbuf_write_str(mb, "Connection: close\r\n");
    else if (x->head && x->head->http10)
        err |= mbuf_write_str(mb, "Connection: keep-alive\r\n");
    if (r->headers)
        err |= mbuf_write_str(mb, r->headers);
    err |= mbuf_write_str(mb, "\r\n");
    return err;
}

void ut__http_reply(struct ut__http_exchange *x, const struct ut__http_response *r)
{
    if (x->dead || x->state != UT__HTTP_HANDLING)
        return;
    struct mbuf *mb = mbuf_alloc(512 + r->len_bytes);
    int err = mb ? write_head(mb, x, r, (int64_t)r->len_bytes) : ENOMEM;
    if (!err && r->len_bytes && !x->no_body && r->status != 204 && r->status != 304)
        err = mbuf_write_mem(mb, r->body, r->len_bytes);
    x->gone = NULL;
    if (err)
        ut__http_conn_drop_soon(x);
    else if (ut__http_conn_send(x, mb->buf, mb->end, 0) == 0)
        ut__http_conn_finish(x);
    mem_deref(mb);
}

static const char *code_of(int status)
{
    static const struct {
        int status;
        const char *code;
    } codes[] = {{401, "unauthorized"},     {404, "not_found"},         {413, "too_large"},
                 {426, "upgrade_required"}, {431, "headers_too_large"}, {501, "not_implemented"},
                 {503, "unavailable"},      {505, "http_version"}};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].status == status)
            return codes[i].code;
    return "bad_request";
}

void ut__http_error(struct ut__http_exchange *x, int status, const char *message,
                    const char *remedy)
{
    char body[512];
    int n = snprintf(body, sizeof body,
                     "{\"error\":{\"code\":\"%s\",\"message\":\"%s\",\"remedy\":\"%s\"}}\n",
                     code_of(status), message, remedy);
    const char *headers = status == 503   ? "Retry-After: 5\r\n"
                          : status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                          : NULL;
    ut__http_reply(x, &(struct ut__http_response){.status = status,
                                                  .type = "application/json",
                                                  .headers = headers,
                                                  .body = body,
                                                  .len_bytes = (size_t)n});
}

const struct ut__http_request *ut__http_request(const struct ut__http_exchange *x)
{
    return &x->req;
}

const char *ut__http_header(const struct ut__http_exchange *x, const char *name)
{
    return x->head ? ut__http_head_get(x->head, name) : NULL;
}

void ut__http_on_gone(struct ut__http_exchange *x, void (*gone)(void *arg), void *arg)
{
    x->gone = gone;
    x->gone_arg = arg;
}

int ut__http_stream_begin(struct ut__http_exchange *x, const struct ut__http_response *r)
{
    if (x->dead || x->state != UT__HTTP_HANDLING)
        return UT_EIO;
    x->chunked = !x->head->http10;
    x->keep = x->keep && x->chunked;
    struct mbuf *mb = mbuf_alloc(512);
    int err = mb ? write_head(mb, x, r, -1) : ENOMEM;
    if (err) {
        ut__http_conn_drop_soon(x);
        err = UT_EIO;
    } else {
        err = ut__http_conn_send(x, mb->buf, mb->end, 0);
    }
    mem_deref(mb);
    if (err)
        return err;
    x->state = UT__HTTP_STREAMING;
    x->last_sent = 0;
    ut__http_conn_patrol(x);
    return ut__http_stream_write(x, r->body, r->len_bytes);
}

int ut__http_stream_write(struct ut__http_exchange *x, const void *piece, size_t len_bytes)
{
    if (x->dead || x->state != UT__HTTP_STREAMING)
        return UT_EIO;
    if (len_bytes == 0 || x->no_body)
        return 0;
    size_t limit = x->http->cfg.stream_max_bytes;
    if (!x->chunked)
        return ut__http_conn_send(x, piece, len_bytes, limit);
    struct mbuf *mb = mbuf_alloc(len_bytes + 32);
    if (!mb)
        return UT_ENOSPC;
    int err = mbuf_printf(mb, "%zx\r\n", len_bytes) | mbuf_write_mem(mb, piece, len_bytes) |
              mbuf_write_str(mb, "\r\n");
    err = err ? UT_ENOSPC : ut__http_conn_send(x, mb->buf, mb->end, limit);
    mem_deref(mb);
    return err;
}

size_t ut__http_stream_queued(const struct ut__http_exchange *x)
{
    return x->dead ? 0 : tcp_conn_txqsz(x->tc);
}

void ut__http_limit_unsent(struct ut__http_exchange *x, int len_bytes)
{
    if (!x->dead) /* A system that refuses keeps its own bound. */
        (void)setsockopt(tcp_conn_fd(x->tc), SOL_SOCKET, SO_SNDBUF, &len_bytes, sizeof len_bytes);
}

void ut__http_stream_on_drained(struct ut__http_exchange *x, void (*drained)(void *arg), void *arg)
{
    if (x->dead || x->state != UT__HTTP_STREAMING)
        return;
    x->drained = drained;
    x->drained_arg = arg;
    ut__http_conn_watch(x);
}

void ut__http_stream_end(struct ut__http_exchange *x)
{
    if (x->dead || x->state != UT__HTTP_STREAMING)
        return;
    x->gone = NULL;
    static const char last[] = "0\r\n\r\n";
    bool chunked = x->chunked && !x->no_body;
    x->chunked = false;
    if (!chunked || ut__http_conn_send(x, last, sizeof last - 1, 0) == 0)
        ut__http_conn_finish(x);
}

int ut__http_query(const struct ut__http_exchange *x, const char *name, char *out, size_t cap)
{
    size_t want = strlen(name);
    const char *p = x->req.query;
    while (*p) {
        size_t len = strcspn(p, "&");
        size_t key = strcspn(p, "=&");
        if (key == want && strncmp(p, name, want) == 0) {
            size_t skip = key < len ? key + 1 : len;
            return ut__http_unescape(p + skip, len - skip, 1, out, cap);
        }
        p += len;
        p += *p == '&';
    }
    return UT_EINVAL;
}

int ut__http_is_neighbour(const struct ut__http_exchange *x)
{
    const char *host = ut__http_header(x, "Host");
    const struct ut__http_request *req = ut__http_request(x);
    return ut__http_is_loopback(req->peer) && !req->proxied && !ut__http_header(x, "Forwarded") &&
           !ut__http_header(x, "X-Forwarded-For") && !ut__http_header(x, "Origin") && host &&
           ut__http_is_loopback(host);
}

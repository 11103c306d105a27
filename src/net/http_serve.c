/* SPDX-License-Identifier: MIT */
/* From bytes to requests, and from requests to their handlers. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/cidr.h"
#include "net/http_conn.h"
#include "net/limit.h"

enum {
    REFUSED_EXTRA = 16,    /* Connections over the limit that still get a 503 each. */
    READ_CHUNK_MAX = 65536 /* libre gives up to 8 KiB at once, TLS some more. */
};

/* Answers a request that no handler sees, and closes after it. */
static void refuse(struct ut__http_exchange *x, int status, const char *message, const char *remedy)
{
    if (!x->refused)
        x->http->stats.bad_requests++;
    x->keep = false;
    x->state = UT__HTTP_HANDLING;
    ut__http_error(x, status, message, remedy);
}

static void refuse_head(struct ut__http_exchange *x, int status)
{
    switch (status) {
    case UT__HTTP_STATUS_HEAD_TOO_BIG:
        refuse(x, status, "The request's headers are too big or too many.",
               "Send less than 16 KiB of them.");
        return;
    case UT__HTTP_STATUS_NO_CHUNKED:
        refuse(x, status, "A body in chunks is not taken.", "Send it with Content-Length.");
        return;
    case UT__HTTP_STATUS_VERSION:
        refuse(x, status, "This version of HTTP is not spoken.", "Use HTTP/1.1 or HTTP/1.0.");
        return;
    case UT__HTTP_STATUS_BUSY:
        refuse(x, status, "There is no memory for the request.", "Try again in a moment.");
        return;
    default:
        refuse(x, UT__HTTP_STATUS_BAD, "This is no well-formed HTTP request.",
               "See RFC 9112 for what one is; https needs a listener with a certificate.");
    }
}

static ut__http_handler *route(const struct ut__http *http, const char *path, void **arg)
{
    const struct ut__http_owner *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < http->route_count; i++) {
        const struct ut__http_owner *r = &http->routes[i];
        size_t len = strlen(r->prefix);
        if (len < best_len || strncmp(path, r->prefix, len) != 0)
            continue;
        if (r->prefix[len - 1] != '/' && path[len] != '/' && path[len] != 0)
            continue;
        best = r;
        best_len = len;
    }
    if (!best)
        return NULL;
    *arg = best->arg;
    return best->handler;
}

/* A whole head is at the front of x->in. */
static void begin(struct ut__http_exchange *x)
{
    const struct ut__http_config *cfg = &x->http->cfg;
    int status = ut__http_head_parse(&x->head, x->in, x->head_len);
    if (status) {
        refuse_head(x, status);
        return;
    }
    x->no_body = strcmp(x->head->method, "HEAD") == 0;
    if (x->head->body_len_bytes > cfg->body_max_bytes) {
        refuse(x, 413, "The request's body is too big.", "Send less.");
        return;
    }
    x->body_len = (size_t)x->head->body_len_bytes;
    x->keep = x->head->keep_alive && !x->refused;
    if (x->head->expects_continue && x->in_len < x->head_len + x->body_len) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        (void)ut__http_conn_send(x, go_on, sizeof go_on - 1, 0);
    }
    x->state = UT__HTTP_BODY;
}

static int is_proxy(const struct ut__http *http, const struct sa *address)
{
    for (size_t i = 0; i < http->cfg.proxy_count; i++)
        if (ut__cidr_has(&http->cfg.proxies[i], &address->u.sa))
            return 1;
    return 0;
}

/* One hop of X-Forwarded-For: an address, with or without a port; IPv6 perhaps in brackets. */
static int read_hop(struct sa *out, const char *text, size_t len)
{
    struct pl pl = {.p = text, .l = len};
    char name[64];
    if (len == 0 || len >= sizeof name)
        return 0;
    if (sa_decode(out, text, len) == 0)
        return 1;
    if (pl.p[0] == '[' && pl.p[len - 1] == ']') {
        pl.p++;
        pl.l -= 2;
    }
    return sa_set(out, &pl, 0) == 0;
}

/*
 * Whom a trusted proxy speaks for: the rightmost hop of X-Forwarded-For that is no trusted proxy
 * itself. What stands left of it anybody may have written.
 */
static void read_client(struct ut__http_exchange *x)
{
    const char *hops = ut__http_head_get(x->head, "X-Forwarded-For");
    const char *scheme = ut__http_head_get(x->head, "X-Forwarded-Proto");
    struct sa at = x->peer, hop;
    x->client[0] = '\0';
    if (!is_proxy(x->http, &x->peer))
        return;
    size_t end = hops ? strlen(hops) : 0;
    while (end && is_proxy(x->http, &at)) {
        size_t from = end;
        while (from && hops[from - 1] != ',')
            from--;
        size_t stop = end;
        end = from ? from - 1 : 0;
        while (from < stop && hops[from] == ' ')
            from++;
        while (stop > from && hops[stop - 1] == ' ')
            stop--;
        if (!read_hop(&hop, hops + from, stop - from))
            break; /* No address: the last one that was stands for it. */
        at = hop;
    }
    (void)re_snprintf(x->client, sizeof x->client, "%j", &at);
    x->req.peer = x->client;
    x->req.proxied = 1;
    x->req.secure |= scheme && strcasecmp(scheme, "https") == 0;
}

/* A client whose proxy holds more connections for it than one address may have. */
static int has_too_many(const struct ut__http_exchange *x)
{
    uint32_t n = 0, most = x->http->cfg.max_per_peer;
    char name[UT__LIMIT_NAME_MAX], its[UT__LIMIT_NAME_MAX];
    if (!most || !x->client[0])
        return 0;
    ut__limit_name(name, x->client);
    for (const struct le *le = x->http->connections.head; le; le = le->next) {
        const struct ut__http_exchange *other = le->data;
        ut__limit_name(its, other->client);
        n += strcmp(its, name) == 0;
    }
    return n > most;
}

static void dispatch(struct ut__http_exchange *x)
{
    const struct ut__http_head *h = x->head;
    x->req = (struct ut__http_request){.method = h->method,
                                       .target = h->target,
                                       .path = h->path,
                                       .query = h->query,
                                       .peer = x->peer_text,
                                       .body = x->in + x->head_len,
                                       .body_len_bytes = x->body_len,
                                       .secure = x->sc != NULL};
    read_client(x);
    x->state = UT__HTTP_HANDLING;
    x->http->stats.requests++;
    ut__http_conn_deadline(x, x->http->cfg.response_timeout_ms);
    if (x->refused || has_too_many(x)) {
        refuse(x, UT__HTTP_STATUS_BUSY, "Too many connections are open.",
               "Try again in a moment, or raise http-max-connections.");
        return;
    }
    void *arg = NULL;
    ut__http_handler *handler = route(x->http, h->path, &arg);
    if (handler)
        handler(x, &x->req, arg);
    else
        ut__http_error(x, 404, "There is nothing at this path.", "Open / for the page.");
}

static void drop_blank_lines(struct ut__http_exchange *x)
{
    size_t n = 0;
    while (n < x->in_len && (x->in[n] == '\r' || x->in[n] == '\n'))
        n++;
    if (n) {
        memmove(x->in, x->in + n, x->in_len - n);
        x->in_len -= n;
        x->scanned = 0;
    }
}

/*
 * A client that asks on and on and does not read gets no further answer until it has read: each
 * may be a thousand times as long as its request.
 */
static bool is_behind(struct ut__http_exchange *x)
{
    bool behind = tcp_conn_txqsz(x->tc) > x->http->cfg.stream_max_bytes;
    if (behind && !x->behind) {
        x->last_sent = 0;
        ut__http_conn_patrol(x);
        ut__http_conn_watch(x);
    }
    x->behind = behind;
    return behind;
}

/* Serves what is complete in x->in, until a request waits for bytes, its handler or the client. */
static void process(struct ut__http_exchange *x)
{
    ut__http_conn_enter(x);
    while (!x->dead) {
        if (x->state == UT__HTTP_HEAD) {
            drop_blank_lines(x);
            x->head_len = ut__http_head_end(x->in, x->in_len, &x->scanned);
            if ((x->head_len ? x->head_len : x->in_len) > x->http->cfg.header_max_bytes)
                refuse_head(x, UT__HTTP_STATUS_HEAD_TOO_BIG);
            else if (!x->head_len)
                break;
            else
                begin(x);
        } else if (x->state == UT__HTTP_BODY && x->in_len >= x->head_len + x->body_len &&
                   !is_behind(x)) {
            dispatch(x);
        } else {
            break;
        }
    }
    (void)ut__http_conn_leave(x);
}

/* The body of a request that waits for its handler's answer stays where it is. */
static int grow(struct ut__http_exchange *x, size_t cap)
{
    bool pending = x->state == UT__HTTP_HANDLING || x->state == UT__HTTP_STREAMING;
    bool hold = pending && !x->held;
    uint8_t *in = realloc(hold ? NULL : x->in, cap);
    if (!in)
        return UT_ENOMEM;
    if (hold) {
        memcpy(in, x->in, x->in_len);
        x->held = x->in;
    }
    x->in = in;
    x->in_cap = cap;
    return 0;
}

static int append(struct ut__http_exchange *x, const uint8_t *buf, size_t len)
{
    const struct ut__http_config *cfg = &x->http->cfg;
    size_t most = (size_t)cfg->header_max_bytes + cfg->body_max_bytes + READ_CHUNK_MAX;
    if (len > most - x->in_len)
        return UT_ETOOBIG;
    if (x->in_len + len > x->in_cap) {
        int err = grow(x, x->in_len + len + 2048);
        if (err)
            return err;
    }
    memcpy(x->in + x->in_len, buf, len);
    x->in_len += len;
    return 0;
}

static void on_received(struct mbuf *mb, void *arg)
{
    struct ut__http_exchange *x = arg;
    const uint8_t *buf = mbuf_buf(mb);
    size_t len = mbuf_get_left(mb);
    ut__http_conn_enter(x);
    switch (x->state) {
    case UT__HTTP_FLUSHING:
    case UT__HTTP_LINGERING:
        break; /* Read on and forget, or the close would destroy the answer on its way. */
    case UT__HTTP_UPGRADED:
        x->taker->received(buf, len, x->taker_arg);
        break;
    default:
        if (x->state == UT__HTTP_HEAD && x->in_len == 0 && x->written)
            ut__http_conn_deadline(x, x->http->cfg.request_timeout_ms);
        if (append(x, buf, len))
            ut__http_conn_drop(x);
        else
            process(x);
    }
    (void)ut__http_conn_leave(
        x); /* NOLINT(clang-analyzer-unix.Malloc): enter() keeps it until here. */
}

static void on_closed(int err, void *arg)
{
    (void)err;
    ut__http_conn_drop(arg);
}

static uint32_t of_peer(const struct ut__http *http, const struct sa *peer)
{
    uint32_t n = 0;
    for (const struct le *le = http->connections.head; le; le = le->next) {
        const struct ut__http_exchange *x = le->data;
        n += (uint32_t)ut__cidr_same_peer(&x->peer.u.sa, &peer->u.sa);
    }
    return n;
}

void ut__http_conn_accept(struct ut__http *http, const struct sa *peer)
{
    const struct ut__http_config *cfg = &http->cfg;
    http->stats.accepted++;
    bool refused =
        http->stats.connections >= cfg->max_connections ||
        (cfg->max_per_peer && !is_proxy(http, peer) && of_peer(http, peer) >= cfg->max_per_peer);
    http->stats.refused += refused ? 1 : 0;
    struct ut__http_exchange *x = NULL;
    if (!refused || http->stats.connections < cfg->max_connections + REFUSED_EXTRA)
        x = calloc(1, sizeof *x);
    if (!x) {
        tcp_reject(http->sock);
        return;
    }
    x->http = http;
    x->process = process;
    x->peer = *peer;
    x->refused = refused;
    tmr_init(&x->tmr);
    (void)re_snprintf(x->peer_text, sizeof x->peer_text, "%J", peer);
    if (tcp_accept(&x->tc, http->sock, NULL, on_received, on_closed, x) ||
        (http->tls && tls_start_tcp(&x->sc, http->tls, x->tc, 0))) {
        tcp_reject(http->sock);
        mem_deref(x->tc);
        free(x);
        return;
    }
    http->stats.connections++;
    list_append(&http->connections, &x->le, x);
    ut__http_conn_deadline(x, cfg->request_timeout_ms);
}

/* SPDX-License-Identifier: MIT */
/* A server on src/net with small limits, for net_test.py: prints its port, ends at SIGTERM or when
   its standard input closes. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/cidr.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/re.h"
#include "net/ws.h"

struct later {
    struct tmr tmr;
    struct ut__http_exchange *x;
    int n;
};

static struct ut__http *http;
static unsigned gone_count;

static void on_echo(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    (void)arg;
    char value[64] = "";
    const char *header = ut__http_header(x, "X-Echo");
    (void)ut__http_query(x, "q", value, sizeof value);
    char headers[256];
    (void)snprintf(headers, sizeof headers,
                   "X-Method: %s\r\nX-Path: %s\r\nX-Q: %s\r\nX-Back: %s\r\nX-Peer: %s\r\n"
                   "X-Secure: %d\r\n",
                   req->method, req->path, value, header ? header : "", req->peer, req->secure);
    ut__http_reply(x, &(struct ut__http_response){.status = 200,
                                                  .type = "application/octet-stream",
                                                  .headers = headers,
                                                  .body = req->body,
                                                  .len_bytes = req->body_len_bytes});
}

static void on_big(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    static const char block[16384];
    (void)req;
    (void)arg;
    ut__http_reply(
        x, &(struct ut__http_response){.status = 200, .body = block, .len_bytes = sizeof block});
}

static void later_gone(void *arg)
{
    struct later *l = arg;
    tmr_cancel(&l->tmr);
    free(l);
    gone_count++;
}

static void later_answer(void *arg)
{
    struct later *l = arg;
    const struct ut__http_request *req = ut__http_request(l->x);
    ut__http_reply(l->x, &(struct ut__http_response){
                             .status = 200, .body = req->body, .len_bytes = req->body_len_bytes});
    free(l);
}

static void stream_more(void *arg)
{
    struct later *l = arg;
    char text[64];
    int len = snprintf(text, sizeof text, "id: %d\ndata: tick\n\n", l->n);
    if (l->n++ == 3) {
        ut__http_stream_end(l->x);
        free(l);
        return;
    }
    (void)!ut__http_stream_write(l->x, text, (size_t)len);
    tmr_start(&l->tmr, 20, stream_more, l);
}

static struct later *later_create(struct ut__http_exchange *x)
{
    struct later *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->x = x;
    tmr_init(&l->tmr);
    ut__http_on_gone(x, later_gone, l);
    return l;
}

static void on_later(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    (void)arg;
    struct later *l = later_create(x);
    if (strcmp(req->path, "/later/never") != 0)
        tmr_start(&l->tmr, 50, later_answer, l);
}

static void on_stream(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    (void)req;
    (void)arg;
    struct later *l = later_create(x);
    const struct ut__http_response r = {.status = 200, .type = "text/event-stream"};
    if (ut__http_stream_begin(x, &r) == 0)
        tmr_start(&l->tmr, 20, stream_more, l);
}

/* Writes until it is told that no more fits, then waits to be drained, 8 MiB in all. */
static void flood(void *arg)
{
    static const char block[16384];
    struct later *l = arg;
    while (l->n < 512) {
        if (ut__http_stream_write(l->x, block, sizeof block)) {
            ut__http_stream_on_drained(l->x, flood, l);
            return;
        }
        l->n++;
    }
    ut__http_stream_end(l->x);
    free(l);
}

static void on_flood(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    (void)req;
    (void)arg;
    struct later *l = later_create(x);
    if (ut__http_stream_begin(x, &(struct ut__http_response){.status = 200}) == 0)
        flood(l);
}

static void on_message(struct ut__ws *ws, enum ut__ws_kind kind, const uint8_t *data, size_t len,
                       void *arg)
{
    (void)arg;
    if (len == 3 && memcmp(data, "bye", 3) == 0) {
        ut__ws_close(ws, UT__WS_POLICY, "as you wish");
        return;
    }
    if (len == 5 && memcmp(data, "flood", 5) == 0) {
        static const char block[16384];
        unsigned sent = 0;
        while (ut__ws_send(ws, UT__WS_BINARY, block, sizeof block) == 0 && sent < 1000)
            sent++;
        fprintf(stderr, "flooded %u queued %zu\n", sent, ut__ws_queued(ws));
        return;
    }
    (void)!ut__ws_send(ws, kind, data, len);
}

static void on_closed(struct ut__ws *ws, uint16_t code, void *arg)
{
    (void)ws;
    (void)arg;
    fprintf(stderr, "closed %u\n", code);
}

static void on_ws(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    (void)req;
    (void)arg;
    struct ut__ws_config cfg = ut__ws_config_default();
    cfg.message_max_bytes = 65536;
    cfg.ping_ms = 1000;
    cfg.message = on_message;
    cfg.closed = on_closed;
    if (ut__ws_offers(x, "echo.example"))
        cfg.subprotocol = "echo.example";
    struct ut__ws *ws;
    (void)!ut__ws_accept(&ws, x, &cfg);
}

static void on_stats(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    (void)req;
    (void)arg;
    struct ut__http_stats s;
    ut__http_get_stats(http, &s);
    char text[256];
    int len = snprintf(text, sizeof text,
                       "{\"connections\":%u,\"requests\":%u,\"refused\":%u,\"bad\":%u,"
                       "\"timeouts\":%u,\"gone\":%u}",
                       s.connections, (unsigned)s.requests, (unsigned)s.refused,
                       (unsigned)s.bad_requests, (unsigned)s.timeouts, gone_count);
    ut__http_reply(
        x, &(struct ut__http_response){
               .status = 200, .type = "application/json", .body = text, .len_bytes = (size_t)len});
}

static void on_stdin(int flags, void *arg)
{
    (void)flags;
    (void)arg;
    re_cancel();
}

static void on_signal(int sig)
{
    (void)sig;
    re_cancel();
}

int main(int argc, char **argv)
{
    struct ut__http_config cfg = ut__http_config_default();
    cfg.listen = "127.0.0.1:0";
    cfg.cert_file = argc > 1 ? argv[1] : NULL;
    cfg.key_file = argc > 2 ? argv[2] : NULL;
    cfg.max_connections = 20;
    cfg.max_per_peer = 18;
    struct ut__cidr proxies[2]; /* Clients of these addresses are proxies. */
    if (ut__cidr_parse(&proxies[0], "127.0.0.2") || ut__cidr_parse(&proxies[1], "127.0.3.0/24"))
        return 1;
    cfg.proxies = proxies;
    cfg.proxy_count = 2;
    cfg.header_max_bytes = 4096;
    cfg.body_max_bytes = 100000;
    cfg.stream_max_bytes = 1000000;
    cfg.request_timeout_ms = 2000;
    cfg.response_timeout_ms = 2500;
    cfg.idle_timeout_ms = 6000;
    char why[256] = "";
    if (ut__loop_init(why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    int err = ut__http_create(&http, &cfg, why, sizeof why);
    if (err) {
        fprintf(stderr, "%s\n", why);
        libre_close();
        return 2;
    }
    if (ut__http_route(http, "/", on_echo, NULL) ||
        ut__http_route(http, "/later/", on_later, NULL) ||
        ut__http_route(http, "/stream", on_stream, NULL) ||
        ut__http_route(http, "/big", on_big, NULL) ||
        ut__http_route(http, "/flood", on_flood, NULL) ||
        ut__http_route(http, "/ws", on_ws, NULL) || ut__http_route(http, "/stats", on_stats, NULL))
        return 1;
    printf("%u\n", ut__http_port(http));
    (void)fflush(stdout);
    (void)fd_listen(STDIN_FILENO, FD_READ, on_stdin, NULL);
    (void)re_main(on_signal);
    fd_close(STDIN_FILENO);
    ut__http_destroy(http);
    libre_close();
    tmr_debug();
    mem_debug();
    return 0;
}

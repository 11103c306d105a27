/* SPDX-License-Identifier: MIT */
/* WebSocket over a connection of the HTTP listener: handshake, pings, the end. */

#include "net/ws.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_conn.h"
#include "net/ws_frames.h"

enum {
    CLOSE_WAIT_MS = 5000,
    KEY_LEN = 24,          /* Base64 of 16 bytes. */
    CONTROL_SLACK = 65536, /* Pongs beyond stream_max_bytes: five hundred of the longest. */
    FRAME_HEAD_MAX = 14
};

struct ut__ws {
    struct ut__http_exchange *x;
    struct ut__ws_frames *frames;
    struct ut__ws_config cfg; /* Its strings are not kept. */
    struct tmr tmr;
    bool heard;   /* Something came since the last ping. */
    bool waiting; /* A ping is out. */
    bool closing; /* We asked to close, or began to. */
    uint16_t code;
};

struct ut__ws_config ut__ws_config_default(void)
{
    return (struct ut__ws_config){.message_max_bytes = 65536, .ping_ms = 20000};
}

int ut__ws_offers(const struct ut__http_exchange *x, const char *name)
{
    return ut__http_has_token(ut__http_header(x, "Sec-WebSocket-Protocol"), name);
}

static void on_end(void *arg)
{
    struct ut__ws *ws = arg;
    ut__http_conn_retire(ws->x);
}

static void end_soon(struct ut__ws *ws)
{
    tmr_start(&ws->tmr, 0, on_end, ws);
}

static void on_ping_due(void *arg)
{
    struct ut__ws *ws = arg;
    if (ws->waiting && !ws->heard) {
        ut__http_conn_drop(ws->x);
        return;
    }
    ws->waiting = !ws->heard;
    if (ws->waiting)
        ut__ws_frames_ping(ws->frames);
    ws->heard = false;
    tmr_start(&ws->tmr, ws->cfg.ping_ms, on_ping_due, ws);
}

static void begin_closing(struct ut__ws *ws)
{
    if (ws->closing)
        return;
    ws->closing = true;
    tmr_start(&ws->tmr, CLOSE_WAIT_MS, on_end, ws);
}

static void on_message(int kind, const uint8_t *data, size_t len, void *arg)
{
    struct ut__ws *ws = arg;
    if (ws->cfg.message)
        ws->cfg.message(ws, (enum ut__ws_kind)kind, data, len, ws->cfg.arg);
}

static int on_send(const uint8_t *buf, size_t len, void *arg)
{
    struct ut__ws *ws = arg;
    int err = ut__http_conn_send(ws->x, buf, len,
                                 (size_t)ws->x->http->cfg.stream_max_bytes + CONTROL_SLACK);
    if (err == UT_ENOSPC) /* Messages are refused before: it pings on and does not read. */
        ut__http_conn_drop_soon(ws->x);
    return err;
}

static void on_received(const uint8_t *buf, size_t len, void *arg)
{
    struct ut__ws *ws = arg;
    ws->heard = true;
    if (ut__ws_frames_push(ws->frames, buf, len)) {
        ws->code = ut__ws_frames_code(ws->frames);
        ws->closing = true;
        end_soon(ws); /* Not from inside wslay. */
    } else if (ut__ws_frames_closing(ws->frames)) {
        begin_closing(ws);
    }
}

static void on_drained(void *arg)
{
    struct ut__ws *ws = arg;
    if (ws->cfg.drained && !ws->closing)
        ws->cfg.drained(ws, ws->cfg.arg);
}

static void on_closed(void *arg)
{
    struct ut__ws *ws = arg;
    tmr_cancel(&ws->tmr);
    if (ws->cfg.closed)
        ws->cfg.closed(ws, ws->code, ws->cfg.arg);
    ut__ws_frames_destroy(ws->frames);
    free(ws);
}

/* Section 4.2.2: the hash of the key and a fixed UUID. out: [29]. */
static void accept_text(const char *key, char *out)
{
    static const char uuid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[KEY_LEN + sizeof uuid];
    uint8_t digest[SHA_DIGEST_LENGTH];
    memcpy(text, key, KEY_LEN);
    memcpy(text + KEY_LEN, uuid, sizeof uuid);
    (void)SHA1((const unsigned char *)text, KEY_LEN + sizeof uuid - 1, digest);
    size_t len = 28;
    (void)base64_encode(digest, sizeof digest, out, &len);
    out[len] = 0;
}

/* The client's key when the request is a handshake; else it is answered and NULL comes back. */
static const char *check_handshake(struct ut__http_exchange *x)
{
    const char *version = ut__http_header(x, "Sec-WebSocket-Version");
    if (strcmp(x->req.method, "GET") != 0 || x->head->http10 ||
        !ut__http_has_token(ut__http_header(x, "Upgrade"), "websocket") ||
        !ut__http_has_token(ut__http_header(x, "Connection"), "upgrade")) {
        ut__http_error(x, 426, "A WebSocket client is wanted here.",
                       "Ask with GET, Upgrade: websocket and Connection: Upgrade.");
        return NULL;
    }
    if (!version || strcmp(version, "13") != 0) {
        ut__http_error(x, 426, "This version of WebSocket is not spoken.",
                       "Send Sec-WebSocket-Version: 13.");
        return NULL;
    }
    const char *key = ut__http_header(x, "Sec-WebSocket-Key");
    uint8_t raw[32];
    size_t raw_len = sizeof raw;
    if (!key || strlen(key) != KEY_LEN || base64_decode(key, KEY_LEN, raw, &raw_len) ||
        raw_len != 16) {
        ut__http_error(x, 400, "Sec-WebSocket-Key is not the base64 of 16 bytes.",
                       "Send a key as RFC 6455 describes it.");
        return NULL;
    }
    if (x->in_len > x->head_len + x->body_len || x->body_len) {
        ut__http_error(x, 400, "Bytes follow the handshake before its answer.",
                       "Wait for the answer.");
        return NULL;
    }
    return key;
}

static int send_101(struct ut__http_exchange *x, const char *key, const struct ut__ws_config *cfg)
{
    char accept[32];
    accept_text(key, accept);
    struct mbuf *mb = mbuf_alloc(512);
    if (!mb)
        return UT_EIO;
    int err = mbuf_printf(mb,
                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n",
                          accept);
    if (cfg->subprotocol)
        err |= mbuf_printf(mb, "Sec-WebSocket-Protocol: %s\r\n", cfg->subprotocol);
    if (cfg->headers)
        err |= mbuf_write_str(mb, cfg->headers);
    err |= mbuf_write_str(mb, "\r\n");
    err = err ? UT_EIO : ut__http_conn_send(x, mb->buf, mb->end, 0);
    mem_deref(mb);
    return err;
}

int ut__ws_accept(struct ut__ws **out, struct ut__http_exchange *x, const struct ut__ws_config *cfg)
{
    static const struct ut__http_taker taker = {on_received, on_drained, on_closed};
    const char *key = check_handshake(x);
    if (!key)
        return UT_EMALFORMED;
    struct ut__ws *ws = calloc(1, sizeof *ws);
    const struct ut__ws_frames_handlers handlers = {on_message, on_send, ws};
    if (!ws || ut__ws_frames_create(&ws->frames, cfg->message_max_bytes, &handlers)) {
        free(ws);
        ut__http_error(x, 503, "There is no memory for the connection.", "Try again in a moment.");
        return UT_ENOMEM;
    }
    ws->x = x;
    ws->cfg = *cfg;
    ws->cfg.subprotocol = ws->cfg.headers = NULL;
    ws->code = UT__WS_ABNORMAL;
    tmr_init(&ws->tmr);
    if (send_101(x, key, cfg)) {
        ut__ws_frames_destroy(ws->frames);
        free(ws);
        ut__http_on_gone(x, NULL, NULL);
        ut__http_conn_drop_soon(x);
        return UT_EIO;
    }
    ut__http_conn_take(x, &taker, ws);
    if (ws->cfg.ping_ms)
        tmr_start(&ws->tmr, ws->cfg.ping_ms, on_ping_due, ws);
    *out = ws;
    return 0;
}

int ut__ws_send(struct ut__ws *ws, enum ut__ws_kind kind, const void *data, size_t len)
{
    if (ws->closing)
        return UT_EIO;
    size_t queued = ut__ws_queued(ws);
    if (queued + len + FRAME_HEAD_MAX > ws->x->http->cfg.stream_max_bytes)
        return UT_ENOSPC;
    int err = ut__ws_frames_send(ws->frames, (int)kind, data, len);
    if (!err && ws->cfg.drained && ut__ws_queued(ws))
        ut__http_conn_watch(ws->x);
    return err == UT_ENOMEM ? UT_ENOSPC : err;
}

size_t ut__ws_queued(const struct ut__ws *ws)
{
    return ws->x->dead ? 0 : tcp_conn_txqsz(ws->x->tc) + ut__ws_frames_queued(ws->frames);
}

void ut__ws_close(struct ut__ws *ws, uint16_t code, const char *reason)
{
    if (ws->closing)
        return;
    ut__ws_frames_close(ws->frames, code, reason);
    begin_closing(ws);
}

void ut__ws_end(struct ut__ws *ws, uint16_t code, const char *reason)
{
    ut__ws_close(ws, code, reason);
    ut__http_conn_retire(ws->x);
}

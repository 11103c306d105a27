/* SPDX-License-Identifier: MIT */
/*
 * Between the shared listener, a vendor's protocol and the port.
 *
 *     /media/x -> proof -> 101 -> [protocol state machine] -> sink below -> port -> worker
 */

#include "ingress/websocket/websocket.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/websocket/media_call.h"
#include "ingress/websocket/vendor_auth.h"
#include "ingress/websocket/ws_media.h"
#include "net/limit.h"
#include "net/re.h"
#include "net/ws.h"

enum {
    START_MS = 10000, /* For the first message that opens a call. */
    LEAVE_MS = 5000,  /* For the peer to close after it was asked to. */
    MAX_STREAMS = 2000,
    URL_MAX = 1024,
    GUESSES_MAX =
        10 /* Wrong secrets a second of one address: a wrong setting blocks no right one. */
};

struct endpoint {
    struct ut__websocket *owner;
    const struct ut__media_protocol *protocol;
};

struct ut__websocket {
    struct ut__http *http;
    struct ut__media_calls calls;
    char *public_url, *twilio_token, *audiohook_key, *audiohook_secret, *bearer_token;
    struct endpoint twilio, audiohook, fork;
    struct list streams;
    struct ut__websocket_stats stats;
    int (*may_send)(void *arg, const struct ut__http_exchange *x);
    void *arg;
    uint32_t max_streams;
    int staged; /* 1: a demo takes media from nobody. */
    struct ut__limit limit;
    struct ut__auth_nonces nonces;
};

struct stream {
    struct le le;
    struct ut__websocket *owner;
    const struct ut__media_protocol *protocol;
    struct ut__media_sink sink;
    void *state;
    struct ut__ws *ws;
    struct ut__media_call *call;
    uint8_t takes_over; /* The call that opens is one that another connection holds. */
    struct tmr tmr;
};

static void end_call(struct stream *s, const char *reason)
{
    struct ut__media_call *call = s->call;
    s->call = NULL;
    ut__media_call_end(call, reason);
}

static void lose_call(struct stream *s, const char *reason)
{
    struct ut__media_call *call = s->call;
    s->call = NULL;
    ut__media_call_lost(call, reason);
}

/* The daemon ended the call; its handle is dead already. */
static void on_call_ended(void *arg, const char *reason)
{
    struct stream *s = arg;
    s->call = NULL;
    s->protocol->ended(s->state, reason);
}

static void sink_takes_over(void *arg)
{
    struct stream *s = arg;
    s->takes_over = 1;
}

/* The peer has made its connection again before we have seen that the old one is gone. */
static void take_over(const struct stream *by, const char *id)
{
    for (struct le *le = by->owner->streams.head; le; le = le->next) {
        struct stream *s = le->data;
        if (s == by || s->protocol != by->protocol || !ut__media_call_is(s->call, id))
            continue;
        lose_call(s, "connection lost");
        ut__ws_close(s->ws, UT__WS_NORMAL, "another connection goes on with the call");
        return;
    }
}

static int sink_open(void *arg, const struct ut__call_info *info, uint32_t caller_rate_hz,
                     uint32_t agent_rate_hz)
{
    struct stream *s = arg;
    struct ut__port_open open = {.info = *info,
                                 .caller_rate_hz = caller_rate_hz,
                                 .agent_rate_hz = agent_rate_hz,
                                 .ended = on_call_ended,
                                 .arg = s};
    (void)snprintf(open.info.source, sizeof open.info.source, "%s", s->protocol->name);
    tmr_cancel(&s->tmr);
    if (s->takes_over)
        take_over(s, info->id);
    return ut__media_call_open(&s->call, &s->owner->calls, &open);
}

static void sink_audio(void *arg, enum ut_role role, enum ut__port_codec codec, const void *bytes,
                       size_t len_bytes)
{
    struct stream *s = arg;
    if (s->call)
        ut__media_call_push(s->call, role, codec, bytes, len_bytes);
}

static void sink_gap(void *arg, enum ut_role role, uint32_t samples)
{
    struct stream *s = arg;
    if (s->call)
        ut__media_call_gap(s->call, role, samples);
}

static void sink_hold(void *arg, int on_hold)
{
    struct stream *s = arg;
    if (s->call)
        ut__media_call_hold(s->call, on_hold);
}

static void sink_say(void *arg, const char *text, size_t len)
{
    struct stream *s = arg;
    tmr_cancel(&s->tmr);
    if (ut__ws_send(s->ws, UT__WS_TEXT, text, len) == UT_ENOSPC)
        ut__ws_close(s->ws, UT__WS_POLICY, "answers are not read");
}

static void on_leave_due(void *arg)
{
    struct stream *s = arg;
    ut__ws_close(s->ws, UT__WS_NORMAL, "no close came");
}

static void sink_leave(void *arg, const char *reason)
{
    struct stream *s = arg;
    end_call(s, reason);
    tmr_start(&s->tmr, LEAVE_MS, on_leave_due, s);
}

static void sink_close(void *arg, uint16_t code, const char *reason)
{
    struct stream *s = arg;
    if (code == UT__MEDIA_PROTOCOL || code == UT__MEDIA_UNSUPPORTED || code == UT__MEDIA_POLICY) {
        s->owner->stats.errors++;
        UT__LOG(UT__LOG_WARN,
                code == UT__MEDIA_PROTOCOL ? "media stream broke its protocol"
                                           : "media stream refused",
                ut__log_str("kind", s->protocol->name), ut__log_str("reason", reason));
    }
    end_call(s, code == UT__MEDIA_NORMAL ? "hangup" : "protocol error");
    ut__ws_close(s->ws, code, reason);
}

static void on_start_due(void *arg)
{
    struct stream *s = arg;
    s->owner->stats.errors++;
    ut__ws_close(s->ws, UT__WS_POLICY, "no start of media in time");
}

static void on_message(struct ut__ws *ws, enum ut__ws_kind kind, const uint8_t *data, size_t len,
                       void *arg)
{
    struct stream *s = arg;
    (void)ws;
    if (kind == UT__WS_TEXT || ut__media_is_text(data, len)) {
        const char *text = ut__media_text(data, &len);
        s->protocol->text(s->state, text, len);
    } else {
        s->protocol->binary(s->state, data, len);
    }
}

static void on_closed(struct ut__ws *ws, uint16_t code, void *arg)
{
    struct stream *s = arg;
    (void)ws;
    tmr_cancel(&s->tmr);
    if (code == UT__WS_ABNORMAL || code == UT__WS_GOING_AWAY)
        lose_call(s, "connection lost");
    else
        end_call(s, "hangup");
    list_unlink(&s->le);
    s->owner->stats.streams--;
    s->protocol->destroy(s->state);
    free(s->state);
    free(s);
}

static const char *header_of(void *arg, const char *name)
{
    return ut__http_header(arg, name);
}

/* The URL or host by which the vendor called us. */
static void called_url(const struct ut__websocket *w, const struct ut__http_exchange *x,
                       const char *scheme, char *url, size_t cap)
{
    const char *host = ut__http_header(x, "Host");
    if (w->public_url)
        (void)snprintf(url, cap, "%s%s", w->public_url, ut__http_request(x)->target);
    else
        (void)snprintf(url, cap, "%s://%s%s", scheme, host ? host : "",
                       ut__http_request(x)->target);
}

static int proves_twilio(const struct ut__websocket *w, struct ut__http_exchange *x)
{
    const char *signature = ut__http_header(x, "X-Twilio-Signature");
    char url[URL_MAX];
    called_url(w, x, "wss", url, sizeof url);
    return ut__auth_twilio(w->twilio_token, url, signature);
}

static int proves_audiohook(struct ut__websocket *w, struct ut__http_exchange *x)
{
    if (!ut__auth_same(w->audiohook_key, ut__http_header(x, "X-API-KEY")))
        return 0;
    if (!w->audiohook_secret)
        return 1;
    const char *authority = w->public_url ? strstr(w->public_url, "//") : NULL;
    authority = authority ? authority + 2 : ut__http_header(x, "Host");
    const struct ut__auth_signed req = {.target = ut__http_request(x)->target,
                                        .authority = authority ? authority : "",
                                        .signature = ut__http_header(x, "Signature"),
                                        .signature_input = ut__http_header(x, "Signature-Input"),
                                        .header = header_of,
                                        .arg = x,
                                        .now_s = ut__clock_wall_us() / 1000000,
                                        .life_s = UT__AUTH_LIFE_MAX_S,
                                        .nonces = &w->nonces};
    return ut__auth_audiohook(w->audiohook_secret, &req);
}

static int may_come(const struct endpoint *e, struct ut__http_exchange *x)
{
    struct ut__websocket *w = e->owner;
    int secret = w->bearer_token != NULL;
    if (w->bearer_token && ut__auth_bearer(w->bearer_token, ut__http_header(x, "Authorization")))
        return 1;
    if (e == &w->twilio && w->twilio_token) {
        if (proves_twilio(w, x))
            return 1;
        secret = 1;
    }
    if (e == &w->audiohook && w->audiohook_key) {
        if (proves_audiohook(w, x))
            return 1;
        secret = 1;
    }
    if (w->may_send && w->may_send(w->arg, x))
        return 1;
    return !secret && !w->staged && ut__http_is_neighbour(x);
}

static struct stream *stream_create(struct ut__websocket *w,
                                    const struct ut__media_protocol *protocol, const char *query)
{
    struct stream *s = calloc(1, sizeof *s);
    void *state = calloc(1, protocol->state_bytes);
    if (!s || !state) {
        free(s);
        free(state);
        return NULL;
    }
    s->owner = w;
    s->protocol = protocol;
    s->state = state;
    s->sink = (struct ut__media_sink){.open = sink_open,
                                      .audio = sink_audio,
                                      .gap = sink_gap,
                                      .hold = sink_hold,
                                      .takes_over = sink_takes_over,
                                      .say = sink_say,
                                      .leave = sink_leave,
                                      .close = sink_close,
                                      .arg = s};
    tmr_init(&s->tmr);
    protocol->init(state, &s->sink, query);
    return s;
}

static void accept_stream(const struct endpoint *e, struct ut__http_exchange *x)
{
    struct ut__websocket *w = e->owner;
    struct stream *s = stream_create(w, e->protocol, ut__http_request(x)->query);
    if (!s) {
        ut__http_error(x, 503, "There is no memory for the stream.", "Try again in a moment.");
        return;
    }
    struct ut__ws_config cfg = ut__ws_config_default();
    cfg.message_max_bytes = UT__MEDIA_MESSAGE_MAX;
    cfg.message = on_message;
    cfg.closed = on_closed;
    cfg.arg = s;
    static const char *const subprotocols[] = {"audio.drachtio.org", "audio.jambonz.org", "media"};
    for (size_t i = 0; i < sizeof subprotocols / sizeof subprotocols[0]; i++)
        if (ut__ws_offers(x, subprotocols[i]))
            cfg.subprotocol = subprotocols[i];
    if (ut__ws_accept(&s->ws, x, &cfg)) {
        e->protocol->destroy(s->state);
        free(s->state);
        free(s);
        return;
    }
    w->stats.accepted++;
    w->stats.streams++;
    list_append(&w->streams, &s->le, s);
    tmr_start(&s->tmr, START_MS, on_start_due, s);
}

static int brings_secret(const struct ut__http_exchange *x)
{
    return ut__http_header(x, "Authorization") || ut__http_header(x, "X-API-KEY") ||
           ut__http_header(x, "X-Twilio-Signature");
}

/* One that waits for its connection may be whose this is. */
static int is_full(const struct ut__websocket *w)
{
    struct ut__load load = ut__port_load(w->calls.port);
    return !ut__load_room(&load) && list_isempty(&w->calls.waiting);
}

static void on_request(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg)
{
    const struct endpoint *e = arg;
    struct ut__websocket *w = e->owner;
    int64_t now_ms = ut__clock_mono_us() / 1000;
    if (ut__limit_wait_s(&w->limit, req->peer, now_ms) > 0) {
        w->stats.refused++;
        ut__http_error(x, 429, "Too many wrong secrets come from this address.",
                       "Configure the same on both sides.");
    } else if (!may_come(e, x)) {
        if (brings_secret(x))
            ut__limit_failed(&w->limit, req->peer, now_ms);
        w->stats.refused++;
        UT__LOG(UT__LOG_WARN, "media stream refused", ut__log_str("kind", e->protocol->name),
                ut__log_str("peer", req->peer));
        ut__http_error(x, 401, "The signature or token does not match the configuration.",
                       "Configure the same on both sides; without any only programs on this "
                       "machine may send, no web page and nobody through a proxy.");
    } else if (w->stats.streams >= w->max_streams) {
        w->stats.refused++;
        ut__http_error(x, 503, "Too many media streams are open.", "Try again in a moment.");
    } else if (is_full(w)) {
        w->stats.refused++;
        ut__http_error(x, 503, "This node takes no more calls: it drains, or max-calls are there.",
                       "Try another node, or again in a moment.");
    } else {
        accept_stream(e, x);
    }
}

/* Returns 0 with a copy, or NULL for an unset text, in *out; UT_ENOMEM. */
static int copy(char **out, const char *text)
{
    *out = NULL;
    if (!text || !text[0])
        return 0;
    *out = strdup(text);
    return *out ? 0 : UT_ENOMEM;
}

static int start(struct ut__websocket *w, const struct ut__websocket_config *cfg)
{
    int err = copy(&w->public_url, cfg->public_url);
    if (!err)
        err = copy(&w->twilio_token, cfg->twilio_token);
    if (!err)
        err = copy(&w->audiohook_key, cfg->audiohook_key);
    if (!err)
        err = copy(&w->audiohook_secret, cfg->audiohook_secret);
    if (!err)
        err = copy(&w->bearer_token, cfg->bearer_token);
    if (!err)
        err = ut__http_route(w->http, "/media/twilio", on_request, &w->twilio);
    if (!err)
        err = ut__http_route(w->http, "/media/audiohook", on_request, &w->audiohook);
    if (!err)
        err = ut__http_route(w->http, "/media/fork", on_request, &w->fork);
    return err;
}

int ut__websocket_start(struct ut__websocket **out, const struct ut__websocket_config *cfg,
                        struct ut__http *http, const struct ut__port *port)
{
    struct ut__websocket *w = calloc(1, sizeof *w);
    if (!w)
        return UT_ENOMEM;
    w->http = http;
    w->calls = (struct ut__media_calls){.port = port, .rejoin_s = cfg->rejoin_s};
    list_init(&w->calls.waiting);
    w->may_send = cfg->may_send;
    w->arg = cfg->arg;
    w->max_streams = cfg->max_streams ? cfg->max_streams : MAX_STREAMS;
    w->staged = cfg->staged;
    w->limit = (struct ut__limit){.tries = GUESSES_MAX, .window_ms = 1000};
    w->twilio = (struct endpoint){w, &ut__media_twilio};
    w->audiohook = (struct endpoint){w, &ut__media_audiohook};
    w->fork = (struct endpoint){w, &ut__media_fork};
    list_init(&w->streams);
    int err = start(w, cfg);
    if (err)
        ut__websocket_stop(w);
    else
        *out = w;
    return err;
}

/* Overwrites a secret before its memory goes to somebody else. */
static void forget(char *secret)
{
    if (secret)
        OPENSSL_cleanse(secret, strlen(secret));
    free(secret);
}

void ut__websocket_stop(struct ut__websocket *w)
{
    if (!w)
        return;
    ut__http_unroute(w->http, "/media/twilio");
    ut__http_unroute(w->http, "/media/audiohook");
    ut__http_unroute(w->http, "/media/fork");
    while (w->streams.head) {
        struct stream *s = w->streams.head->data;
        end_call(s, "shutdown");
        ut__ws_end(s->ws, UT__WS_GOING_AWAY, "shutdown");
    }
    ut__media_calls_stop(&w->calls);
    free(w->public_url);
    forget(w->twilio_token);
    forget(w->audiohook_key);
    forget(w->audiohook_secret);
    forget(w->bearer_token);
    free(w);
}

void ut__websocket_get_stats(const struct ut__websocket *w, struct ut__websocket_stats *out)
{
    *out = w->stats;
}

/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_WS_H
#define UT_NET_WS_H

/*
 * WebSocket (RFC 6455), server side, on wslay. A handler of net/http.h turns its exchange into one:
 *
 *     static void on_request(struct ut__http_exchange *x, const struct ut__http_request *req,
 *                            void *arg)
 *     {
 *         struct ut__ws_config cfg = ut__ws_config_default();
 *         cfg.message = on_message;
 *         cfg.closed = on_closed;
 *         cfg.arg = client;
 *         if (ut__ws_accept(&client->ws, x, &cfg))
 *             client_free(client);          // Has been answered with 4xx.
 *     }
 *
 * Hub thread only. Pings are sent and answered here; text is checked to be UTF-8; fragments are put
 * together up to the limit. Sends never block and never wait: ask ut__ws_queued, skip what is
 * stale.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "net/http.h"

struct ut__ws;

enum ut__ws_kind { UT__WS_TEXT = 1, UT__WS_BINARY = 2 };

/* Close codes of RFC 6455, section 7.4.1. */
enum {
    UT__WS_NORMAL = 1000,
    UT__WS_GOING_AWAY = 1001,
    UT__WS_PROTOCOL_ERROR = 1002,
    UT__WS_NO_STATUS = 1005, /* Told, never sent: the peer gave no code. */
    UT__WS_ABNORMAL = 1006,  /* Told, never sent: the connection broke. */
    UT__WS_POLICY = 1008,
    UT__WS_TOO_BIG = 1009,
    UT__WS_INTERNAL = 1011
};

struct ut__ws_config {
    const char *subprotocol;  /* One that the client offered, echoed; NULL: none. */
    const char *headers;      /* More header lines for the 101, each ended by CR LF; or NULL. */
    size_t message_max_bytes; /* A longer message closes with 1009. */
    uint32_t ping_ms;         /* A ping after so long a silence of the peer; 0: never. A peer silent
                                 for two of them is dropped. */
    /* A message; data is borrowed for the call. The handler may send and close. */
    void (*message)(struct ut__ws *ws, enum ut__ws_kind kind, const uint8_t *data, size_t len,
                    void *arg);
    /* The end, exactly once; ws is not valid after. code: the peer's, or one of those above. */
    void (*closed)(struct ut__ws *ws, uint16_t code, void *arg);
    /* Nothing is queued any more, after something was; may be NULL. */
    void (*drained)(struct ut__ws *ws, void *arg);
    void *arg;
};

/** No subprotocol, 64 KiB a message, ping after 20 s. */
struct ut__ws_config ut__ws_config_default(void);

/**
 * Answers the handshake with 101; x is not valid after, whatever is returned.
 *
 * Returns 0; UT_EMALFORMED when the request is no WebSocket handshake (answered 400 or 426);
 * UT_ENOMEM (503); UT_EIO. No callback comes from inside this function.
 */
int ut__ws_accept(struct ut__ws **out, struct ut__http_exchange *x,
                  const struct ut__ws_config *cfg) UT_MUST_CHECK;

/** 1 when the client's Sec-WebSocket-Protocol offers name. */
int ut__ws_offers(const struct ut__http_exchange *x, const char *name);

/**
 * Sends a message; data is copied. Returns 0; UT_ENOSPC when the listener's stream_max_bytes would
 * be exceeded (nothing was taken); UT_EIO when it is closing.
 */
int ut__ws_send(struct ut__ws *ws, enum ut__ws_kind kind, const void *data,
                size_t len) UT_MUST_CHECK;

/** Bytes taken and not yet given to the system: the measure of how far the client is behind. */
size_t ut__ws_queued(const struct ut__ws *ws);

/**
 * Begins to close; `closed` follows when the peer agreed, at the latest after 5 s. reason: up to
 * 123 bytes of UTF-8 or NULL. May be called from any handler; closing twice is fine.
 */
void ut__ws_close(struct ut__ws *ws, uint16_t code, const char *reason);

/** Ends it at once, from outside its handlers: sends the close, calls `closed`; ws is not valid
    after. */
void ut__ws_end(struct ut__ws *ws, uint16_t code, const char *reason);

#endif

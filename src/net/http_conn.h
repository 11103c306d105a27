/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_HTTP_CONN_H
#define UT_NET_HTTP_CONN_H

/*
 * One client connection, which is also its current exchange.
 *
 *     HEAD -> BODY -> HANDLING -> HEAD ...                kept alive
 *                        |-> STREAMING -> HEAD
 *                        |-> UPGRADED                     a WebSocket has taken it
 *                        `-> FLUSHING -> LINGERING -> x   last answer
 */

#include "net/http.h"
#include "net/http_head.h"
#include "net/re.h"

enum ut__http_state {
    UT__HTTP_HEAD,
    UT__HTTP_BODY,
    UT__HTTP_HANDLING,
    UT__HTTP_STREAMING,
    UT__HTTP_UPGRADED,
    UT__HTTP_FLUSHING,
    UT__HTTP_LINGERING
};

enum { UT__HTTP_ROUTES_MAX = 32, UT__HTTP_ROUTE_MAX_BYTES = 64 };

struct ut__http_owner {
    char prefix[UT__HTTP_ROUTE_MAX_BYTES];
    ut__http_handler *handler;
    void *arg;
};

struct ut__http {
    struct ut__http_config cfg; /* Its strings are not kept. */
    struct tcp_sock *sock;
    struct tls *tls;
    struct list connections;
    struct ut__http_owner routes[UT__HTTP_ROUTES_MAX];
    size_t route_count;
    struct ut__http_stats stats;
};

/* Who took a connection over after 101. */
struct ut__http_taker {
    void (*received)(const uint8_t *buf, size_t len, void *arg);
    void (*drained)(void *arg);
    void (*closed)(void *arg); /* Once; the connection is not valid after. */
};

struct ut__http_exchange {
    struct le le;
    struct ut__http *http;
    struct tcp_conn *tc;
    struct tls_conn *sc;
    struct tmr tmr;
    struct sa peer;
    char peer_text[64]; /* Who is connected. */
    char client[64];    /* Whom the trusted proxy at the other end last spoke for; "" without. */
    enum ut__http_state state;
    bool refused; /* Over a limit: its first request gets 503. */
    bool keep;    /* Another request may follow this one. */
    bool chunked;
    bool no_body; /* HEAD. */
    bool behind;  /* The next request waits until the client has read. */
    bool dead;
    void (*process)(struct ut__http_exchange *x); /* Serves what has come: http_serve.c. */
    uint32_t busy; /* Calls of ours on the stack that still look at this connection. */
    struct ut__http_head *head;
    struct ut__http_request req;
    uint8_t *in;
    uint8_t *held; /* Where the body of the waiting request lies, when `in` had to grow. */
    size_t in_len, in_cap, scanned, head_len, body_len;
    uint64_t written, last_sent; /* To see whether the client takes anything. */
    void (*gone)(void *arg);
    void *gone_arg;
    void (*drained)(void *arg);
    void *drained_arg;
    const struct ut__http_taker *taker;
    void *taker_arg;
};

/** Takes the connection that libre holds ready at sock. */
void ut__http_conn_accept(struct ut__http *http, const struct sa *peer);

/** Keeps it in memory while a call of ours looks at it; `leave` returns 1 when it is gone. */
void ut__http_conn_enter(struct ut__http_exchange *x);
int ut__http_conn_leave(struct ut__http_exchange *x);

/** Drops it as timed out in so many milliseconds, unless another deadline comes first. */
void ut__http_conn_deadline(struct ut__http_exchange *x, uint32_t ms);

/** "OK" for 200 and so on; static. */
const char *ut__http_reason(int status);

/** Drops it now, with `gone` or `closed`; freed once no call of ours is on the stack. */
void ut__http_conn_drop(struct ut__http_exchange *x);

/** Drops it from the loop, so that no callback comes from inside an API call. */
void ut__http_conn_drop_soon(struct ut__http_exchange *x);

/** The exchange has its whole answer: next request, or flush and close. */
void ut__http_conn_finish(struct ut__http_exchange *x);

/** Sends bytes. limit: of queued bytes, 0: none. Returns 0, UT_ENOSPC, or UT_EIO (drops soon). */
int ut__http_conn_send(struct ut__http_exchange *x, const void *buf, size_t len, size_t limit);

/** Asks for one call of the drained handlers when all is sent. */
void ut__http_conn_watch(struct ut__http_exchange *x);

/** Watches that the client keeps taking what is queued. */
void ut__http_conn_patrol(struct ut__http_exchange *x);

/** Hands the connection to a taker, with what the client sent after its request. */
void ut__http_conn_take(struct ut__http_exchange *x, const struct ut__http_taker *taker, void *arg);

/** The taker is done: tells it `closed`, sends what is queued, and closes in good manner. */
void ut__http_conn_retire(struct ut__http_exchange *x);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_HTTP_H
#define UT_NET_HTTP_H

/*
 * An HTTP/1.1 listener that several owners share: supervisors' REST and pages, WebSocket media.
 *
 *     struct ut__http_config cfg = ut__http_config_default();
 *     cfg.listen = "127.0.0.1:8080";
 *     ut__http_create(&http, &cfg, why, sizeof why);
 *     ut__http_route(http, "/api/", on_request, state);
 *     ... libre's re_main() runs ...
 *     ut__http_destroy(http);
 *
 * Everything here belongs to the hub thread, the one that runs re_main(), handlers included. A
 * handler answers at once with ut__http_reply, or later (the exchange stays valid until it is
 * answered or `gone` comes), or turns the exchange into a stream or a WebSocket (net/ws.h).
 *
 * Requests come one at a time on a connection; what a client pipelines waits its turn.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

struct ut__cidr;
struct ut__http;
struct ut__http_exchange;

struct ut__http_config {
    const char *listen; /* "127.0.0.1:8080" or "[::1]:8080"; port 0: any free port. */
    int handed; /* A listening socket to take instead of opening one at `listen`; -1: none. Closed. */
    const char *cert_file;    /* PEM, leaf first, chain after it; NULL: plain HTTP. */
    const char *key_file;     /* PEM; NULL: in cert_file as well. */
    uint32_t max_connections; /* Beyond it a request gets 503; far beyond it, a closed door. */
    uint32_t max_per_peer;    /* Connections of one address; 0: no limit but the above. A
                                     trusted proxy's are counted by its clients' addresses. */
    const struct ut__cidr
        *proxies; /* [proxy_count], borrowed until destroy: hops that tell the truth of whom
                                       they speak for. */
    size_t proxy_count;
    uint32_t header_max_bytes;    /* Request line and headers; more gets 431. */
    uint32_t body_max_bytes;      /* More gets 413. */
    uint32_t stream_max_bytes;    /* Unsent bytes of one stream or WebSocket before ENOSPC. */
    uint32_t request_timeout_ms;  /* From the first byte of a request to its last: slow ones end. */
    uint32_t response_timeout_ms; /* For a handler to answer, and for the client to take it. */
    uint32_t idle_timeout_ms;     /* Between requests of a kept connection. */
};

/* A request. Strings are NUL-terminated; all is valid until the exchange is answered. */
struct ut__http_request {
    const char *method; /* "GET": as sent, methods are case-sensitive. */
    const char *target; /* Path and query as sent, percent-escapes included. */
    const char *path;   /* The target up to '?', not unescaped. */
    const char *query;  /* After '?'; "" when there is none. */
    const char *peer;   /* "192.0.2.1:5060"; "192.0.2.1" where a trusted proxy speaks for it. */
    const uint8_t *body;
    size_t body_len_bytes;
    int secure;  /* 1: came over TLS, to us or to the trusted proxy. */
    int proxied; /* 1: `peer` is what a trusted proxy says. */
};

typedef void ut__http_handler(struct ut__http_exchange *x, const struct ut__http_request *req,
                              void *arg);

/* What an answer consists of. */
struct ut__http_response {
    int status;          /* 200..599. */
    const char *type;    /* Content-Type; NULL: none. */
    const char *headers; /* More header lines, each ended by CR LF; NULL: none. Never unchecked
                            input: it is sent as it is. */
    const void *body;    /* Copied. */
    size_t len_bytes;
};

/* Counters since create, for metrics. */
struct ut__http_stats {
    uint32_t connections;  /* Open now. */
    uint64_t accepted;     /* Connections. */
    uint64_t requests;     /* Complete and well-formed. */
    uint64_t refused;      /* Connections over a limit. */
    uint64_t bad_requests; /* Answered 400, 413, 431, 501 or 505 here. */
    uint64_t timeouts;     /* Connections ended by a time-out other than the idle one. */
};

/** No address; 512 connections, 16 KiB head, 256 KiB body, 1 MiB unsent, 10 s, 30 s, 75 s. */
struct ut__http_config ut__http_config_default(void);

/**
 * Listens.
 *
 * cfg: borrowed for the call. why: [why_cap] gets a sentence with place and remedy on failure.
 * Returns 0; UT_EINVAL for an address, certificate or key that is none; UT_EIO when the system
 * refuses (port in use, no right); UT_ENOMEM.
 */
int ut__http_create(struct ut__http **out, const struct ut__http_config *cfg, char *why,
                    size_t why_cap) UT_MUST_CHECK;

/** Stops listening and drops every connection; `gone` and WebSocket closes are told. NULL is fine.
 */
void ut__http_destroy(struct ut__http *http);

/** The port that is listened on. */
uint16_t ut__http_port(const struct ut__http *http);

/**
 * Gives an owner a part of the path space; the longest matching prefix wins.
 *
 * prefix: copied; "/x/" holds all below it, "/x" that path and all below it, "/" everything.
 * Returns 0; UT_EINVAL when it does not begin with '/'; UT_ETOOBIG beyond 32 routes.
 */
int ut__http_route(struct ut__http *http, const char *prefix, ut__http_handler *handler,
                   void *arg) UT_MUST_CHECK;

/** Takes a route back; requests that are with its handler stay there. */
void ut__http_unroute(struct ut__http *http, const char *prefix);

void ut__http_get_stats(const struct ut__http *http, struct ut__http_stats *out);

/** The request of an exchange, for who answers later. */
const struct ut__http_request *ut__http_request(const struct ut__http_exchange *x);

/**
 * A header's value, or NULL. name: any case. Several of a name are joined by ", ". Valid as long as
 * the request.
 */
const char *ut__http_header(const struct ut__http_exchange *x, const char *name);

/**
 * A query parameter, unescaped.
 *
 * out: [cap], NUL-terminated on success. Returns its length; UT_EINVAL when it is absent;
 * UT_EMALFORMED for a broken escape or a NUL; UT_ENOSPC.
 */
int ut__http_query(const struct ut__http_exchange *x, const char *name, char *out, size_t cap);

/** Unescapes %XX (and '+' when plus is 1) of in: [len]; returns as ut__http_query. */
int ut__http_unescape(const char *in, size_t len, int plus, char *out, size_t cap);

/** Answers and ends the exchange; x is not valid after. A HEAD request gets no body. */
void ut__http_reply(struct ut__http_exchange *x, const struct ut__http_response *r);

/**
 * Answers {"error":{"code","message","remedy"}}, the code after the status. message, remedy: our
 * own sentences, without quotes, 400 bytes together.
 */
void ut__http_error(struct ut__http_exchange *x, int status, const char *message,
                    const char *remedy);

/**
 * Asks to be told when the client goes before the answer is complete; after that call x is not
 * valid. It also comes at response_timeout_ms and at ut__http_destroy. It does not come after
 * ut__http_reply or ut__http_stream_end.
 */
void ut__http_on_gone(struct ut__http_exchange *x, void (*gone)(void *arg), void *arg);

/*
 * A streamed answer: server-sent events (type "text/event-stream") or a long download. A client
 * that does not read for response_timeout_ms is dropped, with `gone`.
 */

/** Sends status and headers of r; its body is the first piece. x stays valid. Returns 0 or UT_EIO.
 */
int ut__http_stream_begin(struct ut__http_exchange *x, const struct ut__http_response *r);

/**
 * Sends a piece. Returns 0; UT_ENOSPC when stream_max_bytes would be exceeded: nothing was taken,
 * skip it or wait for `drained`.
 */
int ut__http_stream_write(struct ut__http_exchange *x, const void *piece,
                          size_t len_bytes) UT_MUST_CHECK;

/** Bytes taken and not yet given to the system. */
size_t ut__http_stream_queued(const struct ut__http_exchange *x);

/**
 * Bounds what the kernel holds unsent for this client, here or as a WebSocket: a client that does
 * not read is then seen to be behind after so many bytes instead of after megabytes.
 */
void ut__http_limit_unsent(struct ut__http_exchange *x, int len_bytes);

/** Asks for one call as soon as nothing is queued; never from inside this function. */
void ut__http_stream_on_drained(struct ut__http_exchange *x, void (*drained)(void *arg), void *arg);

/** Ends the stream; x is not valid after. */
void ut__http_stream_end(struct ut__http_exchange *x);

/** 1 for "127.0.0.1:80", "[::1]:80", "localhost:80" and the like. Any thread. */
int ut__http_is_loopback(const char *address);

/**
 * 1 for a program on this machine, for where no secret is configured: no proxy stands between, and no
 * web page sends it. A page always names its origin; one whose name was made to lead here names that
 * as Host.
 */
int ut__http_is_neighbour(const struct ut__http_exchange *x);

#endif

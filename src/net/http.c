/* SPDX-License-Identifier: MIT */
/* The listener: address, TLS, routes. */

#include "net/http.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/http_conn.h"

enum { BACKLOG = 128 };

struct ut__http_config ut__http_config_default(void)
{
    return (struct ut__http_config){.handed = -1,
                                    .max_connections = 512,
                                    .header_max_bytes = 16384,
                                    .body_max_bytes = 262144,
                                    .stream_max_bytes = 1048576,
                                    .request_timeout_ms = 10000,
                                    .response_timeout_ms = 30000,
                                    .idle_timeout_ms = 75000};
}

static void on_connection(const struct sa *peer, void *arg)
{
    ut__http_conn_accept(arg, peer);
}

/* The reason that OpenSSL gives for its last refusal. */
static const char *tls_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason ? reason : "unreadable";
}

/* libre loads one certificate of a file; the chain after it needs OpenSSL's own call. */
static int start_tls(struct ut__http *http, const struct ut__http_config *cfg, char *why,
                     size_t cap)
{
    if (tls_alloc(&http->tls, TLS_METHOD_SSLV23, NULL, NULL)) {
        (void)snprintf(why, cap, "TLS could not be set up");
        return UT_ENOMEM;
    }
    SSL_CTX *ctx = (SSL_CTX *)tls_openssl_context(http->tls);
    const char *key = cfg->key_file ? cfg->key_file : cfg->cert_file;
    (void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ctx, cfg->cert_file) != 1) {
        (void)snprintf(why, cap, "certificate %s: %s; a PEM file is wanted, leaf first",
                       cfg->cert_file, tls_reason());
        return UT_EINVAL;
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
        (void)snprintf(why, cap, "key %s: %s; a PEM file with the certificate's key is wanted", key,
                       tls_reason());
        return UT_EINVAL;
    }
    return 0;
}

/* 1 when it is a TCP socket that nobody has bound. */
static int is_fresh(int fd)
{
    int protocol = 0, listens = 1;
    struct sockaddr_storage at;
    struct sa bound;
    socklen_t one = sizeof protocol, len = sizeof at;
    return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &one) == 0 &&
           protocol == IPPROTO_TCP &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &one) == 0 && !listens &&
           getsockname(fd, (struct sockaddr *)&at, &len) == 0 &&
           sa_set_sa(&bound, (struct sockaddr *)&at) == 0 && sa_port(&bound) == 0;
}

/*
 * Not tcp_listen(): its backlog of 5 loses clients that come together. libre takes no socket that is
 * open already: one that was handed over takes the number of the one that libre has just opened, the
 * lowest that was free.
 */
static int listen_at(struct ut__http *http, const struct sa *local, int handed)
{
    int next = handed >= 0 ? fcntl(handed, F_DUPFD_CLOEXEC, 0) : -1;
    if (next >= 0)
        close(next);
    int err = tcp_sock_alloc(&http->sock, local, on_connection, http);
    if (!err && handed < 0)
        err = tcp_sock_bind(http->sock, local);
    else if (!err)
        err = next >= 0 && is_fresh(next) && fcntl(handed, F_SETFL, O_NONBLOCK) == 0 &&
                      dup3(handed, next, O_CLOEXEC) == next
                  ? 0
                  : EBADF;
    if (!err)
        err = tcp_sock_listen(http->sock, BACKLOG);
    if (handed >= 0)
        close(handed);
    return err;
}

static int start(struct ut__http *http, const struct ut__http_config *cfg, char *why, size_t cap)
{
    struct sa local;
    if (!cfg->listen || sa_decode(&local, cfg->listen, strlen(cfg->listen))) {
        (void)snprintf(why, cap, "%s is no address to listen on; write 127.0.0.1:8080",
                       cfg->listen ? cfg->listen : "nothing");
        return UT_EINVAL;
    }
    if (cfg->cert_file) {
        int err = start_tls(http, cfg, why, cap);
        if (err)
            return err;
    }
    int err = listen_at(http, &local, cfg->handed);
    if (err) {
        (void)snprintf(why, cap, "cannot listen on %s: %s%s", cfg->listen, strerror(err),
                       err == EADDRINUSE ? "; choose another port or end what uses it" : "");
        return err == ENOMEM ? UT_ENOMEM : UT_EIO;
    }
    return 0;
}

int ut__http_create(struct ut__http **out, const struct ut__http_config *cfg, char *why,
                    size_t why_cap)
{
    struct ut__http *http = calloc(1, sizeof *http);
    if (!http) {
        (void)snprintf(why, why_cap, "out of memory");
        return UT_ENOMEM;
    }
    http->cfg = *cfg;
    list_init(&http->connections);
    int err = start(http, cfg, why, why_cap);
    http->cfg.listen = http->cfg.cert_file = http->cfg.key_file = NULL;
    if (err)
        ut__http_destroy(http);
    else
        *out = http;
    return err;
}

void ut__http_destroy(struct ut__http *http)
{
    if (!http)
        return;
    mem_deref(http->sock);
    while (http->connections.head)
        ut__http_conn_drop(http->connections.head->data);
    mem_deref(http->tls);
    free(http);
}

uint16_t ut__http_port(const struct ut__http *http)
{
    struct sa local;
    if (tcp_sock_local_get(http->sock, &local))
        return 0;
    return sa_port(&local);
}

int ut__http_route(struct ut__http *http, const char *prefix, ut__http_handler *handler, void *arg)
{
    size_t len = strlen(prefix);
    if (prefix[0] != '/' || len >= UT__HTTP_ROUTE_MAX_BYTES || !handler)
        return UT_EINVAL;
    if (http->route_count == UT__HTTP_ROUTES_MAX)
        return UT_ETOOBIG;
    struct ut__http_owner *r = &http->routes[http->route_count++];
    memcpy(r->prefix, prefix, len + 1);
    r->handler = handler;
    r->arg = arg;
    return 0;
}

void ut__http_unroute(struct ut__http *http, const char *prefix)
{
    for (size_t i = 0; i < http->route_count; i++)
        if (strcmp(http->routes[i].prefix, prefix) == 0)
            http->routes[i--] = http->routes[--http->route_count];
}

void ut__http_get_stats(const struct ut__http *http, struct ut__http_stats *out)
{
    *out = http->stats;
}

/* SPDX-License-Identifier: MIT */
/* How many SIP connections there are, and the end of those that are too many. */

#include "ingress/sip/connections.h"

#include <dirent.h>
#include <linux/tcp.h> /* Its tcp_info counts bytes, the C library's does not. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ingress/sip/gather.h"

enum { LOOK_MS = 1000, FDS_MAX = 1 << 16 };

/* Who goes first: who never sent anything, then who was silent longest. */
static int idler(const struct ut__sip_connection *a, const struct ut__sip_connection *b)
{
    if ((a->bytes == 0) != (b->bytes == 0))
        return a->bytes == 0 ? -1 : 1;
    return (a->silent_ms < b->silent_ms) - (a->silent_ms > b->silent_ms);
}

static int by_host(const void *x, const void *y)
{
    const struct ut__sip_connection *a = x, *b = y;
    int order = memcmp(a->host, b->host, sizeof a->host);
    return order ? order : idler(a, b);
}

static int by_idleness(const void *x, const void *y)
{
    const struct ut__sip_connection *a = x, *b = y;
    return a->goes != b->goes ? b->goes - a->goes : idler(a, b);
}

size_t ut__sip_connections_choose(struct ut__sip_connection *list, size_t n, uint32_t max,
                                  uint32_t max_per_peer)
{
    size_t gone = 0;
    if (n == 0)
        return 0;
    qsort(list, n, sizeof list[0], by_host);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n; end++) {
            if (memcmp(list[end].host, list[i].host, sizeof list[i].host) != 0)
                break;
        }
        for (size_t k = i; k + max_per_peer < end; k++, gone++)
            list[k].goes = 1;
    }
    qsort(list, n, sizeof list[0], by_idleness);
    for (; gone + max < n; gone++)
        list[gone].goes = 1;
    return gone;
}

/* The host and port of an address. Returns 0 for none of IP. */
static uint16_t split(uint8_t host[16], const struct sockaddr_storage *a)
{
    memset(host, 0, 16);
    if (a->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)a;
        memcpy(host, &four->sin_addr, sizeof four->sin_addr);
        return ntohs(four->sin_port);
    }
    if (a->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)a;
        memcpy(host, &six->sin6_addr, sizeof six->sin6_addr);
        return ntohs(six->sin6_port);
    }
    return 0;
}

/* 1 when fd is a connection on one of our ports. */
static int read_connection(struct ut__sip_connection *out, const struct ut__sip_connections *c,
                           int fd)
{
    struct sockaddr_storage a = {0};
    struct tcp_info info;
    socklen_t len = sizeof a, info_len = sizeof info;
    int type = 0, ours = 0;
    socklen_t type_len = sizeof type;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_STREAM ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        return 0;
    uint16_t port = split(out->host, &a);
    for (size_t i = 0; i < c->port_count; i++)
        ours |= c->ports[i] == port;
    len = sizeof a;
    if (!ours || getpeername(fd, (struct sockaddr *)&a, &len) != 0 || !split(out->host, &a) ||
        getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_len) != 0)
        return 0;
    out->fd = fd;
    out->bytes = info.tcpi_bytes_received;
    out->silent_ms = info.tcpi_last_data_recv;
    out->goes = 0;
    return 1;
}

static void look(void *arg)
{
    struct ut__sip_connections *c = arg;
    struct ut__sip_connection *list = NULL;
    size_t n = 0, cap = 0;
    DIR *dir = opendir("/proc/self/fd");
    tmr_start(&c->tmr, LOOK_MS, look, c);
    ut__sip_gather_sweep();
    for (struct dirent *e; dir && (e = readdir(dir)) && n < FDS_MAX;) {
        struct ut__sip_connection one;
        if (e->d_name[0] == '.' || !read_connection(&one, c, (int)strtol(e->d_name, NULL, 10)))
            continue;
        if (n == cap) {
            cap = cap ? 2 * cap : 64;
            struct ut__sip_connection *more = realloc(list, cap * sizeof list[0]);
            if (!more)
                break;
            list = more;
        }
        list[n++] = one;
    }
    if (dir)
        closedir(dir);
    size_t gone = ut__sip_connections_choose(list, n, c->max, c->max / 2 ? c->max / 2 : 1);
    for (size_t i = 0; i < n; i++) {
        /* libre reads the end and lets go of it. */
        if (list[i].goes)
            shutdown(list[i].fd, SHUT_RDWR);
    }
    c->open = (uint32_t)(n - gone);
    c->closed += gone;
    if (gone)
        UT__LOG(UT__LOG_WARN, "SIP connections closed: there are more than sip-max-connections",
                ut__log_int("closed", (int64_t)gone), ut__log_int("left", c->open));
    free(list);
}

void ut__sip_connections_watch(struct ut__sip_connections *c, uint16_t port)
{
    if (c->port_count < UT__SIP_CONNECTION_PORTS)
        c->ports[c->port_count++] = port;
    if (!tmr_isrunning(&c->tmr))
        tmr_start(&c->tmr, LOOK_MS, look, c);
}

void ut__sip_connections_stop(struct ut__sip_connections *c)
{
    tmr_cancel(&c->tmr);
}

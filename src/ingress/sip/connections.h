/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_CONNECTIONS_H
#define UT_INGRESS_SIP_CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "net/re.h"

/*
 * A limit on SIP connections over TCP and TLS. libre accepts them by itself, ends those that send
 * no message for 32 s, and has no limit of its own: whoever opens thousands would leave no file
 * descriptor for anybody's media. So once a second the connections on our ports are counted, and
 * those beyond the limit are shut, the most idle first. One peer may have half of them. Hub thread.
 */

enum { UT__SIP_CONNECTION_PORTS = 64 };

struct ut__sip_connections {
    uint16_t ports[UT__SIP_CONNECTION_PORTS]; /* That we listen on. */
    size_t port_count;
    uint32_t max;
    uint32_t open;   /* At the last look. */
    uint64_t closed; /* Over the limit, since the start. */
    struct tmr tmr;
};

/* One connection, for the choice of those that go. */
struct ut__sip_connection {
    int fd;
    uint8_t host[16];
    uint64_t bytes;     /* Received. */
    uint32_t silent_ms; /* Since the last of them. */
    uint8_t goes;
};

/** Marks those that go: of each peer's beyond max_per_peer, then of all beyond max. Sorts. Pure. */
size_t ut__sip_connections_choose(struct ut__sip_connection *list, size_t n, uint32_t max,
                                  uint32_t max_per_peer);

/** Watches a port from now on; the first one starts the looks. */
void ut__sip_connections_watch(struct ut__sip_connections *c, uint16_t port);

void ut__sip_connections_stop(struct ut__sip_connections *c);

#endif

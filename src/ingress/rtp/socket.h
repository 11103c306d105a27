/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RTP_SOCKET_H
#define UT_INGRESS_RTP_SOCKET_H

#include <stdint.h>
#include <sys/socket.h>

#include <undertone/error.h>

/* UDP sockets for RTP: bound, non-blocking, with room for a burst. Hub thread. */

/** Fills in a socket address from a numeric address. Returns 0 or UT_EINVAL. */
int ut__rtp_address(struct sockaddr_storage *out, const char *host, uint16_t port) UT_MUST_CHECK;

/** Length of a socket address by its family. */
socklen_t ut__rtp_address_len(const struct sockaddr_storage *a);

/** Binds to one address and port. Returns the socket, or -1 with errno set. */
int ut__rtp_bind(const char *host, uint16_t port);

/* Ports are taken in turn, so that a port rests long after its call. */
struct ut__rtp_ports {
    uint16_t min, max, next; /* Even ports are used; the odd ones are RTCP's. */
};

/**
 * Binds to the next free even port of the range. *port: what it got. Returns the socket, or -1 when
 * none is free.
 */
int ut__rtp_bind_next(struct ut__rtp_ports *ports, const char *host, uint16_t *port);

#endif

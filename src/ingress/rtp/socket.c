/* SPDX-License-Identifier: MIT */
/* UDP sockets for RTP. */

#include "ingress/rtp/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 17 }; /* About a second of G.711 with the kernel's overhead. */

int ut__rtp_address(struct sockaddr_storage *out, const char *host, uint16_t port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
        memcpy(out, &four, sizeof four);
    else if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1)
        memcpy(out, &six, sizeof six);
    else
        return UT_EINVAL;
    return 0;
}

socklen_t ut__rtp_address_len(const struct sockaddr_storage *a)
{
    return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

int ut__rtp_bind(const char *host, uint16_t port)
{
    struct sockaddr_storage at;
    int bytes = BUFFER_BYTES;
    if (ut__rtp_address(&at, host, port) != 0) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* As much of it as the system allows. The kernel tells when each packet came, so that a busy
     * reader does not take its own delay for the network's. */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &(int){1}, sizeof(int));
    if (bind(fd, (const struct sockaddr *)&at, ut__rtp_address_len(&at)) != 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

int ut__rtp_bind_next(struct ut__rtp_ports *ports, const char *host, uint16_t *port)
{
    uint32_t first = ((uint32_t)ports->min + 1) / 2 * 2;
    uint32_t count = ports->max >= first ? (ports->max - first) / 2 + 1 : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (ports->next < first || ports->next > ports->max)
            ports->next = (uint16_t)first;
        uint16_t at = ports->next;
        ports->next = (uint16_t)(at + 2 > ports->max ? first : at + 2u);
        int fd = ut__rtp_bind(host, at);
        /* An address that is asked for behind NAT is none of this machine's: then all of them. */
        if (fd < 0 && errno == EADDRNOTAVAIL)
            fd = ut__rtp_bind(strchr(host, ':') ? "::" : "0.0.0.0", at);
        if (fd >= 0) {
            *port = at;
            return fd;
        }
        if (errno != EADDRINUSE)
            return -1;
    }
    return -1;
}

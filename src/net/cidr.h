/* SPDX-License-Identifier: MIT */
#ifndef UT_NET_CIDR_H
#define UT_NET_CIDR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <undertone/error.h>

/* A network, IPv4 or IPv6: who may call. */
struct ut__cidr {
    int family; /* AF_INET or AF_INET6 */
    unsigned bits;
    uint8_t address[16];
};

/** "192.0.2.0/24", "2001:db8::/32", or one address. Returns 0 or UT_EMALFORMED. Pure. */
int ut__cidr_parse(struct ut__cidr *out, const char *text) UT_MUST_CHECK;

/** The same for an option's row: why gets what is wrong and what would do. */
int ut__cidr_check(const char *text, char *why, size_t why_cap) UT_MUST_CHECK;

/** 1 when the address lies in the network; an IPv4 address mapped into IPv6 counts as IPv4. */
int ut__cidr_has(const struct ut__cidr *net, const struct sockaddr *address);

/** 1 when both count as one peer: the same address of IPv4, the same /64 of IPv6. */
int ut__cidr_same_peer(const struct sockaddr *a, const struct sockaddr *b);

#endif

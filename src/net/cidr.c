/* SPDX-License-Identifier: MIT */
/* Networks. */

#include "net/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ut__cidr_parse(struct ut__cidr *out, const char *text)
{
    char host[64];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    if (len == 0 || len >= sizeof host)
        return UT_EMALFORMED;
    memcpy(host, text, len);
    host[len] = '\0';
    struct ut__cidr net = {.family = strchr(host, ':') ? AF_INET6 : AF_INET};
    unsigned most = net.family == AF_INET6 ? 128 : 32;
    if (inet_pton(net.family, host, net.address) != 1)
        return UT_EMALFORMED;
    net.bits = most;
    if (slash) {
        char *end;
        if (slash[1] < '0' || slash[1] > '9')
            return UT_EMALFORMED;
        unsigned long bits = strtoul(slash + 1, &end, 10);
        if (*end || bits > most)
            return UT_EMALFORMED;
        net.bits = (unsigned)bits;
    }
    *out = net;
    return 0;
}

int ut__cidr_has(const struct ut__cidr *net, const struct sockaddr *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *bytes;
    int family = address->sa_family;
    if (family == AF_INET) {
        bytes = (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    } else if (family == AF_INET6) {
        bytes = (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (memcmp(bytes, mapped, sizeof mapped) == 0) {
            bytes += sizeof mapped;
            family = AF_INET;
        }
    } else {
        return 0;
    }
    if (family != net->family)
        return 0;
    unsigned whole = net->bits / 8, rest = net->bits % 8;
    if (memcmp(bytes, net->address, whole) != 0)
        return 0;
    unsigned mask = 0xffu << (8 - rest) & 0xffu;
    return rest == 0 || ((bytes[whole] ^ net->address[whole]) & mask) == 0;
}

int ut__cidr_same_peer(const struct sockaddr *a, const struct sockaddr *b)
{
    static const struct ut__cidr mapped = {AF_INET, 0, {0}}; /* All of IPv4, mapped or not. */
    struct ut__cidr net = {.family = a->sa_family};
    if (a->sa_family == AF_INET) {
        net.bits = 32;
        memcpy(net.address, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
    } else if (a->sa_family == AF_INET6) {
        const uint8_t *bytes =
            (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
        int is_mapped = ut__cidr_has(&mapped, a);
        net.family = is_mapped ? AF_INET : AF_INET6;
        net.bits = is_mapped ? 32 : 64;
        memcpy(net.address, is_mapped ? bytes + 12 : bytes, net.bits / 8);
    }
    return ut__cidr_has(&net, b);
}

int ut__cidr_check(const char *text, char *why, size_t why_cap)
{
    struct ut__cidr net;
    if (ut__cidr_parse(&net, text) == 0)
        return 0;
    snprintf(why, why_cap,
             "'%.60s' is no network; write 192.0.2.0/24 or 2001:db8::/32 or one address", text);
    return UT_EINVAL;
}

/* SPDX-License-Identifier: MIT */
/* Some wrong tokens from one address, then a pause. */

#include "net/limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static int64_t window_of(const struct ut__limit *l)
{
    return l->window_ms ? l->window_ms : UT__LIMIT_WINDOW_MS;
}

static void without_port(const char *peer, char *out, size_t cap)
{
    const char *colon = strrchr(peer, ':');
    const char *bracket = strrchr(peer, ']');
    size_t n = colon && (bracket ? colon > bracket : strchr(peer, ':') == colon)
                   ? (size_t)(colon - peer)
                   : strlen(peer);
    n = n < cap - 1 ? n : cap - 1;
    memcpy(out, peer, n);
    out[n] = '\0';
}

void ut__limit_name(char out[UT__LIMIT_NAME_MAX], const char *peer)
{
    struct in6_addr address;
    without_port(peer, out, UT__LIMIT_NAME_MAX);
    size_t bracket = out[0] == '[' && strchr(out, ']') ? 1 : 0;
    char bare[UT__LIMIT_NAME_MAX];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(out + bracket, "]"), out + bracket);
    if (inet_pton(AF_INET6, bare, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
        return;
    memset(address.s6_addr + 8, 0, 8);
    (void)inet_ntop(AF_INET6, &address, out, UT__LIMIT_NAME_MAX);
}

/* The entry of an address, or the oldest one to be reused. */
static int find(struct ut__limit *l, const char *name, int64_t now_ms)
{
    int oldest = 0;
    for (int i = 0; i < UT__LIMIT_PEERS; i++) {
        if (l->seen[i].tries && now_ms - l->seen[i].first_ms >= window_of(l))
            l->seen[i].tries = 0;
        if (l->seen[i].tries && strcmp(l->seen[i].peer, name) == 0)
            return i;
        if (!l->seen[i].tries ||
            (l->seen[oldest].tries && l->seen[i].first_ms < l->seen[oldest].first_ms))
            oldest = i;
    }
    return -1 - oldest;
}

int ut__limit_wait_s(struct ut__limit *l, const char *peer, int64_t now_ms)
{
    char name[UT__LIMIT_NAME_MAX];
    ut__limit_name(name, peer);
    int i = find(l, name, now_ms);
    if (i < 0 || l->seen[i].tries < (l->tries ? l->tries : UT__LIMIT_TRIES))
        return 0;
    return (int)((l->seen[i].first_ms + window_of(l) - now_ms + 999) / 1000);
}

void ut__limit_failed(struct ut__limit *l, const char *peer, int64_t now_ms)
{
    char name[UT__LIMIT_NAME_MAX];
    ut__limit_name(name, peer);
    int i = find(l, name, now_ms);
    if (i < 0) {
        i = -1 - i;
        snprintf(l->seen[i].peer, sizeof l->seen[i].peer, "%s", name);
        l->seen[i].first_ms = now_ms;
        l->seen[i].tries = 0;
    }
    l->seen[i].tries++;
}

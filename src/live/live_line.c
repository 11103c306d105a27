/* SPDX-License-Identifier: MIT */
/* The lines of a live call: whose packets they take, and which role each feeds. */

#include <netinet/in.h>
#include <string.h>

#include "live/live_call.h"
#include "net/re.h"

struct ut__live_peer ut__live_peer_of(const struct sockaddr_storage *a)
{
    struct ut__live_peer p = {.family = a->ss_family};
    if (a->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)a;
        p.port = four->sin_port;
        memcpy(p.host, &four->sin_addr, sizeof four->sin_addr);
    } else if (a->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)a;
        p.port = six->sin6_port;
        memcpy(p.host, &six->sin6_addr, sizeof six->sin6_addr);
    } else {
        p.family = AF_UNSPEC;
    }
    return p;
}

void ut__live_line_drop(struct ut__live_line *line)
{
    ut__rtp_stream_destroy(line->rtp);
    mem_deref(line->srtp);
    line->rtp = NULL;
    line->srtp = NULL;
}

void ut__live_lines_route(struct ut__live_call *lc)
{
    int taken[UT_ROLE_COUNT] = {0};
    for (uint32_t i = 0; i < lc->line_count; i++) {
        struct ut__live_line *line = &lc->lines[i];
        line->into = UT_ROLE_COUNT;
        if (line->role < UT_ROLE_COUNT && lc->has_role[line->role] && !taken[line->role]) {
            line->into = line->role;
            taken[line->role] = 1;
        }
    }
    for (uint32_t i = 0; i < lc->line_count; i++) {
        struct ut__live_line *line = &lc->lines[i];
        if (line->role == UT_ROLE_COUNT && lc->has_role[UT_ROLE_AGENT] && !taken[UT_ROLE_AGENT]) {
            line->into = UT_ROLE_AGENT;
            taken[UT_ROLE_AGENT] = 1;
        }
    }
}

/* SPDX-License-Identifier: MIT */
/* The lines of a live call: whose packets they take, and which role each feeds. */

#include <netinet/in.h>
#include <string.h>

#include <undertone/features.h>

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
    mem_deref(line->srtp_sender);
    line->rtp = NULL;
    line->srtp = line->srtp_sender = NULL;
}

enum { NOBODY = -1 };

/* Which line each channel is to hear. */
static void choose(const struct ut__live_call *lc, int to[UT_ROLE_COUNT])
{
    to[UT_ROLE_CALLER] = to[UT_ROLE_AGENT] = NOBODY;
    for (uint32_t i = 0; i < lc->line_count; i++) {
        const struct ut__live_line *line = &lc->lines[i];
        if (!line->closed && line->role < UT_ROLE_COUNT && to[line->role] == NOBODY)
            to[line->role] = (int)i;
    }
    for (uint32_t i = 0; i < lc->line_count; i++) {
        const struct ut__live_line *line = &lc->lines[i];
        if (!line->closed && line->role == UT_ROLE_COUNT && to[UT_ROLE_AGENT] == NOBODY)
            to[UT_ROLE_AGENT] = (int)i;
    }
}

/* Tells the pipeline; a channel that begins does so at a hop, where the other has got to. */
static void hear(struct ut__live_call *lc, int has_caller, int has_agent)
{
    const uint8_t now[UT_ROLE_COUNT] = {has_caller != 0, has_agent != 0};
    uint64_t furthest = 0;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (lc->heard[role] && lc->at[role] > furthest)
            furthest = lc->at[role];
    }
    if (ut_call_set_roles(lc->call, has_caller, has_agent) != 0)
        return;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (now[role] && !lc->heard[role])
            lc->at[role] = furthest / UT_HOP_SAMPLES * UT_HOP_SAMPLES;
        lc->heard[role] = now[role];
    }
}

/* The line has had more time than its channel, or less. */
static void align(struct ut__live_call *lc, struct ut__live_line *line, enum ut_role role)
{
    uint64_t has = ut__rtp_stream_position(line->rtp), channel = lc->at[role];
    line->skip = channel > has ? channel - has : 0;
    if (has <= channel)
        return;
    ut_call_push_gap(lc->call, role, (size_t)(has - channel));
    lc->at[role] = has;
}

void ut__live_line_left(struct ut__live_call *lc, uint32_t index)
{
    if (lc->hears[UT_ROLE_CALLER] == (int)index)
        hear(lc, 0, 1);
}

void ut__live_lines_route(struct ut__live_call *lc)
{
    int to[UT_ROLE_COUNT];
    choose(lc, to);
    int has_caller = to[UT_ROLE_CALLER] != NOBODY;
    if (has_caller && lc->hears[UT_ROLE_CALLER] != to[UT_ROLE_CALLER])
        hear(lc, 0, 1); /* Another voice. */
    hear(lc, has_caller, !has_caller || to[UT_ROLE_AGENT] != NOBODY);
    for (uint32_t i = 0; i < lc->line_count; i++)
        lc->lines[i].into = UT_ROLE_COUNT;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (to[role] == NOBODY)
            continue;
        struct ut__live_line *line = &lc->lines[to[role]];
        line->into = (uint8_t)role;
        if (to[role] != lc->hears[role])
            align(lc, line, (enum ut_role)role);
    }
    memcpy(lc->hears, to, sizeof lc->hears);
}

void ut__live_line_note(struct ut__live_call *lc, uint32_t index, const struct ut__port_line *line)
{
    uint32_t open = 0;
    lc->role_of[index] = line->role;
    lc->is_open[index] = !line->closed;
    for (uint32_t i = 0; i < UT__PORT_LINES_MAX; i++)
        open += lc->is_open[i];
    lc->info.has_agent = open >= 2;
}

int ut__live_caller_known(const struct ut__live_call *lc)
{
    if (lc->is_pushed && !lc->has_packets)
        return lc->has_role[UT_ROLE_CALLER];
    for (uint32_t i = 0; i < UT__PORT_LINES_MAX; i++) {
        if (lc->is_open[i] && lc->role_of[i] == UT_ROLE_CALLER)
            return 1;
    }
    return 0;
}

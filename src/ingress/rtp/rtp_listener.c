/* SPDX-License-Identifier: MIT */
/*
 * Static RTP listeners.
 *
 *     listening (hub: peek) -- a packet of RTP --> call (worker reads) -- idle --> listening
 *
 * The sockets live as long as the daemon; a call is given duplicates of them.
 */

#include "ingress/rtp/rtp_listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "ingress/rtp/listener_spec.h"
#include "ingress/rtp/socket.h"
#include "net/re.h"
#include "rtp/packet.h"

enum {
    STREAM_PACKETS = 10, /* So many are a stream, no stray ones. */
    REST_MS = 1000
}; /* After a call that was not taken, before its packets are looked at again. */

struct group;

struct listener {
    struct ut__rtp_listener_spec spec;
    int fd;
    struct group *group;
    uint32_t strays; /* Packets that began no call, one after the other. */
    uint8_t told_pt, told_from;
};

/* The sides of one call. */
struct group {
    struct ut__rtp_listeners *all;
    struct listener *sides[UT__PORT_LINES_MAX];
    uint32_t side_count;
    struct ut__port_call *call; /* NULL: none now. */
    struct tmr rest;
};

struct ut__rtp_listeners {
    const struct ut__port *port;
    uint32_t idle_s;
    struct listener *listeners;
    struct group *groups;
    size_t count, group_count;
    uint64_t calls, thrown;
};

static void readable(int flags, void *arg);

static void listen_all(struct group *g, int on)
{
    for (uint32_t i = 0; i < g->side_count; i++) {
        if (!on)
            fd_close(g->sides[i]->fd);
        else if (fd_listen(g->sides[i]->fd, FD_READ, readable, g->sides[i]) != 0)
            UT__LOG(UT__LOG_ERROR, "an RTP listener cannot be watched: too many sockets",
                    ut__log_int("port", g->sides[i]->spec.port));
    }
}

static void ended(void *arg, const char *reason)
{
    struct group *g = arg;
    (void)reason;
    g->call = NULL;
    listen_all(g, 1);
}

static void rested(void *arg)
{
    listen_all(arg, 1);
}

static int make_line(struct ut__port_line *line, const struct listener *l)
{
    *line = (struct ut__port_line){.role = (uint8_t)l->spec.role, .role_from = "role= of rtp"};
    line->rtp.formats[0] = l->spec.format;
    line->rtp.format_count = 1;
    if (l->spec.from[0] && ut__rtp_address(&line->from, l->spec.from, 0) != 0)
        return UT_EINVAL;
    line->fd = dup(l->fd);
    return line->fd < 0 ? UT_EINVAL : 0;
}

static void open_call(struct group *g)
{
    struct ut__port_open open = {.ended = ended, .arg = g, .media_timeout_s = g->all->idle_s};
    const struct ut__rtp_listener_spec *spec = &g->sides[0]->spec;
    /* Nobody is there to be told, so nothing is counted. */
    if (ut__port_load(g->all->port).draining) {
        listen_all(g, 0);
        tmr_start(&g->rest, REST_MS, rested, g);
        return;
    }
    snprintf(open.info.source, sizeof open.info.source, "rtp");
    snprintf(open.info.queue, sizeof open.info.queue, "%s", spec->queue);
    snprintf(open.info.agent, sizeof open.info.agent, "%s", spec->agent);
    int err = 0;
    for (uint32_t i = 0; !err && i < g->side_count; i++) {
        err = make_line(&open.lines[i], g->sides[i]);
        open.line_count += !err;
    }
    if (!err)
        err = ut__port_open(g->all->port, &g->call, &open);
    if (!err) {
        g->all->calls++;
        listen_all(g, 0);
        return;
    }
    for (uint32_t i = 0; i < open.line_count; i++)
        close(open.lines[i].fd);
    listen_all(g, 0);
    tmr_start(&g->rest, REST_MS, rested, g);
    UT__LOG(UT__LOG_WARN, "a call on an RTP listener is not taken", ut__log_int("port", spec->port),
            ut__log_str("error", ut_strerror(err)));
}

/* Once a listener: a stream comes, and none of it is heard. */
static void tell_stray(struct listener *l, const struct sockaddr_storage *from, int pt)
{
    struct sa peer;
    char text[64] = "?";
    uint8_t *told = pt < 0 ? &l->told_from : &l->told_pt;
    if (++l->strays < STREAM_PACKETS || *told)
        return;
    *told = 1;
    if (sa_set_sa(&peer, (const struct sockaddr *)from) == 0)
        (void)re_snprintf(text, sizeof text, "%J", &peer);
    if (pt < 0)
        UT__LOG(UT__LOG_INFO, "packets for an RTP listener come from whom its from= does not name",
                ut__log_int("port", l->spec.port), ut__log_str("peer", text));
    else
        UT__LOG(UT__LOG_INFO,
                "packets for an RTP listener are of another payload type; set its codec= and pt=",
                ut__log_int("port", l->spec.port), ut__log_int("payload_type", pt),
                ut__log_int("expected", l->spec.format.pt), ut__log_str("peer", text));
}

static int is_named(const struct listener *l, const struct sockaddr_storage *from)
{
    struct sockaddr_storage named;
    struct sa a, b;
    return !l->spec.from[0] ||
           (ut__rtp_address(&named, l->spec.from, 0) == 0 &&
            sa_set_sa(&a, (const struct sockaddr *)&named) == 0 &&
            sa_set_sa(&b, (const struct sockaddr *)from) == 0 && sa_cmp(&a, &b, SA_ADDR));
}

/* A look at the first packet: garbage, and who is not named, open no call and are thrown away. */
static void readable(int flags, void *arg)
{
    struct listener *l = arg;
    uint8_t bytes[2048];
    struct ut__rtp_packet p;
    struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof from;
    (void)flags;
    ssize_t n = recvfrom(l->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT,
                         (struct sockaddr *)&from, &len);
    if (n < 0)
        return;
    int is_rtp = ut__rtp_parse(&p, bytes, (size_t)n) == 0;
    if (is_rtp && !is_named(l, &from)) {
        tell_stray(l, &from, -1);
    } else if (is_rtp && p.pt != l->spec.format.pt) {
        tell_stray(l, &from, p.pt);
    } else if (is_rtp) {
        l->strays = 0;
        open_call(l->group);
    }
    if (!l->group->call && !tmr_isrunning(&l->group->rest)) {
        l->group->all->thrown++;
        (void)!recv(l->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    }
}

static int add_to_group(struct ut__rtp_listeners *all, struct listener *l, char *why, size_t cap)
{
    struct group *g = NULL;
    for (size_t i = 0; l->spec.call[0] && i < all->group_count; i++) {
        if (strcmp(all->groups[i].sides[0]->spec.call, l->spec.call) == 0)
            g = &all->groups[i];
    }
    if (!g) {
        g = &all->groups[all->group_count++];
        g->all = all;
    }
    if (g->side_count == UT_ROLE_COUNT ||
        (g->side_count == 1 && g->sides[0]->spec.role == l->spec.role)) {
        snprintf(why, cap, "rtp: call=%s wants one listener of role=caller and one of role=agent",
                 l->spec.call);
        return UT_EINVAL;
    }
    g->sides[g->side_count++] = l;
    l->group = g;
    return 0;
}

int ut__rtp_listeners_start(struct ut__rtp_listeners **out,
                            const struct ut__rtp_listeners_config *cfg, char *why, size_t cap)
{
    struct ut__rtp_listeners *all = calloc(1, sizeof *all);
    int err = all ? 0 : UT_ENOMEM;
    if (all) {
        all->port = cfg->port;
        all->idle_s = cfg->idle_s;
        all->listeners = calloc(cfg->count + 1, sizeof all->listeners[0]);
        all->groups = calloc(cfg->count + 1, sizeof all->groups[0]);
        err = all->listeners && all->groups ? 0 : UT_ENOMEM;
    }
    if (err)
        snprintf(why, cap, "there is no memory left");
    for (size_t i = 0; !err && i < cfg->count; i++) {
        struct listener *l = &all->listeners[all->count];
        err = ut__rtp_listener_parse(&l->spec, cfg->specs[i], why, cap);
        if (err)
            break;
        l->fd = ut__rtp_bind(l->spec.address, l->spec.port);
        if (l->fd < 0) {
            snprintf(why, cap, "rtp: %s:%u: %s; choose another port or end what has it",
                     l->spec.address, l->spec.port, strerror(errno));
            err = UT_EINVAL;
            break;
        }
        all->count++;
        err = add_to_group(all, l, why, cap);
    }
    if (err) {
        ut__rtp_listeners_stop(all);
        return err;
    }
    for (size_t i = 0; i < all->group_count; i++)
        listen_all(&all->groups[i], 1);
    *out = all;
    return 0;
}

void ut__rtp_listeners_stop(struct ut__rtp_listeners *all)
{
    if (!all)
        return;
    for (size_t i = 0; all->groups && i < all->group_count; i++) {
        tmr_cancel(&all->groups[i].rest);
        if (all->groups[i].call)
            ut__port_close(all->port, all->groups[i].call, "shutdown");
        else
            listen_all(&all->groups[i], 0);
    }
    for (size_t i = 0; all->listeners && i < all->count; i++)
        close(all->listeners[i].fd);
    free(all->listeners);
    free(all->groups);
    free(all);
}

void ut__rtp_listeners_get_stats(const struct ut__rtp_listeners *all,
                                 struct ut__rtp_listeners_stats *out)
{
    *out = (struct ut__rtp_listeners_stats){.calls = all->calls, .thrown = all->thrown};
    for (size_t i = 0; i < all->group_count; i++)
        out->open += all->groups[i].call != NULL;
}

/* SPDX-License-Identifier: MIT */
/* The edge `audiosocket`: a server for Asterisk's AudioSocket. */

#include "contract/edge.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ingress/audiosocket/audiosocket.h"
#include "net/cidr.h"

struct options {
    char *listen;
    int join; /* enum ut__audiosocket_join */
    struct ut__option_list peers;
};

struct audiosocket_edge {
    struct ut__audiosocket *server;
    const struct options *options;
};

static const char *const joins[] = {"apart", "same", "pair", NULL};

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "audiosocket",
     .kind = UT__OPTION_ADDRESS,
     AT(listen),
     .value = "ADDR:PORT",
     .help = "Take calls from Asterisk's AudioSocket"},
    {.name = "audiosocket-join",
     .kind = UT__OPTION_CHOICE,
     AT(join),
     .choices = joins,
     .fallback = "apart",
     .value = "RULE",
     .help = "Two sockets are one call: apart (never), same UUID, or pair (last bit)"},
    {.name = "audiosocket-peer",
     .kind = UT__OPTION_LIST,
     AT(peers),
     .flags = UT__OPTION_RELOAD,
     .check = ut__cidr_check,
     .value = "NETWORK",
     .help = "Who may connect; many times; anybody without it"},
    {.name = NULL},
};

/* Whether a peer is in one of the networks, or none are named. */
static int may_connect(void *arg, const struct sockaddr *peer)
{
    const struct audiosocket_edge *e = arg;
    const struct ut__option_list *peers = &e->options->peers;
    struct ut__cidr net;
    for (size_t i = 0; i < peers->count; i++)
        if (ut__cidr_parse(&net, peers->items[i]) == 0 && ut__cidr_has(&net, peer))
            return 1;
    return peers->count == 0;
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    if (!o->listen)
        return 0;
    struct audiosocket_edge *e = calloc(1, sizeof *e);
    if (!e) {
        snprintf(why, cap, "there is no memory left");
        return UT_ENOMEM;
    }
    e->options = o;
    const struct ut__audiosocket_config cfg = {.listen = o->listen,
                                               .join = (enum ut__audiosocket_join)o->join,
                                               .allowed = may_connect,
                                               .allowed_arg = e};
    char reason[256];
    int err = ut__audiosocket_start(&e->server, &cfg, host->port, reason, sizeof reason);
    if (err) {
        snprintf(why, cap, "audiosocket: %s", reason);
        free(e);
        return err;
    }
    UT__LOG(UT__LOG_INFO, "listening", ut__log_str("for", "audiosocket"),
            ut__log_int("port", ut__audiosocket_port(e->server)));
    *out = e;
    return 0;
}

static void reload(void *edge, const void *config)
{
    struct audiosocket_edge *e = edge;
    e->options = config;
}

static void stop(void *edge)
{
    struct audiosocket_edge *e = edge;
    ut__audiosocket_stop(e->server);
    free(e);
}

static size_t stats(const void *edge, struct ut__edge_stat *out)
{
    const struct audiosocket_edge *e = edge;
    struct ut__audiosocket_stats s;
    ut__audiosocket_get_stats(e->server, &s);
    out[0] = UT__EDGE_OPEN(s.connections);
    out[1] = UT__EDGE_ACCEPTED(s.accepted);
    out[2] = UT__EDGE_REFUSED(s.refused);
    out[3] = UT__EDGE_ERRORS(s.errors);
    return 4;
}

const struct ut__edge ut__edge_audiosocket = {
    .name = "audiosocket",
    .title = "AudioSocket",
    .summary = "Takes calls that Asterisk sends over AudioSocket, one socket a direction.",
    .options = rows,
    .config_size = sizeof(struct options),
    .start = start,
    .reload = reload,
    .stop = stop,
    .stats = stats,
};

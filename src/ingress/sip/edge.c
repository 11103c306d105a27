/* SPDX-License-Identifier: MIT */
/* The edge `sip`: SIP and SIPREC over UDP, TCP and TLS. */

#include "contract/edge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/sdp/role_rules.h"
#include "ingress/sip/help.h"
#include "ingress/sip/sip.h"
#include "net/cidr.h"

struct options {
    struct ut__option_list udp, tcp, tls;
    char *cert;
    struct ut__option_list peers; /* Source addresses that may call, as CIDR. */
    struct ut__option_list users; /* user:password, or user:HA1 of 32 hex digits. */
    char *realm;
    char *name; /* The user part of our Contact. */
    int64_t max_calls_per_peer, max_connections;
    struct ut__option_list roles; /* aor:GLOB=caller, label:1=agent, order:1=caller, ... */
    int mono_is;                  /* Index in mono_roles. */
    int media_source;             /* enum ut__port_source */
    char *public_address;
};

struct sip_edge {
    struct ut__sip *sip;
    const struct ut__edge_host *host;
    struct ut__help_door door;
};

static const char *const mono_roles[] = {"mixed", "caller", "agent", NULL};

static const char *const media_sources[] = {"strict", "symmetric", "any", NULL};

/* It goes into a header: nothing but what an address is made of. */
static int check_public(const char *text, char *why, size_t cap)
{
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
    if (*text && strspn(text, fit) == strlen(text))
        return 0;
    snprintf(why, cap, "'%.60s' is no HOST or HOST:PORT", text);
    return UT_EINVAL;
}

static int check_user(const char *text, char *why, size_t cap)
{
    const char *colon = strchr(text, ':');
    if (colon && colon != text && colon[1])
        return 0;
    /* The value is a secret: the message does not repeat it. */
    snprintf(why, cap, "sip-user must be NAME:PASSWORD or NAME:HA1");
    return UT_EINVAL;
}

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "sip",
     .kind = UT__OPTION_ADDRESSES,
     AT(udp),
     .value = "ADDR:PORT",
     .help = "Take SIP and SIPREC calls over UDP and TCP"},
    {.name = "sip-tcp",
     .kind = UT__OPTION_ADDRESSES,
     AT(tcp),
     .value = "ADDR:PORT",
     .help = "Take them over TCP alone"},
    {.name = "sip-tls",
     .kind = UT__OPTION_ADDRESSES,
     AT(tls),
     .value = "ADDR:PORT",
     .help = "Take them over TLS, with SRTP"},
    {.name = "sip-cert",
     .kind = UT__OPTION_FILE,
     AT(cert),
     .flags = UT__OPTION_KEY_FILE,
     .value = "FILE",
     .help = "PEM file with certificate and key for --sip-tls"},
    {.name = "sip-peer",
     .kind = UT__OPTION_LIST,
     AT(peers),
     .flags = UT__OPTION_RELOAD,
     .check = ut__cidr_check,
     .value = "NETWORK",
     .help = "Who may call, such as 192.0.2.0/24; many times"},
    {.name = "sip-user",
     .kind = UT__OPTION_LIST,
     AT(users),
     .flags = UT__OPTION_RELOAD | UT__OPTION_SECRET,
     .check = check_user,
     .value = "NAME:PASSWORD",
     .help = "Ask for digest authentication; in the file, not on the command line"},
    {.name = "sip-realm",
     .kind = UT__OPTION_TEXT,
     AT(realm),
     .fallback = "undertone",
     .value = "REALM",
     .help = "Realm of the digest"},
    {.name = "sip-name",
     .kind = UT__OPTION_TEXT,
     AT(name),
     .fallback = "undertone",
     .value = "NAME",
     .help = "User part of our own address"},
    {.name = "sip-max-calls-per-peer",
     .kind = UT__OPTION_INT,
     AT(max_calls_per_peer),
     .min = 1,
     .max = 100000,
     .fallback = "1000",
     .flags = UT__OPTION_RELOAD,
     .value = "N",
     .help = "Calls of one source address at once"},
    {.name = "sip-max-connections",
     .kind = UT__OPTION_INT,
     AT(max_connections),
     .min = 2,
     .max = 50000,
     .fallback = "2000",
     .flags = UT__OPTION_RELOAD,
     .value = "N",
     .help = "SIP connections over TCP and TLS at once, half of them of one address"},
    {.name = "role",
     .kind = UT__OPTION_LIST,
     AT(roles),
     .flags = UT__OPTION_RELOAD,
     .check = ut__sip_rule_check,
     .value = "RULE",
     .help = "Who is who: label:1=caller, order:2=agent, aor:sip:2???@*=agent"},
    {.name = "sip-mono-is",
     .kind = UT__OPTION_CHOICE,
     AT(mono_is),
     .choices = mono_roles,
     .fallback = "mixed",
     .flags = UT__OPTION_RELOAD,
     .value = "ROLE",
     .help = "Who is heard in a plain call: mixed (not scored), caller or agent"},
    {.name = "sip-media-source",
     .kind = UT__OPTION_CHOICE,
     AT(media_source),
     .choices = media_sources,
     .fallback = "strict",
     .flags = UT__OPTION_RELOAD,
     .value = "WHO",
     .help = "Who may send RTP: strict (the SDP's host), symmetric (whoever begins), any"},
    {.name = "sip-public-address",
     .kind = UT__OPTION_TEXT,
     AT(public_address),
     .check = check_public,
     .flags = UT__OPTION_RELOAD,
     .value = "HOST[:PORT]",
     .help = "Where peers reach us, behind NAT; the address they called without it"},
    {.name = NULL},
};

static const char *const *texts(const struct ut__option_list *list)
{
    return (const char *const *)list->items;
}

static struct ut__sip_config config_of(const struct options *o, const struct ut__edge_host *host)
{
    static const uint8_t roles[] = {UT_ROLE_COUNT, UT_ROLE_CALLER, UT_ROLE_AGENT};
    return (struct ut__sip_config){
        .listen = texts(&o->udp),
        .listen_count = o->udp.count,
        .listen_tcp = texts(&o->tcp),
        .listen_tcp_count = o->tcp.count,
        .listen_tls = texts(&o->tls),
        .listen_tls_count = o->tls.count,
        .cert_file = o->cert,
        .peers = texts(&o->peers),
        .peer_count = o->peers.count,
        .users = texts(&o->users),
        .user_count = o->users.count,
        .realm = o->realm,
        .node = host->node,
        .name = o->name,
        .rules = texts(&o->roles),
        .rule_count = o->roles.count,
        .mono_is = roles[o->mono_is],
        .media_address = host->media_address,
        .public_address = o->public_address,
        .media_source = (uint8_t)o->media_source,
        .rtp_port_min = host->rtp_port_min,
        .rtp_port_max = host->rtp_port_max,
        .max_calls_per_peer = (uint32_t)o->max_calls_per_peer,
        .max_connections = (uint32_t)o->max_connections,
    };
}

static int check(const void *config, char *why, size_t cap)
{
    const struct options *o = config;
    if (!o->tls.count || o->cert)
        return 0;
    snprintf(why, cap, "sip-tls wants a certificate; give a PEM file with sip-cert");
    return UT_EINVAL;
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    struct ut__sip_config cfg = config_of(config, host);
    if (cfg.listen_count + cfg.listen_tcp_count + cfg.listen_tls_count == 0)
        return 0;
    struct sip_edge *e = calloc(1, sizeof *e);
    if (!e) {
        snprintf(why, cap, "there is no memory left");
        return UT_ENOMEM;
    }
    e->host = host;
    int err = ut__sip_start(&e->sip, &cfg, host->port, why, cap);
    if (err) {
        free(e);
        return err;
    }
    e->door = (struct ut__help_door){.ask = ut__sip_help, .arg = e->sip};
    if (host->set_help_door)
        host->set_help_door(host->arg, &e->door);
    *out = e;
    return 0;
}

static void reload(void *edge, const void *config)
{
    struct sip_edge *e = edge;
    struct ut__sip_config cfg = config_of(config, e->host);
    ut__sip_reload(e->sip, &cfg);
}

static void stop(void *edge)
{
    struct sip_edge *e = edge;
    if (e->host->set_help_door)
        e->host->set_help_door(e->host->arg, NULL);
    ut__sip_stop(e->sip);
    free(e);
}

static size_t stats(const void *edge, struct ut__edge_stat *out)
{
    const struct sip_edge *e = edge;
    struct ut__sip_stats s;
    ut__sip_get_stats(e->sip, &s);
    static const char *const names[UT__SIP_REFUSALS] = {"refused_malformed",   "refused_forbidden",
                                                        "refused_unsupported", "refused_media",
                                                        "refused_full",        "refused_other"};
    size_t n = 0;
    out[n++] = UT__EDGE_OPEN((uint64_t)s.connections + s.dialogs);
    out[n++] = UT__EDGE_ACCEPTED(s.calls);
    out[n++] = UT__EDGE_REFUSED(s.refused);
    out[n++] = UT__EDGE_ERRORS(s.closed);
    for (int i = 0; i < UT__SIP_REFUSALS; i++)
        out[n++] =
            (struct ut__edge_stat){names[i], "Of these, for this reason.", 0, s.refused_by[i]};
    return n;
}

const struct ut__edge ut__edge_sip = {
    .name = "sip",
    .title = "SIP and SIPREC",
    .summary = "Takes calls as a SIPREC recording server, and plain SIP calls, over UDP, TCP and "
               "TLS.",
    .options = rows,
    .config_size = sizeof(struct options),
    .check = check,
    .start = start,
    .reload = reload,
    .stop = stop,
    .stats = stats,
};

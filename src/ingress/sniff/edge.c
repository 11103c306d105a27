/* SPDX-License-Identifier: MIT */
/* The edge `sniff`: calls that go by on an interface. */

#include "contract/edge.h"

#include <stdio.h>
#include <stdlib.h>

#include "ingress/sdp/role_rules.h"
#include "ingress/sniff/sniff.h"
#include "ingress/sniff/spec.h"

struct options {
    struct ut__option_list specs;
    struct ut__option_list roles;
};

struct sniff_edge {
    struct ut__sniff *sniff;
    const struct ut__edge_host *host;
};

static int check_spec(const char *text, char *why, size_t cap)
{
    struct ut__sniff_spec spec;
    char reason[160];
    int err = ut__sniff_parse(&spec, text, reason, sizeof reason);
    if (err)
        snprintf(why, cap, "sniff %s", reason);
    return err;
}

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "sniff",
     .kind = UT__OPTION_LIST,
     AT(specs),
     .check = check_spec,
     .value = "INTERFACE",
     .help = "Hear calls that go by there: eth0, any; eth0,filter=udp and host 192.0.2.1"},
    {.name = "sniff-role",
     .kind = UT__OPTION_LIST,
     AT(roles),
     .check = ut__sip_rule_check,
     .flags = UT__OPTION_RELOAD,
     .value = "RULE",
     .help = "Who is who: order:1=caller (who sent the INVITE), aor:*@GLOB=agent, label:1=caller"},
    {.name = NULL},
};

static struct ut__sniff_config config_of(const struct options *o, const struct ut__edge_host *host)
{
    return (struct ut__sniff_config){
        .specs = (const char *const *)o->specs.items,
        .count = o->specs.count,
        .rules = (const char *const *)o->roles.items,
        .rule_count = o->roles.count,
        .host = host,
    };
}

static int wanted(const void *config)
{
    return ((const struct options *)config)->specs.count > 0;
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct ut__sniff_config cfg = config_of(config, host);
    if (cfg.count == 0)
        return 0;
    struct sniff_edge *e = calloc(1, sizeof *e);
    if (!e) {
        snprintf(why, cap, "there is no memory left");
        return UT_ENOMEM;
    }
    e->host = host;
    int err = ut__sniff_start(&e->sniff, &cfg, why, cap);
    if (err)
        free(e);
    else
        *out = e;
    return err;
}

static void reload(void *edge, const void *config)
{
    struct sniff_edge *e = edge;
    const struct ut__sniff_config cfg = config_of(config, e->host);
    ut__sniff_reload(e->sniff, &cfg);
}

static void stop(void *edge)
{
    struct sniff_edge *e = edge;
    ut__sniff_stop(e->sniff);
    free(e);
}

static size_t stats(const void *edge, struct ut__edge_stat *out)
{
    struct ut__sniff_stats s;
    ut__sniff_get_stats(((const struct sniff_edge *)edge)->sniff, &s);
    const struct ut__edge_stat rows_out[] = {
        UT__EDGE_ACCEPTED(s.calls),
        {"packets", "Packets read off the wire.", 0, s.packets},
        {"dropped", "Packets lost before they were read.", 0, s.dropped},
        {"unread", "Packets that could not be read: cut, in pieces, too many tunnels or flows.", 0,
         s.unread},
        {"encrypted", "Calls of SRTP, which cannot be heard.", 0, s.encrypted},
        {"other_legs", "Calls that are another one's other leg, and not shown twice.", 0,
         s.other_legs},
        {"interfaces", "Interfaces to listen on.", 1, s.interfaces},
        {"down", "Interfaces that are not there, down or not open.", 1, s.down},
    };
    for (size_t i = 0; i < sizeof rows_out / sizeof rows_out[0]; i++)
        out[i] = rows_out[i];
    return sizeof rows_out / sizeof rows_out[0];
}

const struct ut__edge ut__edge_sniff = {
    .name = "sniff",
    .title = "Calls off the wire",
    .summary =
        "Hears the SIP and RTP that go by on an interface or a mirror port, through libpcap.",
    .options = rows,
    .config_size = sizeof(struct options),
    .wanted = wanted,
    .start = start,
    .reload = reload,
    .stop = stop,
    .stats = stats,
};

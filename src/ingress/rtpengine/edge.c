/* SPDX-License-Identifier: MIT */
/* The edge `rtpengine`: subscribes to calls over the NG protocol. */

#include "contract/edge.h"

#include "ingress/rtpengine/rtpengine.h"
#include "ingress/sdp/role_rules.h"

struct options {
    char *address;
    struct ut__option_list calls; /* Named calls; none: all. */
    struct ut__option_list roles;
    int64_t poll_s;
};

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "rtpengine",
     .kind = UT__OPTION_ADDRESS,
     AT(address),
     .value = "ADDR:PORT",
     .help = "Subscribe to calls over rtpengine's NG protocol"},
    {.name = "rtpengine-call",
     .kind = UT__OPTION_LIST,
     AT(calls),
     .value = "CALL-ID",
     .help = "This call alone; many times; all calls without it"},
    {.name = "rtpengine-role",
     .kind = UT__OPTION_LIST,
     AT(roles),
     .check = ut__sip_rule_check,
     .value = "RULE",
     .help = "Who is who by order or tag: order:1=caller, label:TAG=agent"},
    {.name = "rtpengine-poll",
     .kind = UT__OPTION_INT,
     AT(poll_s),
     .min = 1,
     .max = 3600,
     .fallback = "1",
     .value = "SECONDS",
     .help = "How often to look for new calls"},
    {.name = NULL},
};

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    struct ut__rtpengine *edge = NULL;
    const struct ut__rtpengine_config cfg = {
        .address = o->address,
        .calls = (const char *const *)o->calls.items,
        .call_count = o->calls.count,
        .rules = (const char *const *)o->roles.items,
        .rule_count = o->roles.count,
        .poll_s = (uint32_t)o->poll_s,
        .media_address = host->media_address,
        .rtp_port_min = host->rtp_port_min,
        .rtp_port_max = host->rtp_port_max,
        .max_calls = host->max_calls,
        .host = host,
    };
    int err = cfg.address ? ut__rtpengine_start(&edge, &cfg, host->port, why, cap) : 0;
    *out = edge;
    return err;
}

static void stop(void *edge)
{
    ut__rtpengine_stop(edge);
}

static size_t stats(const void *edge, struct ut__edge_stat *out)
{
    struct ut__rtpengine_stats s;
    ut__rtpengine_get_stats(edge, &s);
    out[0] = UT__EDGE_OPEN(s.open);
    out[1] = UT__EDGE_ACCEPTED(s.calls);
    out[2] = UT__EDGE_REFUSED(s.refused);
    return 3;
}

const struct ut__edge ut__edge_rtpengine = {
    .name = "rtpengine",
    .title = "rtpengine",
    .summary = "Subscribes to the calls that go through an rtpengine, over its NG protocol.",
    .options = rows,
    .config_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .stats = stats,
};

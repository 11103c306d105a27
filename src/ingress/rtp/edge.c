/* SPDX-License-Identifier: MIT */
/* The edge `rtp`: static listeners, told by one line of the configuration each. */

#include "contract/edge.h"

#include "ingress/rtp/listener_spec.h"
#include "ingress/rtp/rtp_listener.h"

struct options {
    struct ut__option_list specs;
    int64_t idle_s;
};

static int check_spec(const char *text, char *why, size_t cap)
{
    struct ut__rtp_listener_spec spec;
    return ut__rtp_listener_parse(&spec, text, why, cap);
}

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "rtp",
     .kind = UT__OPTION_LIST,
     AT(specs),
     .check = check_spec,
     .value = "SPEC",
     .help = "Static listener: 127.0.0.1:4000,codec=PCMU,role=caller,call=desk1"},
    {.name = "rtp-idle",
     .kind = UT__OPTION_INT,
     AT(idle_s),
     .min = 1,
     .max = 3600,
     .fallback = "5",
     .value = "SECONDS",
     .help = "Silence that ends the call of a static listener"},
    {.name = NULL},
};

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    struct ut__rtp_listeners *listeners = NULL;
    const struct ut__rtp_listeners_config cfg = {
        .specs = (const char *const *)o->specs.items,
        .count = o->specs.count,
        .idle_s = (uint32_t)o->idle_s,
        .port = host->port,
    };
    int err = cfg.count ? ut__rtp_listeners_start(&listeners, &cfg, why, cap) : 0;
    *out = listeners;
    return err;
}

static void stop(void *edge)
{
    ut__rtp_listeners_stop(edge);
}

static size_t stats(const void *edge, struct ut__edge_stat *out)
{
    struct ut__rtp_listeners_stats s;
    ut__rtp_listeners_get_stats(edge, &s);
    out[0] = UT__EDGE_OPEN(s.open);
    out[1] = UT__EDGE_ACCEPTED(s.calls);
    out[2] = UT__EDGE_REFUSED(s.thrown);
    return 3;
}

const struct ut__edge ut__edge_rtp = {
    .name = "rtp",
    .title = "RTP without signalling",
    .summary = "Takes RTP that comes to an address without signalling, such as Asterisk's "
               "externalMedia: one listener a side.",
    .options = rows,
    .config_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .stats = stats,
};

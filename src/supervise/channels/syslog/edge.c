/* SPDX-License-Identifier: MIT */
/* The edge `syslog`: alerts as lines of RFC 5424. */

#include "contract/edge.h"

#include <stdio.h>

#include "supervise/channels/syslog/syslog.h"

struct options {
    char *where;
};

static const struct ut__option rows[] = {
    {.name = "syslog",
     .kind = UT__OPTION_TEXT,
     .offset = offsetof(struct options, where),
     .value = "URL",
     .help = "Alerts to syslog: udp://HOST:514, tcp://HOST:601 or unix:///dev/log"},
    {.name = NULL},
};

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    void *state = NULL;
    (void)out;
    if (!o->where)
        return 0;
    snprintf(why, cap, "there is no memory left");
    int err = ut__syslog_create(&state, o->where, host->node, why, cap);
    return err ? err
               : host->add_channel(host->arg, "syslog", UT__LIFE_ALL | UT__LIFE_BREAK_DUE,
                                   &ut__syslog_kind, state);
}

const struct ut__edge ut__edge_syslog = {
    .name = "syslog",
    .title = "Syslog",
    .summary = "Sends alerts to syslog (RFC 5424) over UDP, TCP or a local socket.",
    .flags = UT__EDGE_OUT,
    .options = rows,
    .config_size = sizeof(struct options),
    .start = start,
};

/* SPDX-License-Identifier: MIT */
/* The edge `nats`: alerts through JetStream, and nodes joined. */

#include "contract/edge.h"

#include <stdio.h>

#include "supervise/channels/nats/nats.h"

#define AT(field) .offset = offsetof(struct ut__nats_options, field)

static const struct ut__option rows[] = {
    {.name = "nats",
     .kind = UT__OPTION_TEXT,
     AT(url),
     .value = "URL",
     .help = "Join the nodes by NATS JetStream: nats://HOST:PORT or tls://HOST:PORT"},
    {.name = "nats-creds",
     .kind = UT__OPTION_TEXT,
     AT(creds_file),
     .flags = UT__OPTION_KEY_FILE,
     .value = "FILE",
     .help = "Credentials for it"},
    {.name = "nats-ca",
     .kind = UT__OPTION_TEXT,
     AT(ca_file),
     .value = "FILE",
     .help = "Certificates that its server is checked by"},
    {.name = "nats-cert",
     .kind = UT__OPTION_TEXT,
     AT(cert_file),
     .value = "FILE",
     .help = "Our certificate for it"},
    {.name = "nats-key",
     .kind = UT__OPTION_TEXT,
     AT(key_file),
     .flags = UT__OPTION_KEY_FILE,
     .value = "FILE",
     .help = "Its key"},
    {.name = "nats-prefix",
     .kind = UT__OPTION_TEXT,
     AT(prefix),
     .fallback = "undertone",
     .value = "NAME",
     .help = "First part of all subjects and buckets"},
    {.name = "nats-replicas",
     .kind = UT__OPTION_INT,
     AT(replicas),
     .max = 5,
     .fallback = "0",
     .value = "N",
     .help = "Copies that a cluster keeps of stream and buckets; 0: as they are"},
    {.name = NULL},
};

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct ut__nats_options *o = config;
    void *state = NULL;
    (void)out;
    if (!o->url)
        return 0;
    snprintf(why, cap, "there is no memory left");
    int err = ut__nats_create(&state, o, host, why, cap);
    return err ? err
               : host->add_channel(host->arg, "nats", UT__LIFE_ALL | UT__LIFE_BREAK_DUE,
                                   &ut__nats_kind, state);
}

const struct ut__edge ut__edge_nats = {
    .name = "nats",
    .title = "NATS JetStream",
    .summary = "Joins nodes by NATS JetStream: any of them shows all calls and acts on any alert.",
    .flags = UT__EDGE_OUT,
    .options = rows,
    .config_size = sizeof(struct ut__nats_options),
    .start = start,
};

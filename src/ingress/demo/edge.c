/* SPDX-License-Identifier: MIT */
/* The edge `demo`: recordings played as if they were live calls. */

#include "contract/edge.h"

#include "ingress/demo/demo.h"
#include "ingress/source.h"

struct options {
    struct ut__option_list files;
    int64_t calls;
    int64_t caller_channel, agent_channel; /* 0: what the file says, else 1 and 2. */
    int mono_is;                           /* Index in mono_roles. */
};

enum { MONO_MIXED, MONO_CALLER };
static const char *const mono_roles[] = {"mixed", "caller", NULL};

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "demo",
     .kind = UT__OPTION_LIST,
     AT(files),
     .flags = UT__OPTION_MANY,
     .value = "FILE...",
     .help = "Play recordings as if they were live calls, over and over"},
    {.name = "demo-calls",
     .kind = UT__OPTION_INT,
     AT(calls),
     .min = 0,
     .max = UT__DEMO_CALLS_MAX,
     .value = "N",
     .help = "So many at once; 0: one a file, 6 at least"},
    {.name = "caller-channel",
     .kind = UT__OPTION_INT,
     AT(caller_channel),
     .min = 0,
     .max = UT_SOURCE_CHANNELS_MAX,
     .value = "N",
     .help = "Caller's channel in the demo's recordings; 1 without it"},
    {.name = "agent-channel",
     .kind = UT__OPTION_INT,
     AT(agent_channel),
     .min = 0,
     .max = UT_SOURCE_CHANNELS_MAX,
     .value = "N",
     .help = "Agent's channel in them; 2 without it"},
    {.name = "mono-is",
     .kind = UT__OPTION_CHOICE,
     AT(mono_is),
     .choices = mono_roles,
     .fallback = "mixed",
     .value = "ROLE",
     .help = "Who is heard in recordings of one channel: mixed (refused) or caller"},
    {.name = NULL},
};

static int wanted(const void *config)
{
    const struct options *o = config;
    return o->files.count > 0;
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    const struct ut__demo_config cfg = {.files = (const char *const *)o->files.items,
                                        .file_count = o->files.count,
                                        .calls = (uint32_t)o->calls,
                                        .caller_channel = (uint32_t)o->caller_channel,
                                        .agent_channel = (uint32_t)o->agent_channel,
                                        .mono_is_caller = o->mono_is == MONO_CALLER};
    struct ut__demo *edge = NULL;
    int err = ut__demo_start(&edge, &cfg, host->port, why, cap);
    *out = edge;
    return err;
}

static void stop(void *edge)
{
    ut__demo_stop(edge);
}

const struct ut__edge ut__edge_demo = {
    .name = "demo",
    .title = "Demonstration",
    .summary = "Plays recordings as if they were live calls, over and over.",
    .flags = UT__EDGE_STAGED,
    .options = rows,
    .config_size = sizeof(struct options),
    .wanted = wanted,
    .start = start,
    .stop = stop,
};

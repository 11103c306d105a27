/* SPDX-License-Identifier: MIT */
/*
 * The demo: a few desks, each of which takes one call after the other.
 *
 *     recordings -> clips in memory -> every 40 ms the samples that are due -> port
 */

#include "ingress/demo/demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/demo/clip.h"
#include "net/re.h"

enum {
    TICK_MS = 40,
    LATE_MAX_US = 300000,     /* After a stall so much is caught up at once; the rest is skipped. */
    FIRST_APART_US = 2500000, /* Between the first calls ... */
    FIRST_ALL_US = 20000000,  /* ... but all have begun by then. */
    PAUSE_MIN_US = 2000000,   /* Between two calls of a desk. */
    PAUSE_SPREAD_US = 5000000
};

static const char *const queues[] = {"Billing", "Claims", "Technical support", "Cancellations"};
static const char *const agents[] = {"Ana Ruiz",    "Ben Okafor",   "Chloe Martin", "Diego Soto",
                                     "Eva Lind",    "Farid Haddad", "Grace Kim",    "Hugo Brandt",
                                     "Ines Prado",  "Jonas Weber",  "Kavya Rao",    "Lucia Vega",
                                     "Mateo Silva", "Nora Berg",    "Omar Nasser",  "Priya Shah"};

enum { QUEUES = sizeof queues / sizeof queues[0], AGENTS = sizeof agents / sizeof agents[0] };

/* A place where calls are taken, one after the other. */
struct desk {
    struct ut__demo *demo;
    uint32_t index, round;
    struct ut__port_call *call; /* NULL: none at the moment. */
    const struct ut__demo_clip *clip;
    int64_t at_us; /* The call's begin, or when the next one begins. */
    size_t given[UT_ROLE_COUNT];
};

struct ut__demo {
    const struct ut__port *port;
    struct ut__demo_clip *clips;
    size_t clip_count;
    struct desk *desks;
    uint32_t desk_count;
    uint32_t random;
    int over; /* The daemon ends: no further call. */
    struct tmr timer;
};

static int64_t pause_us(struct ut__demo *demo)
{
    demo->random = demo->random * 1664525u + 1013904223u;
    return PAUSE_MIN_US + (int64_t)(demo->random >> 8) % PAUSE_SPREAD_US;
}

/* The daemon has ended the call: the desk takes another one later. */
static void ended(void *arg, const char *reason)
{
    struct desk *desk = arg;
    desk->call = NULL;
    if (strcmp(reason, "shutdown") == 0)
        desk->demo->over = 1;
    desk->at_us = ut__clock_mono_us() + pause_us(desk->demo);
}

static void name_call(struct ut__call_info *info, const struct desk *desk)
{
    uint32_t team = desk->index / AGENTS;
    snprintf(info->source, sizeof info->source, "demo");
    snprintf(info->queue, sizeof info->queue, "%s", queues[desk->index % QUEUES]);
    if (team)
        snprintf(info->agent, sizeof info->agent, "%s %u", agents[desk->index % AGENTS], team + 1);
    else
        snprintf(info->agent, sizeof info->agent, "%s", agents[desk->index % AGENTS]);
}

static void begin_call(struct desk *desk, int64_t now_us)
{
    struct ut__demo *demo = desk->demo;
    desk->clip = &demo->clips[(desk->index + desk->round++) % demo->clip_count];
    struct ut__port_open open = {.caller_rate_hz = desk->clip->rate_hz[UT_ROLE_CALLER],
                                 .agent_rate_hz = desk->clip->rate_hz[UT_ROLE_AGENT],
                                 .ended = ended,
                                 .arg = desk};
    name_call(&open.info, desk);
    memset(desk->given, 0, sizeof desk->given);
    desk->at_us = now_us;
    if (ut__port_open(demo->port, &desk->call, &open) != 0) {
        desk->call = NULL;
        desk->at_us = now_us + pause_us(demo);
    }
}

/* Gives one role's samples up to now. */
static void give(struct desk *desk, enum ut_role role, int64_t played_us)
{
    const struct ut__demo_clip *clip = desk->clip;
    size_t due = (size_t)(played_us * (int64_t)clip->rate_hz[role] / 1000000);
    due = due < clip->n[role] ? due : clip->n[role];
    if (due <= desk->given[role])
        return;
    const int16_t *from = clip->pcm[role] + desk->given[role];
    size_t n = due - desk->given[role];
    desk->given[role] = due;
    ut__port_push(desk->demo->port, desk->call, role, UT__PORT_S16, from, n * sizeof from[0]);
}

static void play(struct desk *desk, int64_t now_us)
{
    const struct ut__demo_clip *clip = desk->clip;
    int64_t rate = clip->rate_hz[UT_ROLE_CALLER];
    int64_t given_us = (int64_t)desk->given[UT_ROLE_CALLER] * 1000000 / rate;
    if (now_us - desk->at_us - given_us > LATE_MAX_US)
        desk->at_us = now_us - given_us - LATE_MAX_US;
    for (int role = 0; role < UT_ROLE_COUNT && desk->call; role++) {
        if (clip->pcm[role])
            give(desk, (enum ut_role)role, now_us - desk->at_us);
    }
    if (desk->call && desk->given[UT_ROLE_CALLER] == clip->n[UT_ROLE_CALLER]) {
        ut__port_close(desk->demo->port, desk->call, "hangup");
        desk->call = NULL;
        desk->at_us = now_us + pause_us(desk->demo);
    }
}

static void tick(void *arg)
{
    struct ut__demo *demo = arg;
    int64_t now_us = ut__clock_mono_us();
    tmr_start(&demo->timer, TICK_MS, tick, demo);
    for (uint32_t i = 0; i < demo->desk_count; i++) {
        struct desk *desk = &demo->desks[i];
        if (desk->call)
            play(desk, now_us);
        else if (!demo->over && now_us >= desk->at_us)
            begin_call(desk, now_us);
    }
}

static int read_clips(struct ut__demo *demo, const struct ut__demo_config *cfg, char *why,
                      size_t cap)
{
    struct ut__source_message msg = {""};
    for (size_t i = 0; i < cfg->file_count; i++) {
        int err = ut__demo_clip_read(&demo->clips[demo->clip_count], cfg->files[i], cfg, &msg);
        if (err == UT_ENOMEM) {
            snprintf(why, cap, "%s: there is no memory left for it", cfg->files[i]);
            return err;
        }
        if (!err) {
            demo->clip_count++;
            continue;
        }
        UT__LOG(UT__LOG_WARN, "a demo recording is left out", ut__log_str("file", cfg->files[i]),
                ut__log_str("error", msg.text));
        snprintf(why, cap, "--demo %s: %s", cfg->files[i], msg.text);
    }
    return demo->clip_count ? 0 : UT_EINVAL;
}

static int seat(struct ut__demo *demo, uint32_t calls)
{
    uint32_t fewest = demo->clip_count < UT__DEMO_CALLS_FEWEST ? UT__DEMO_CALLS_FEWEST
                                                               : (uint32_t)demo->clip_count;
    demo->desk_count = calls ? calls : fewest;
    demo->desks = calloc(demo->desk_count, sizeof demo->desks[0]);
    if (!demo->desks)
        return UT_ENOMEM;
    int64_t now_us = ut__clock_mono_us(), apart = FIRST_ALL_US / demo->desk_count;
    apart = apart < FIRST_APART_US ? apart : FIRST_APART_US;
    for (uint32_t i = 0; i < demo->desk_count; i++) {
        demo->desks[i] =
            (struct desk){.demo = demo, .index = i, .at_us = now_us + (int64_t)i * apart};
    }
    return 0;
}

int ut__demo_start(struct ut__demo **out, const struct ut__demo_config *cfg,
                   const struct ut__port *port, char *why, size_t why_cap)
{
    if (cfg->file_count == 0 || cfg->file_count > UT__DEMO_FILES_MAX ||
        cfg->calls > UT__DEMO_CALLS_MAX) {
        snprintf(why, why_cap, "--demo takes 1 to %d recordings and at most %d calls at once",
                 UT__DEMO_FILES_MAX, UT__DEMO_CALLS_MAX);
        return UT_EINVAL;
    }
    struct ut__demo *demo = calloc(1, sizeof *demo);
    int err = demo ? 0 : UT_ENOMEM;
    if (!err) {
        demo->port = port;
        demo->random = 1;
        tmr_init(&demo->timer);
        demo->clips = calloc(cfg->file_count, sizeof demo->clips[0]);
        err = demo->clips ? read_clips(demo, cfg, why, why_cap) : UT_ENOMEM;
    }
    if (!err)
        err = seat(demo, cfg->calls);
    if (err) {
        if (err == UT_ENOMEM)
            snprintf(why, why_cap, "there is no memory left");
        ut__demo_stop(demo);
        return err;
    }
    tmr_start(&demo->timer, 1, tick, demo);
    *out = demo;
    return 0;
}

void ut__demo_stop(struct ut__demo *demo)
{
    if (!demo)
        return;
    tmr_cancel(&demo->timer);
    for (uint32_t i = 0; i < demo->desk_count && demo->desks; i++) {
        if (demo->desks[i].call)
            ut__port_close(demo->port, demo->desks[i].call, "shutdown");
    }
    for (size_t i = 0; i < demo->clip_count; i++)
        ut__demo_clip_clear(&demo->clips[i]);
    free(demo->clips);
    free(demo->desks);
    free(demo);
}

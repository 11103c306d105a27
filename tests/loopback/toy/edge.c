/* SPDX-License-Identifier: MIT */
/*
 * The edge `toy`: a file of raw G.711 mu-law is one call, played once in real time.
 *
 *     file -> 20 ms a tick -> ut__port_push
 *
 * Hub thread alone.
 */

#include "contract/edge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/re.h"

enum { RATE_HZ = 8000, TICK_MS = 20, TICK_BYTES = RATE_HZ * TICK_MS / 1000 };

struct options {
    char *file;
};

struct toy {
    const struct ut__port *port;
    struct ut__port_call *call; /* NULL: over. */
    FILE *file;
    struct tmr timer;
    uint64_t accepted;
};

static const struct ut__option rows[] = {
    {.name = "toy",
     .kind = UT__OPTION_FILE,
     .offset = offsetof(struct options, file),
     .value = "FILE",
     .help = "Play raw mu-law as one call"},
    {.name = NULL},
};

static void ended(void *arg, const char *reason)
{
    struct toy *t = arg;
    (void)reason;
    t->call = NULL;
}

static void tick(void *arg)
{
    struct toy *t = arg;
    uint8_t bytes[TICK_BYTES];
    size_t n = fread(bytes, 1, sizeof bytes, t->file);
    if (n)
        ut__port_push(t->port, t->call, UT_ROLE_CALLER, UT__PORT_ULAW, bytes, n);
    if (t->call && n < sizeof bytes) {
        ut__port_close(t->port, t->call, "end of file");
        t->call = NULL;
    }
    if (t->call)
        tmr_start(&t->timer, TICK_MS, tick, t);
}

static void stop(void *edge)
{
    struct toy *t = edge;
    tmr_cancel(&t->timer);
    if (t->call)
        ut__port_close(t->port, t->call, "shutdown");
    if (t->file)
        fclose(t->file);
    free(t);
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    struct toy *t = o->file ? calloc(1, sizeof *t) : NULL;
    if (!t)
        return 0; /* Nobody asks for it. */
    t->port = host->port;
    tmr_init(&t->timer);
    t->file = fopen(o->file, "rb");
    struct ut__port_open open = {.caller_rate_hz = RATE_HZ, .ended = ended, .arg = t};
    snprintf(open.info.source, sizeof open.info.source, "toy");
    int err = t->file ? ut__port_open(t->port, &t->call, &open) : UT_EINVAL;
    if (err) {
        snprintf(why, cap, "toy: %.200s: %s; give a file of mu-law", o->file,
                 t->file ? ut_strerror(err) : strerror(errno));
        stop(t);
        return err;
    }
    t->accepted++;
    tmr_start(&t->timer, TICK_MS, tick, t);
    *out = t;
    return 0;
}

static size_t stats(const void *edge, struct ut__edge_stat *out)
{
    const struct toy *t = edge;
    out[0] = UT__EDGE_OPEN(t->call != NULL);
    out[1] = UT__EDGE_ACCEPTED(t->accepted);
    return 2;
}

const struct ut__edge ut__edge_toy = {
    .name = "toy",
    .title = "Toy",
    .summary = "Plays a file as one call.",
    .options = rows,
    .config_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .stats = stats,
};

/* SPDX-License-Identifier: MIT */
/* `undertone serve --test-channel NAME`: the ways out without the daemon. */

#include "daemon/test_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/channels/trial.h"
#include "supervise/supervise.h"
#include "terminal/command.h"

struct outlets {
    struct ut__outlet list[UT__CHANNELS_MAX];
    size_t count;
};

static int add_channel(void *arg, const char *name, uint32_t actions,
                       const struct ut__channel_kind *kind, void *state_take)
{
    struct outlets *o = arg;
    if (o->count == UT__CHANNELS_MAX) {
        kind->destroy(state_take);
        return UT_ENOMEM;
    }
    struct ut__outlet *c = &o->list[o->count++];
    snprintf(c->name, sizeof c->name, "%s", name);
    c->actions = actions;
    c->kind = kind;
    c->state = state_take;
    return 0;
}

static int start_ways_out(const struct ut__serve_config *cfg, const struct ut__edge_host *host,
                          char *why, size_t cap)
{
    void *state[UT__EDGES_MAX] = {NULL};
    int err = 0;
    for (size_t i = 0; ut__edges[i] && !err; i++) {
        const struct ut__edge *edge = ut__edges[i];
        if ((edge->flags & UT__EDGE_OUT) && (!edge->wanted || edge->wanted(cfg->edges[i])))
            err = edge->start(&state[i], cfg->edges[i], host, why, cap);
    }
    for (size_t i = 0; ut__edges[i]; i++)
        if (state[i])
            ut__edges[i]->stop(state[i]);
    return err;
}

/* The one of this name, or the only one of this kind. */
static const struct ut__outlet *find(const struct outlets *o, const char *name)
{
    const struct ut__outlet *only = NULL;
    size_t of_kind = 0;
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(o->list[i].name, name) == 0)
            return &o->list[i];
        if (strcmp(o->list[i].kind->name, name) == 0) {
            only = &o->list[i];
            of_kind++;
        }
    }
    return of_kind == 1 ? only : NULL;
}

static void tell_unknown(const struct outlets *o, const char *name)
{
    fprintf(stderr, "undertone serve: test-channel: '%.60s' is none of the channels; ", name);
    if (!o->count)
        fprintf(stderr, "none is configured, give --webhook, --mail or --syslog, or --config\n");
    for (size_t i = 0; i < o->count; i++)
        fprintf(stderr, "%s%s%s", i ? ", " : "there are: ", o->list[i].name,
                i + 1 == o->count ? "\n" : "");
}

int ut__test_channel(const struct ut__serve_config *cfg, const char *name)
{
    char why[UT__CONFIG_WHY_MAX] = "";
    struct ut__text told = {0};
    int code = UT__EXIT_FAILED;
    struct outlets *o = calloc(1, sizeof *o);
    const struct ut__edge_host host = {
        .node = cfg->node, .base_url = cfg->base_url, .add_channel = add_channel, .arg = o};
    int err = o ? start_ways_out(cfg, &host, why, sizeof why) : UT_ENOMEM;
    const struct ut__outlet *channel = err ? NULL : find(o, name);
    if (!o) {
        snprintf(why, sizeof why, "there is no memory left");
    } else if (!err && !channel) {
        tell_unknown(o, name);
        code = UT__EXIT_USAGE;
    } else if (!err) {
        err = ut__trial_send(channel, cfg->node, &told, why, sizeof why);
        code = err ? UT__EXIT_FAILED : UT__EXIT_DONE;
    }
    if (told.buf)
        fputs(told.buf, stdout);
    if (err)
        fprintf(stderr, "undertone serve: %s\n", why);
    ut__text_free(&told);
    for (size_t i = 0; o && i < o->count; i++)
        o->list[i].kind->destroy(o->list[i].state);
    free(o);
    return code;
}

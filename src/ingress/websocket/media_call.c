/* SPDX-License-Identifier: MIT */
/* Calls that outlive a connection. */

#include "ingress/websocket/media_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

struct ut__media_call {
    struct le le; /* In `waiting`. */
    struct ut__media_calls *all;
    struct ut__port_call *call;
    char id[UT__CALL_ID_MAX]; /* As the peer said it; "": it did not. */
    char source[UT__CALL_LABEL_MAX];
    char reason[UT__CALL_LABEL_MAX]; /* Why the connection was lost. */
    uint32_t rate_hz[UT_ROLE_COUNT];
    int64_t last_us; /* The last that came. */
    struct tmr over;
    void (*ended)(void *arg, const char *reason); /* NULL: it waits. */
    void *arg;
};

static void release(struct ut__media_call *c)
{
    tmr_cancel(&c->over);
    list_unlink(&c->le);
    free(c);
}

/* The daemon ended it; its port's handle is dead. */
static void on_ended(void *arg, const char *reason)
{
    struct ut__media_call *c = arg;
    void (*ended)(void *, const char *) = c->ended;
    void *who = c->arg;
    release(c);
    if (ended)
        ended(who, reason);
}

static struct ut__media_call *find(const struct ut__media_calls *all, const struct ut__port_open *o)
{
    for (const struct le *le = all->waiting.head; le && o->info.id[0]; le = le->next) {
        struct ut__media_call *c = le->data;
        if (strcmp(c->id, o->info.id) == 0 && strcmp(c->source, o->info.source) == 0 &&
            c->rate_hz[UT_ROLE_CALLER] == o->caller_rate_hz &&
            c->rate_hz[UT_ROLE_AGENT] == o->agent_rate_hz)
            return c;
    }
    return NULL;
}

static void go_on(struct ut__media_call *c, const struct ut__port_open *open)
{
    int64_t away_us = ut__clock_mono_us() - c->last_us;
    tmr_cancel(&c->over);
    list_unlink(&c->le);
    c->ended = open->ended;
    c->arg = open->arg;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        uint64_t lost = (uint64_t)away_us * c->rate_hz[role] / 1000000;
        if (lost && lost <= UINT32_MAX)
            ut__port_gap(c->all->port, c->call, (enum ut_role)role, (uint32_t)lost);
    }
    ut__port_update(c->all->port, c->call, NULL, 0);
    UT__LOG(UT__LOG_INFO, "a call goes on after its connection was lost",
            ut__log_str("call", ut__port_id(c->all->port, c->call)),
            ut__log_int("away_ms", away_us / 1000));
}

int ut__media_call_open(struct ut__media_call **out, struct ut__media_calls *all,
                        const struct ut__port_open *open)
{
    struct ut__media_call *c = find(all, open);
    if (c) {
        go_on(c, open);
        *out = c;
        return 0;
    }
    c = calloc(1, sizeof *c);
    if (!c)
        return UT_ENOMEM;
    struct ut__port_open own = *open;
    own.ended = on_ended;
    own.arg = c;
    own.continues = open->info.id[0] ? open->info.id : NULL;
    c->all = all;
    c->ended = open->ended;
    c->arg = open->arg;
    c->rate_hz[UT_ROLE_CALLER] = open->caller_rate_hz;
    c->rate_hz[UT_ROLE_AGENT] = open->agent_rate_hz;
    c->last_us = ut__clock_mono_us();
    memcpy(c->id, open->info.id, sizeof c->id);
    memcpy(c->source, open->info.source, sizeof c->source);
    tmr_init(&c->over);
    int err = ut__port_open(all->port, &c->call, &own);
    if (err)
        free(c);
    else
        *out = c;
    return err;
}

void ut__media_call_push(struct ut__media_call *c, enum ut_role role, enum ut__port_codec codec,
                         const void *bytes, size_t len_bytes)
{
    c->last_us = ut__clock_mono_us();
    (void)ut__port_push(c->all->port, c->call, role, codec, bytes, len_bytes);
}

void ut__media_call_gap(struct ut__media_call *c, enum ut_role role, uint32_t samples)
{
    ut__port_gap(c->all->port, c->call, role, samples);
}

void ut__media_call_hold(struct ut__media_call *c, int on_hold)
{
    ut__port_update(c->all->port, c->call, NULL, on_hold);
}

int ut__media_call_is(const struct ut__media_call *c, const char *id)
{
    return c && id[0] && strcmp(c->id, id) == 0;
}

void ut__media_call_end(struct ut__media_call *c, const char *reason)
{
    if (!c)
        return;
    ut__port_close(c->all->port, c->call, reason);
    release(c);
}

static void on_over(void *arg)
{
    struct ut__media_call *c = arg;
    ut__media_call_end(c, c->reason);
}

void ut__media_call_lost(struct ut__media_call *c, const char *reason)
{
    if (!c || !c->id[0] || c->all->rejoin_s == 0) {
        ut__media_call_end(c, reason);
        return;
    }
    c->ended = NULL;
    snprintf(c->reason, sizeof c->reason, "%s", reason);
    list_append(&c->all->waiting, &c->le, c);
    tmr_start(&c->over, (uint64_t)c->all->rejoin_s * 1000, on_over, c);
}

void ut__media_calls_stop(struct ut__media_calls *all)
{
    while (all->waiting.head)
        ut__media_call_end(all->waiting.head->data, "shutdown");
}

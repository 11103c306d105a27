/* SPDX-License-Identifier: MIT */
/* How the daemon leaves: it lets calls end, or ends them. */

#include "daemon/leave.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/notify.h"

enum {
    END_MS = 4000, /* For the summaries of calls that are ended; then the daemon leaves without. */
    LINGER_MS = 200, /* For what the edges still send: BYE, the last events. */
    WATCH_MS = 1000,
    EXTEND_S = 20 /* So long the service manager waits on, from each word that we send it. */
};

static void leave(void *arg)
{
    (void)arg;
    re_cancel();
}

static void drained(void *arg)
{
    struct ut__leave *l = arg;
    if (l->holds && !l->ending && l->holds(l->holds_arg)) {
        tmr_start(&l->timer, WATCH_MS, drained, l);
        return;
    }
    tmr_cancel(&l->watch);
    tmr_start(&l->timer, LINGER_MS, leave, l);
}

static void too_late(void *arg)
{
    UT__LOG0(UT__LOG_WARN, "some calls did not end in time");
    leave(arg);
}

/* The service manager hears how many calls are left, and that it is to wait for them. */
static void watch(void *arg)
{
    struct ut__leave *l = arg;
    struct ut__load load = ut__port_load(ut__hub_port(l->hub));
    char text[128];
    if (l->until_ms && ut__clock_mono_us() / 1000 >= l->until_ms) {
        UT__LOG(UT__LOG_WARN, "drain-seconds are over", ut__log_int("calls", load.calls));
        ut__leave_now(l);
        return;
    }
    snprintf(text, sizeof text, "%sSTATUS=draining, %u calls left\nEXTEND_TIMEOUT_USEC=%d000000",
             l->asked ? "STOPPING=1\n" : "", load.calls + load.talks, EXTEND_S);
    ut__notify(text);
    tmr_start(&l->watch, WATCH_MS, watch, l);
}

void ut__leave_init(struct ut__leave *l, struct ut__hub *hub)
{
    *l = (struct ut__leave){.hub = hub};
    tmr_init(&l->timer);
    tmr_init(&l->watch);
}

void ut__leave_drain(struct ut__leave *l)
{
    if (l->draining)
        return;
    l->draining = 1;
    UT__LOG(UT__LOG_INFO, "draining: no new calls, those there are go on",
            ut__log_int("calls", ut__port_load(ut__hub_port(l->hub)).calls));
    watch(l);
    ut__hub_drain(l->hub, drained, l);
}

void ut__leave_stop(struct ut__leave *l, int64_t limit_s)
{
    if (l->asked++ || limit_s == 0) {
        ut__leave_now(l);
        return;
    }
    l->until_ms = ut__clock_mono_us() / 1000 + limit_s * 1000;
    ut__leave_drain(l);
}

void ut__leave_now(struct ut__leave *l)
{
    if (l->ending++) {
        re_cancel(); /* Asked twice: at once. */
        return;
    }
    tmr_cancel(&l->watch);
    UT__LOG0(UT__LOG_INFO, "stopping: calls end with their summaries");
    ut__notify("STOPPING=1");
    tmr_start(&l->timer, END_MS, too_late, l);
    ut__hub_end(l->hub, drained, l);
}

void ut__leave_end(struct ut__leave *l)
{
    tmr_cancel(&l->timer);
    tmr_cancel(&l->watch);
}

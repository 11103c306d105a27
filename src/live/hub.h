/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_HUB_H
#define UT_LIVE_HUB_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/alert.h>
#include <undertone/model.h>

#include "contract/live_stats.h"
#include "contract/port.h"
#include "contract/stream.h"

/*
 * The hub: the thread that runs libre's loop. It owns the call table, shares calls out among the
 * workers, gives the events their ids and hands them to each sink in turn.
 *
 *     ingress -> port -> [call table] -> commands -> workers
 *     workers -> items -> ids -> sinks (stdout, store, supervise)
 *
 * Every function: hub thread only.
 */

enum { UT_HUB_SINKS_MAX = 8 };

struct ut_hub_config {
    const struct ut_model *model; /* Borrowed; outlives the hub. */
    uint32_t workers;             /* 1..UT_LIVE_WORKERS_MAX */
    uint32_t max_calls;
    uint32_t media_timeout_s; /* A call without media for so long is ended. */
    struct ut_alert_config alert;
};

struct ut_hub;

/** Starts the workers and listens for them; libre_init() was called. Returns 0 or an error. */
int ut_hub_create(struct ut_hub **out, const struct ut_hub_config *cfg) UT_MUST_CHECK;

/** Ends the workers. Calls that are still there end without a summary. NULL is fine. */
void ut_hub_destroy(struct ut_hub *hub);

/** Adds a receiver of the stream; kept until the hub is destroyed. 0 or UT_ETOOBIG. */
int ut_hub_add_sink(struct ut_hub *hub, const struct ut_sink *sink) UT_MUST_CHECK;

/** The port for every ingress. */
const struct ut_port *ut_hub_port(const struct ut_hub *hub);

/** What can change while calls run: it holds for calls opened from now on. */
void ut_hub_set_limits(struct ut_hub *hub, uint32_t max_calls, const struct ut_alert_config *alert);

/** Asked when a call opens: may change what the alert rule is for its queue. */
typedef void ut_hub_rule(void *arg, const char *queue, struct ut_alert_config *alert);

/** Sets who is asked; NULL: nobody. */
void ut_hub_set_rule(struct ut_hub *hub, ut_hub_rule *rule, void *arg);

/*
 * Who remembers returning callers' voices. A call whose caller is known by number waits for the
 * answer a quarter of a second at most, which the buffers of its media bridge.
 */
struct ut_hub_memory {
    void *arg;
    /* Returns 1 when ut_hub_recalled() will follow, 0 when nothing is to be waited for. */
    int (*recall)(void *arg, const char *caller, const char *call);
    /* The caller's baseline at the end of a call. */
    void (*keep)(void *arg, const char *caller, const uint8_t *baseline, size_t len);
};

/** Sets who remembers, copied; NULL: nobody. */
void ut_hub_set_memory(struct ut_hub *hub, const struct ut_hub_memory *memory);

/** Answers a recall. len 0: the caller is not known. A call that waits no more is left alone. */
void ut_hub_recalled(struct ut_hub *hub, const char *call, const uint8_t *baseline, size_t len);

/**
 * Takes no more calls and ends those there are, each with its summary. done: called once no call is
 * left, possibly from within.
 */
void ut_hub_drain(struct ut_hub *hub, void (*done)(void *arg), void *arg);

void ut_hub_get_stats(const struct ut_hub *hub, struct ut_live_stats *out);

/** Calls fn for every live call. */
void ut_hub_each_call(const struct ut_hub *hub,
                      void (*fn)(void *arg, const struct ut_call_info *info, int on_hold),
                      void *arg);

#endif

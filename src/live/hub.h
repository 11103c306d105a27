/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_HUB_H
#define UT_LIVE_HUB_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/alert.h>
#include <undertone/model.h>
#include <undertone/site.h>

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

enum { UT__HUB_SINKS_MAX = 8 };

struct ut__hub_config {
    const struct ut_model *model; /* Borrowed; outlives the hub. */
    uint32_t workers;             /* 1..UT__LIVE_WORKERS_MAX */
    uint32_t max_calls;
    uint32_t media_timeout_s; /* A call without media for so long is ended. */
    uint32_t
        rejoin_s; /* A call that goes on with one that ended within so long has its baseline. */
    struct ut_alert_config alert;
};

struct ut__hub;

/** Starts the workers and listens for them; libre_init() was called. Returns 0 or an error. */
int ut__hub_create(struct ut__hub **out, const struct ut__hub_config *cfg) UT_MUST_CHECK;

/** Ends the workers. Calls that are still there end without a summary. NULL is fine. */
void ut__hub_destroy(struct ut__hub *hub);

/** Adds a receiver of the stream; kept until the hub is destroyed. 0 or UT_ETOOBIG. */
int ut__hub_add_sink(struct ut__hub *hub, const struct ut__sink *sink) UT_MUST_CHECK;

/** Hands an item of a call without media to every sink; it gets its number and time. */
void ut__hub_publish(struct ut__hub *hub, struct ut__stream_item *item);

/** The port for every ingress. */
const struct ut__port *ut__hub_port(const struct ut__hub *hub);

/** What can change while calls run: it holds for calls opened from now on. */
void ut__hub_set_limits(struct ut__hub *hub, uint32_t max_calls,
                        const struct ut_alert_config *alert);

/* What holds for a call of a queue. */
struct ut__hub_terms {
    struct ut_alert_config alert;
    const struct ut_site *site; /* Borrowed for the call; NULL: the model's own. */
};

/** Asked when a call opens: may change the terms for its queue. */
typedef void ut__hub_rule(void *arg, const char *queue, struct ut__hub_terms *terms);

/** Sets who is asked; NULL: nobody. */
void ut__hub_set_rule(struct ut__hub *hub, ut__hub_rule *rule, void *arg);

/*
 * Who remembers returning callers' voices. A call whose caller is known by number waits for the
 * answer a quarter of a second at most, which the buffers of its media bridge.
 */
struct ut__hub_memory {
    void *arg;
    /* Returns 1 when ut__hub_recalled() will follow, 0 when nothing is to be waited for. */
    int (*recall)(void *arg, const char *caller, const char *call);
    /* The caller's baseline at the end of a call. */
    void (*keep)(void *arg, const char *caller, const uint8_t *baseline, size_t len);
};

/** Sets who remembers, copied; NULL: nobody. */
void ut__hub_set_memory(struct ut__hub *hub, const struct ut__hub_memory *memory);

/** Told what each call tells of its site, once its end was published. */
typedef void ut__hub_habit(void *arg, const char *call, const struct ut_habit *habit);

/** Sets who is told; NULL: nobody. */
void ut__hub_set_habit(struct ut__hub *hub, ut__hub_habit *habit, void *arg);

/** Answers a recall. len 0: the caller is not known. A call that waits no more is left alone. */
void ut__hub_recalled(struct ut__hub *hub, const char *call, const uint8_t *baseline, size_t len);

/**
 * Takes no more calls, but one that goes on with another that is there. done: called once neither a
 * call nor a conversation is left, possibly from within.
 */
void ut__hub_drain(struct ut__hub *hub, void (*done)(void *arg), void *arg);

/** The same, and ends the calls there are, each with its summary; conversations end with their edge. */
void ut__hub_end(struct ut__hub *hub, void (*done)(void *arg), void *arg);

void ut__hub_get_stats(const struct ut__hub *hub, struct ut__live_stats *out);

/** Calls fn for every live call. */
void ut__hub_each_call(const struct ut__hub *hub,
                       void (*fn)(void *arg, const struct ut__call_info *info, int on_hold),
                       void *arg);

#endif

/* SPDX-License-Identifier: MIT */
/* Baselines: asked for before a call begins, given, carried over, kept at its end. */

#include "live/recall.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "live/decisions.h"
#include "live/publish.h"
#include "net/re.h"

enum { RECALL_MS = 250 /* Half of what the ring of a pushed call holds. */ };

/* The worker gets the call; from here on all that concerns it goes by commands. */
static void hand_to_worker(struct ut__live_call *lc)
{
    struct ut__worker_command cmd = {.op = UT__WORKER_OPEN, .call = lc};
    if (lc->recalling) {
        tmr_cancel(&lc->recall_over);
        lc->recalling = 0;
        lc->hub->recalling--;
    }
    ut__worker_send(lc->hub->workers[lc->worker], &cmd);
}

void ut__recall_stop(struct ut__live_call *lc)
{
    if (!lc->recalling)
        return;
    ut__decided_baseline(lc->info.id, lc->info.caller, "withheld",
                         "the record has not answered in time");
    hand_to_worker(lc);
}

static void waited(void *arg)
{
    ut__recall_stop(arg);
}

static int may_recall(struct ut__hub *hub, const struct ut__live_call *lc)
{
    const char *why = !hub->memory.recall          ? "no record keeps baselines"
                      : !lc->info.caller[0]        ? "nobody says who calls"
                      : !ut__live_caller_known(lc) ? "nobody says which line is the caller's"
                                                   : NULL;
    if (!why && !hub->memory.recall(hub->memory.arg, lc->info.caller, lc->info.id))
        why = "the record takes no question";
    ut__decided_baseline(lc->info.id, lc->info.caller, why ? "withheld" : "asked for", why);
    return !why;
}

/* The same caller goes on: with what the call has learnt so far. */
static void carry_on(struct ut__live_call *lc, const uint8_t *blob, size_t len)
{
    if (ut_call_set_baseline(lc->call, blob, len) != 0)
        return;
    lc->info.returning = 1;
    UT__LOG(UT__LOG_INFO, "a call goes on with another's baseline",
            ut__log_str("call", lc->info.id));
    ut__decided_baseline(lc->info.id, lc->info.caller, "carried over", NULL);
    ut__publish_kind(lc, UT__STREAM_UPDATED);
}

/* A call that goes on with another one, says its ingress. Returns 1 when it waits for that one's
 * end. */
static int goes_on(struct ut__hub *hub, struct ut__live_call *lc, const char *with)
{
    size_t len = 0;
    if (!with)
        return 0;
    const uint8_t *blob = ut__carried_find(&hub->carried, with, ut__clock_mono_us(),
                                           (int64_t)hub->cfg.rejoin_s * 1000000, &len);
    const struct ut__call_entry *live = ut__call_table_find(&hub->table, with);
    if (blob)
        carry_on(lc, blob, len);
    else if (live && live != &lc->entry)
        snprintf(lc->awaited, sizeof lc->awaited, "%s", with);
    return lc->awaited[0] != 0;
}

/* Those who waited for this call's end. */
static void tell_awaiting(struct ut__hub *hub, const char *id, const uint8_t *blob, size_t len)
{
    for (uint32_t b = 0; hub->recalling && b < UT__CALL_TABLE_BUCKETS; b++) {
        for (struct ut__call_entry *e = hub->table.buckets[b]; e; e = e->next) {
            struct ut__live_call *lc = ut__hub_call_of(e);
            if (!lc->recalling || !lc->awaited[0] || strcmp(lc->awaited, id) != 0)
                continue;
            if (len)
                carry_on(lc, blob, len);
            hand_to_worker(lc);
        }
    }
}

void ut__recall_keep(const struct ut__live_call *lc)
{
    struct ut__hub *hub = lc->hub;
    uint8_t blob[UT_BASELINE_MAX_BYTES];
    int n = ut_call_get_baseline(lc->call, blob, sizeof blob);
    size_t len = n > 0 ? (size_t)n : 0;
    ut__carried_keep(&hub->carried, lc->info.id, lc->wanted, ut__clock_mono_us(), blob, len);
    tell_awaiting(hub, lc->info.id, blob, len);
    if (!hub->memory.keep || !lc->info.caller[0])
        return;
    if (n > 0)
        hub->memory.keep(hub->memory.arg, lc->info.caller, blob, (size_t)n);
    ut__decided_baseline(lc->info.id, lc->info.caller, n > 0 ? "kept" : "not kept",
                         n > 0 ? NULL : "too little was heard to know the caller by");
}

void ut__recall_begin(struct ut__live_call *lc, const char *with)
{
    struct ut__hub *hub = lc->hub;
    lc->recalling =
        (uint8_t)(goes_on(hub, lc, with) || (!lc->info.returning && may_recall(hub, lc)));
    hub->recalling += lc->recalling;
    if (lc->recalling)
        tmr_start(&lc->recall_over, RECALL_MS, waited, lc);
    else
        hand_to_worker(lc);
}

void ut__hub_recalled(struct ut__hub *hub, const char *call, const uint8_t *baseline, size_t len)
{
    struct ut__call_entry *e = ut__call_table_find(&hub->table, call);
    struct ut__live_call *lc = e ? ut__hub_call_of(e) : NULL;
    if (!lc || !lc->recalling)
        return;
    /* One of another model is refused; the call then begins like a stranger's. */
    int err = len ? ut_call_set_baseline(lc->call, baseline, len) : 0;
    ut__decided_baseline(call, lc->info.caller, len && !err ? "given" : "withheld",
                         err    ? ut_strerror(err)
                         : !len ? "none of this caller is kept"
                                : NULL);
    if (len && !err) {
        lc->info.returning = 1;
        ut__publish_kind(lc, UT__STREAM_UPDATED);
    }
    hand_to_worker(lc);
}

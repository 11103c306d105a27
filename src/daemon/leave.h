/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_LEAVE_H
#define UT_DAEMON_LEAVE_H

#include "live/hub.h"
#include "net/re.h"

enum { UT__DRAIN_RETIRES = 1 }; /* The value that sigqueue(3) sends. */

/*
 * How the daemon leaves:
 *
 *     SIGUSR1, POST /api/v1/drain -> no new calls; when those there are have ended, it leaves
 *     SIGUSR1 with UT__DRAIN_RETIRES -> and hands its calls to the other nodes before that
 *     SIGTERM -> the same, for drain-seconds at most
 *     SIGTERM again, SIGINT, or the time is up -> calls end with their summaries
 *     once more -> at once
 *
 * Hub thread.
 */
struct ut__leave {
    struct ut__hub *hub;
    struct tmr timer, watch;
    int (*holds)(const void *arg); /* Something is still to be done; NULL: nothing ever. */
    const void *holds_arg;
    int64_t until_ms; /* Steady clock: the drain ends then; 0: it has all the time. */
    uint8_t draining, asked, ending;
};

void ut__leave_init(struct ut__leave *l, struct ut__hub *hub);
/** Takes no new calls, and leaves when there are none. */
void ut__leave_drain(struct ut__leave *l);
/** The same, within limit_s; the second time, or with 0, calls end now, and the third time it leaves. */
void ut__leave_stop(struct ut__leave *l, int64_t limit_s);
/** Ends the calls with their summaries; the second time it leaves. */
void ut__leave_now(struct ut__leave *l);
/** Nothing happens any more. */
void ut__leave_end(struct ut__leave *l);

#endif

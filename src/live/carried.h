/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_CARRIED_H
#define UT_LIVE_CARRIED_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>

#include "contract/stream.h"

/*
 * Baselines of calls that have just ended, for a call that goes on with the same caller: a connection
 * that is made again, an INVITE with Replaces. In memory, for a while, the newest ones. Hub thread.
 */

enum { UT__CARRIED_MAX = 256 };

struct ut__carried {
    struct {
        char id[UT__CALL_ID_MAX];     /* The call's, */
        char wanted[UT__CALL_ID_MAX]; /* and the one that its ingress asked for; "": none. */
        int64_t ended_us;
        size_t len; /* 0: free. */
        uint8_t blob[UT_BASELINE_MAX_BYTES];
    } one[UT__CARRIED_MAX];
    size_t next;
};

/** Keeps a copy. blob: [len], at most UT_BASELINE_MAX_BYTES. */
void ut__carried_keep(struct ut__carried *c, const char *id, const char *wanted, int64_t now_us,
                      const uint8_t *blob, size_t len);

/** The newest of a call of this id that ended within so long. Returns its bytes, *len of them; NULL: none. */
const uint8_t *ut__carried_find(const struct ut__carried *c, const char *id, int64_t now_us,
                                int64_t within_us, size_t *len);

#endif

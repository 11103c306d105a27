/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RTPENGINE_NG_H
#define UT_INGRESS_RTPENGINE_NG_H

#include <stddef.h>

#include <undertone/error.h>

#include "contract/edge.h"
#include "ingress/rtpengine/bencode.h"

/*
 * rtpengine's NG protocol below its commands: one UDP socket, requests with cookies, each sent up to
 * four times; whether rtpengine answers at all is told to supervisors. Hub thread, inside libre's loop.
 */

enum { UT__NG_REQUEST_MAX = 8192 };

struct ut__ng;

struct ut__ng_config {
    const char *address; /* "127.0.0.1:2223"; borrowed until close. */
    const char *own;     /* Our address; NULL: the one that rtpengine is reached from. */
    const struct ut__edge_host *host;
};

/** Returns 0; UT_ENOMEM; UT_EINVAL with errno. */
int ut__ng_open(struct ut__ng **out, const struct ut__ng_config *cfg) UT_MUST_CHECK;

/** Forgets what waits for an answer. NULL is fine. */
void ut__ng_close(struct ut__ng *ng);

/** Our address, as text. */
const char *ut__ng_own(const struct ut__ng *ng);

/* A request in the making: ut__ng_begin, pairs into `out`, ut__ng_send. */
struct ut__ng_request {
    struct ut__bencode_out out;
    char bytes[UT__NG_REQUEST_MAX];
};

void ut__ng_begin(struct ut__ng_request *q, struct ut__ng *ng, const char *command);

/* Who waits for the answer. about: NULL, and nobody does. */
struct ut__ng_waiter {
    void *about;
    void (*answered)(void *about, const struct ut__bencode *dict);
    void (*unanswered)(void *about); /* NULL: nothing is done. */
};

/** w: copied. What does not fit, and what there is no memory for, is not sent. */
void ut__ng_send(struct ut__ng *ng, struct ut__ng_request *q, const struct ut__ng_waiter *w);

/** Nobody waits about this any more: answers that still come are dropped. */
void ut__ng_forget(struct ut__ng *ng, const void *about);

#endif

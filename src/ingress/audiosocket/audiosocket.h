/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_AUDIOSOCKET_AUDIOSOCKET_H
#define UT_INGRESS_AUDIOSOCKET_AUDIOSOCKET_H

/*
 * A server for Asterisk's AudioSocket: Asterisk connects and sends what one channel hears or says,
 * one socket a direction. Two sockets of one call can be joined.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/port.h"

/* Which sockets belong together. */
enum ut__audiosocket_join {
    UT__AUDIOSOCKET_APART, /* Each socket is a call, and is the caller. */
    UT__AUDIOSOCKET_SAME, /* The same UUID: the first socket is the caller, the second the agent. */
    UT__AUDIOSOCKET_PAIR  /* UUIDs that differ in the last bit alone: 0 the caller, 1 the agent. */
};

struct ut__audiosocket_config {
    const char *listen; /* "127.0.0.1:9092" */
    enum ut__audiosocket_join join;
    uint32_t max_connections; /* 0: 2000. */
    /* Who may connect; NULL: anybody who can reach the address. Borrowed for each question. */
    int (*allowed)(void *arg, const struct sockaddr *peer);
    void *allowed_arg;
};

struct ut__audiosocket_stats {
    uint32_t connections; /* Open now. */
    uint64_t accepted, refused, errors;
};

struct ut__audiosocket;

/** Listens. port outlives it. why: [why_cap] gets a sentence on failure. Returns 0, UT_EINVAL,
    UT_EIO, UT_ENOMEM. Hub thread, like all here. */
int ut__audiosocket_start(struct ut__audiosocket **out, const struct ut__audiosocket_config *cfg,
                          const struct ut__port *port, char *why, size_t why_cap) UT_MUST_CHECK;

/** Ends its calls and closes its sockets; NULL is fine. */
void ut__audiosocket_stop(struct ut__audiosocket *a);

uint16_t ut__audiosocket_port(const struct ut__audiosocket *a);
void ut__audiosocket_get_stats(const struct ut__audiosocket *a, struct ut__audiosocket_stats *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_BUS_H
#define UT_SUPERVISE_CHANNELS_BUS_H

#include <stddef.h>

#include "supervise/channels/channel.h"
#include "supervise/hand.h"
#include "supervise/supervise.h"

/*
 * The kinds of channels. Each create checks its configuration (why: a sentence and a remedy on
 * failure), copies what it keeps and returns 0, UT_EINVAL or UT_ENOMEM.
 */

extern const struct ut__channel_kind ut__webhook_kind, ut__syslog_kind, ut__bus_kind;

int ut__webhook_create(void **out, const struct ut__webhook_config *cfg, const char *base_url,
                       char *why, size_t cap);

/** where: "udp://host:514", "tcp://host:601" or "unix:///dev/log". */
int ut__syslog_create(void **out, const char *where, const char *node, char *why, size_t cap);

/* Who hears what comes over the bus. */
struct ut__bus_owner {
    const char *node;
    struct ut__hand *hand; /* Leads to the thread of `message`. */
    void (*message)(void *arg, const char *json);
    void *arg;
};

int ut__bus_create(void **out, const struct ut__nats_config *cfg, const struct ut__bus_owner *owner,
                   char *why, size_t cap);

/* The bus beside the outbox: plain subjects and the key-value store. Hub thread. */
struct ut__bus;

/** Publishes PREFIX.kind.NODE with a JSON text; dropped when the bus is away or too slow. */
void ut__bus_publish(struct ut__bus *bus, const char *kind, const char *json, size_t len);
/** Asks the owner of an alert to act on it: {"alert","node","action","by",...}, kept until seen. */
void ut__bus_act(struct ut__bus *bus, const char *alert, const char *json);
/** An order of another node was carried out, or refused: its key is not needed any more. */
void ut__bus_act_done(struct ut__bus *bus, const char *key);
/** How many calls this node has, for its lease. Any thread. */
void ut__bus_calls(struct ut__bus *bus, uint32_t calls);
/** 1 while connected. Any thread. */
int ut__bus_connected(struct ut__bus *bus);

#endif

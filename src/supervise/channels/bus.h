/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_BUS_H
#define UT_SUPERVISE_CHANNELS_BUS_H

#include "supervise/channels/channel.h"

enum {
    /* What a node's lease says that it understands of the others; raised with what older nodes do not. Version 0.1 says
     * nothing of it. */
    UT__BUS_SPEAKS = 2
};

/*
 * A channel that joins nodes as well, beside the outbox: plain messages of the moment, and orders
 * that are kept. What comes from other nodes goes to the edge's host: `heard`. Hub thread, but for
 * `connected` and `load`.
 */
struct ut__bus_ops {
    /* Tells the other nodes {"kind","node","event"}; dropped when the bus is away or too slow. */
    void (*publish)(void *state, const char *kind, const char *json, size_t len);
    /* The same to one node. */
    void (*tell)(void *state, const char *node, const char *kind, const char *json);
    /* Asks the owner of an alert to act on it: {"alert","node","action","by",...}, kept until seen.
     */
    void (*act)(void *state, const char *alert, const char *json);
    /* The same under the key where it lies already. */
    void (*act_again)(void *state, const char *key, const char *json);
    /* Asks to stand in for a node that died, or not any more; once a second. How it went is told by
     * `heard`: {"kind":"stood_in","node","held"}. */
    void (*stand_in)(void *state, const char *node, int on);
    /* An order of another node was carried out, or refused: its key is not needed any more. */
    void (*act_done)(void *state, const char *key);
    /* Keeps a setting for all nodes, if theirs is still of that revision (0: there is none); how it
     * went is told by `kept`. */
    void (*put)(void *state, const char *key, int64_t revision, const char *value);
    /* Forgets a setting, with all that was kept of it. */
    void (*drop)(void *state, const char *key);
    /* Keeps a call that has ended, or a baseline, for all nodes: the newest of its key. */
    void (*past_put)(void *state, const char *key, const char *value);
    /* The record has what was kept up to there; it is told what comes after. */
    void (*past_from)(void *state, int64_t after);
    /* Keeps a call's timeline for when this node is no more; told by `kept` when it is: "handed". */
    void (*hand)(void *state, const char *key, int64_t row, const char *value);
    /* Asks for what a node that left has handed over; told by `kept`: "fetched". */
    void (*fetch)(void *state, const char *key);
    /* Forgets what is kept under that key; told by `kept` when it is done. */
    void (*purge)(void *state, const char *key);
    /* Hears all settings once more: this node understands them now. */
    void (*anew)(void *state);
    /* What this node has to do, for its lease. Any thread. */
    void (*load)(void *state, uint32_t calls, int draining);
    /* 1 while connected. Any thread. */
    int (*connected)(void *state);
};

static inline void ut__bus_publish(const struct ut__outlet *bus, const char *kind, const char *json,
                                   size_t len)
{
    bus->kind->bus->publish(bus->state, kind, json, len);
}

static inline void ut__bus_tell(const struct ut__outlet *bus, const char *node, const char *kind,
                                const char *json)
{
    bus->kind->bus->tell(bus->state, node, kind, json);
}

static inline void ut__bus_act(const struct ut__outlet *bus, const char *alert, const char *json)
{
    bus->kind->bus->act(bus->state, alert, json);
}

static inline void ut__bus_act_again(const struct ut__outlet *bus, const char *key,
                                     const char *json)
{
    bus->kind->bus->act_again(bus->state, key, json);
}

static inline void ut__bus_stand_in(const struct ut__outlet *bus, const char *node, int on)
{
    bus->kind->bus->stand_in(bus->state, node, on);
}

static inline void ut__bus_act_done(const struct ut__outlet *bus, const char *key)
{
    bus->kind->bus->act_done(bus->state, key);
}

static inline void ut__bus_put(const struct ut__outlet *bus, const char *key, int64_t revision,
                               const char *value)
{
    bus->kind->bus->put(bus->state, key, revision, value);
}

static inline void ut__bus_drop(const struct ut__outlet *bus, const char *key)
{
    bus->kind->bus->drop(bus->state, key);
}

static inline void ut__bus_past_put(const struct ut__outlet *bus, const char *key,
                                    const char *value)
{
    bus->kind->bus->past_put(bus->state, key, value);
}

static inline void ut__bus_past_from(const struct ut__outlet *bus, int64_t after)
{
    bus->kind->bus->past_from(bus->state, after);
}

static inline void ut__bus_hand(const struct ut__outlet *bus, const char *key, int64_t row,
                                const char *value)
{
    bus->kind->bus->hand(bus->state, key, row, value);
}

static inline void ut__bus_fetch(const struct ut__outlet *bus, const char *key)
{
    bus->kind->bus->fetch(bus->state, key);
}

static inline void ut__bus_purge(const struct ut__outlet *bus, const char *key)
{
    bus->kind->bus->purge(bus->state, key);
}

static inline void ut__bus_anew(const struct ut__outlet *bus)
{
    bus->kind->bus->anew(bus->state);
}

static inline void ut__bus_load(const struct ut__outlet *bus, uint32_t calls, int draining)
{
    bus->kind->bus->load(bus->state, calls, draining);
}

static inline int ut__bus_connected(const struct ut__outlet *bus)
{
    return bus->kind->bus->connected(bus->state);
}

#endif

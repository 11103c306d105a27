/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_FEED_H
#define UT_SUPERVISE_FEED_FEED_H

#include <stdint.h>

#include "base/text.h"
#include "net/http.h"
#include "supervise/auth.h"

/*
 * The feed: every message once, in a ring; each client of /ws and /events has a place in it.
 *
 *     put -> [ring of the newest messages] -> pump, every 30 ms, or at once for an alert -> clients
 *
 * A client that asked for batches gets all messages of a tick as one array, made once for all who
 * are at the same place: with 500 calls a page has 33 frames a second to read instead of 500.
 *
 * A client whose socket is full is left alone until it has drained. If its place is by then too far
 * behind, or no longer in the ring, it is told so (`skip`) and given the newest state in whole
 * (`snapshot`). A client gets what is of its role and its queues alone; those with the same share
 * a view, so that a batch and a snapshot are made once for all of a team. So nobody is waited for, and memory has a bound. Before the first client no message
 * is kept: who was never told an id cannot come back with one. Hub thread.
 */

enum {
    UT__FEED_MESSAGES = 4096,         /* Kept for who comes back; a power of two. */
    UT__FEED_BYTES = 32 << 20,        /* Of all kept messages. */
    UT__FEED_LAG = UT__FEED_MESSAGES, /* Messages behind after which a client is skipped: nobody
                                         may ask for older ones, so none are kept. */
    UT__FEED_QUEUED = 256 * 1024,     /* Unsent bytes of a client beyond which it is left alone. */
    UT__FEED_KERNEL = 128 * 1024, /* Bytes that the kernel may hold for a client, so that one who
                                     does not read is found out soon; Linux takes twice as much. */
    UT__FEED_BATCH = 64 * 1024,   /* Bytes after which a batch is closed. */
    UT__HEARTBEAT_S = 15,
    UT__COMMAND_MAX = 65536 /* Bytes of a client's message. */
};

/* What the feed asks of its owner. */
struct ut__feed_owner {
    void *arg;
    /* Writes the event objects. */
    void (*hello)(void *arg, const struct ut__who *who, int resumed, struct ut__text *out);
    /* scope: of the client, see scope.h. */
    void (*snapshot)(void *arg, const char *scope, struct ut__text *out);
    /* A client's message: JSON text, not NUL-terminated. client: for ut__feed_answer. */
    void (*command)(void *arg, uint64_t client, const struct ut__who *who, const char *json,
                    size_t len);
    /* Is this client still allowed? */
    int (*still)(void *arg, const struct ut__who *who);
};

struct ut__feed_stats {
    uint32_t clients;
    uint64_t messages, sent, skips, refused;
};

/* Who may see a message. */
struct ut__feed_to {
    unsigned roles;
    const char *queue;  /* Of the call that it is about; NULL: it is about none. */
    const char *before; /* Those who see this queue know of the call already; NULL: none. */
};

struct ut__feed;

/** node: of this node, kept. Returns 0 or UT_ENOMEM. */
int ut__feed_create(struct ut__feed **out, const char *node, uint32_t clients_max,
                    const struct ut__feed_owner *owner) UT_MUST_CHECK;
/** Closes all clients. NULL is fine. */
void ut__feed_destroy(struct ut__feed *f);

/**
 * Adds a message. type: static name. event: the event object. to: who may see it: those of its roles
 * who see `queue`, and with `before` those alone who do not see that one. urgent: 1 sends it now, 0
 * within 30 ms. Returns its id.
 */
uint64_t ut__feed_put(struct ut__feed *f, const char *type, int64_t time_ms, const char *node,
                      const struct ut__text *event, const struct ut__feed_to *to, int urgent);

/**
 * Turns a request into a client; answers it in any case. after: the id to resume from, or 0.
 * batch: 1 sends arrays of messages.
 */
void ut__feed_ws(struct ut__feed *f, struct ut__http_exchange *x, const struct ut__who *who,
                 uint64_t after, int batch);
void ut__feed_sse(struct ut__feed *f, struct ut__http_exchange *x, const struct ut__who *who,
                  uint64_t after);

/** Sends an event to one client, if it is still there. */
void ut__feed_answer(struct ut__feed *f, uint64_t client, const char *type,
                     const struct ut__text *event);

/** Once a second: pings, and clients who may no longer are sent away. */
void ut__feed_tick(struct ut__feed *f);

/** 1 while one more client is taken. */
int ut__feed_room(const struct ut__feed *f);
uint64_t ut__feed_newest(const struct ut__feed *f);
void ut__feed_get_stats(const struct ut__feed *f, struct ut__feed_stats *out);

#endif

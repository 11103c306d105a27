/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_FEED_STATE_H
#define UT_SUPERVISE_FEED_FEED_STATE_H

/* The ring and its clients, for the files that are the feed: feed.c, feed_view.c, feed_join.c. */

#include "net/re.h"
#include "net/ws.h"
#include "supervise/feed/feed.h"

struct ut__feed_message {
    const char *type;
    char *text;
    uint32_t len;
    unsigned roles;
    const char *queue, *before; /* Behind the text; NULL: see struct ut__feed_to. */
};

struct ut__feed_client {
    struct ut__feed_client *next;
    struct ut__feed *feed;
    uint64_t number, at; /* The id that it gets next. */
    int64_t sent_ms;     /* When it last got something. */
    struct ut__who who;
    struct ut__feed_view *view;
    struct ut__ws *ws; /* NULL: server-sent events on x. */
    struct ut__http_exchange *x;
    int batch;       /* Gets arrays of messages. */
    int full;        /* Waits to be drained. */
    int needs;       /* Wants a snapshot as soon as it can take one. */
    int leaving;     /* Is being closed. */
    const char *why; /* Of the skip before that snapshot; NULL: none. */
};

/* Messages from..next-1 that a view has, as a JSON array; `upto` was the newest then. */
struct ut__feed_batch {
    uint64_t from, next, upto;
    unsigned count;
    struct ut__text text;
};

/* What clients of one role and the same queues see. */
struct ut__feed_view {
    struct ut__feed_view *next;
    unsigned role, clients;
    char scope[UT__SCOPE_BYTES];
    struct ut__text snapshot; /* The event as of `snapshot_id`. */
    uint64_t snapshot_id;
    int64_t snapshot_ms;
    struct ut__feed_batch batch; /* The one made last. */
};

struct ut__feed {
    char node[64];
    struct ut__feed_owner owner;
    struct ut__feed_message ring[UT__FEED_MESSAGES];
    uint64_t first, newest; /* Ids kept: first..newest; none while first > newest. */
    size_t bytes;
    struct ut__feed_client *clients;
    uint32_t clients_max;
    uint64_t numbers; /* Clients so far. */
    struct tmr pump;
    struct ut__feed_view *views;
    struct ut__text draft; /* Where a message grows before it gets a place of its size. */
    struct ut__feed_stats stats;
};

/* Sends a client what it may have next, until it is full. */
void ut__feed_pump(struct ut__feed_client *c);
/* A client's queue is empty again. arg: the client. */
void ut__feed_drained(void *arg);
/* What is said to one client alone. Returns 0 when it was not taken. */
int ut__feed_send(struct ut__feed_client *c, const char *type, const struct ut__text *event);
/* The client has gone. */
void ut__feed_unlink(struct ut__feed_client *c);

#endif

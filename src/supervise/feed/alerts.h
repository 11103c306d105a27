/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_ALERTS_H
#define UT_SUPERVISE_FEED_ALERTS_H

#include "base/text.h"
#include "contract/news.h"
#include "supervise/scope.h"

/*
 * The alerts that the page shows: the open ones of all nodes, and those of live calls. The store
 * keeps all of this node's; these are copies, as told by the store and by the bus. They are kept as
 * the texts that clients get: as trees of jansson's each would take four times as much. Hub thread.
 */

enum {
    UT__ALERTS_MAX = 20000, /* A bound on what foreign nodes can make us keep. */
    UT__ALERTS_SHOWN = 2000 /* Fits into a client's queue: the rest is to be asked for. */
};

/* An alert as its text, with what it is looked for by. */
struct ut__alert {
    struct ut__alert *prev, *next;                        /* In the order in which they came. */
    struct ut__alert *bucket;                             /* The next with the same hash. */
    const char *id, *node, *call, *queue, *agent, *state; /* In `texts`, as the next. */
    const char *severity, *outcome, *acknowledged_by, *judged_by, *json;
    uint8_t stored;
    uint64_t number; /* Of those that came; its newest state keeps it. */
    char texts[];
};

struct ut__alerts {
    struct ut__alert *first, *last;
    struct ut__alert *buckets[4096];
    unsigned count;
    uint64_t numbers;
};

/** All zero to start; forgets all. */
void ut__alerts_release(struct ut__alerts *a);

/**
 * Takes the newest state of an alert; borrowed. Beyond UT__ALERTS_MAX a new one is not kept. Returns 1
 * when it is news, 0 when it is as before or no alert.
 */
int ut__alerts_put(struct ut__alerts *a, const struct ut__alert_state *alert);
/** The alert of a node, or of any, that node's first. Borrowed, until the next change; or NULL. */
const struct ut__alert *ut__alerts_find(const struct ut__alerts *a, const char *node,
                                        const char *id);
/** Forgets one alert, if it is there. */
void ut__alerts_forget(struct ut__alerts *a, const char *node, const char *id);
/** 1 while somebody has to see to it. */
int ut__alert_is_open(const char *state);
/** Forgets the closed alerts of a call that has ended. */
void ut__alerts_call_ended(struct ut__alerts *a, const char *node, const char *call);
/** Forgets every alert of a call. */
void ut__alerts_erase_call(struct ut__alerts *a, const char *node, const char *call);
/**
 * Writes an array of Alerts in the order in which they came: the newest UT__ALERTS_SHOWN of those
 * that are kept. scope: the queues that are seen, see scope.h. Returns how many older ones are left out.
 */
unsigned ut__alerts_json(const struct ut__alerts *a, const char *scope, struct ut__text *out);

/* Which alerts a page is to hold. */
struct ut__alerts_filter {
    const char *scope;         /* The queues that are seen. */
    const char *queue, *agent; /* NULL: any. */
    uint64_t before;           /* Numbered below this; 0: from the newest on. */
    int64_t limit;
};
/**
 * Writes an array of the open Alerts that fit, the newest first. Returns what the next page is to
 * begin before; 0: there is none.
 */
uint64_t ut__alerts_page(const struct ut__alerts *a, const struct ut__alerts_filter *f,
                         struct ut__text *out);
/** How many of a severity are raised and not answered. */
unsigned ut__alerts_waiting(const struct ut__alerts *a, const char *severity);
/** How many are in a state. */
unsigned ut__alerts_count(const struct ut__alerts *a, const char *state);

#endif

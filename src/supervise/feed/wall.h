/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_FEED_WALL_H
#define UT_SUPERVISE_FEED_WALL_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/text.h"
#include "contract/ledger.h"
#include "contract/stream.h"

/* The live calls of all nodes, as the page's cards show them. Hub thread. */

enum {
    UT__SPARK = 60,        /* Seconds of stress behind a card. */
    UT__LINE_SECONDS = 10, /* Seconds of line quality that count. */
    UT__WALL_MAX = 20000   /* Calls of all nodes. */
};

struct ut__card {
    struct ut__card *next, *bucket; /* Of all; of those with the same hash. */
    char id[UT__CALL_ID_MAX], node[UT__NODE_BYTES];
    char source[UT__CALL_LABEL_MAX], queue[UT__CALL_LABEL_MAX], agent[UT__CALL_LABEL_MAX];
    char caller_key[UT__CALLER_KEY_MAX], reason[UT__CALL_LABEL_MAX];
    char choices[UT__CALL_CHOICES_MAX], problem[UT__CALL_PROBLEM_MAX]; /* Of ut__call_info. */
    char replaces[UT__CALL_REPLACES_MAX];                              /* The same. */
    uint8_t local, has_agent, on_hold, scored, ended;
    int64_t started_ms, ended_ms; /* Unix time. */
    int64_t lingers_ms;           /* Steady clock: an ended call leaves the wall then. */
    struct ut_score score;        /* The newest; state abstain before the first. */
    double state_since_s;
    float spark[UT__SPARK]; /* -1: abstained. */
    uint32_t spark_len, spark_at;
    uint8_t lines[UT__LINE_SECONDS]; /* enum ut_why of the last seconds. */
    uint32_t seconds;
    float peak; /* -1: none yet. */
    uint32_t alerts;
    char open_alert[UT__ALERT_ID_MAX];
    int has_summary;
    float peak_end, end, recovery;
};

struct ut__wall {
    struct ut__card *first; /* In no order. */
    struct ut__card *buckets[1024];
    uint32_t local, count;
};

/** Finds a call; node NULL: of any node, the own one first. */
struct ut__card *ut__wall_find(struct ut__wall *w, const char *node, const char *id);

/** Finds or adds; NULL when memory or UT__WALL_MAX is exhausted. */
struct ut__card *ut__wall_add(struct ut__wall *w, const char *node, const char *id, int local);

/** Takes a call from the wall. */
void ut__wall_drop(struct ut__wall *w, struct ut__card *call);

/** Takes all calls from the wall. */
void ut__wall_clear(struct ut__wall *w);

/** What signalling knows; caller_key: the keyed hash, "" for none. */
void ut__wall_info(struct ut__card *call, const struct ut__call_info *info, const char *caller_key);

void ut__wall_score(struct ut__card *call, const struct ut_score *score);

/** Writes the Call object. */
void ut__wall_json(const struct ut__card *call, struct ut__text *out);

/** Fills a remote call from its Call object, and a score from its score object. */
void ut__wall_from_json(struct ut__card *c, const json_t *o);
void ut__wall_score_from_json(const json_t *o, struct ut_score *s);

#endif

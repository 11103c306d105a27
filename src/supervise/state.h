/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_STATE_H
#define UT_SUPERVISE_STATE_H

/* Inside the supervisor channel: what the hub thread owns, and what its files share. */

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "net/limit.h"
#include "supervise/auth.h"
#include "supervise/channels/channel.h"
#include "supervise/feed/alerts.h"
#include "supervise/feed/exposure.h"
#include "supervise/feed/feed.h"
#include "supervise/feed/wall.h"
#include "supervise/hand.h"
#include "supervise/supervise.h"

enum {
    UT__PROBLEMS_MAX = 16,
    UT__NODES_MAX = 64,
    UT__ASKED_MAX = 512, /* Questions of requests that wait for the ledger. */
    UT__LATENCY_BUCKETS = 9,
    UT__STATUS_CLASSES = 6
};

/* Another node of the bus, or this one. */
struct ut__node {
    char name[UT__NODE_BYTES];
    int64_t seen_ms;  /* Unix time, to be shown. */
    int64_t heard_ms; /* The same on the steady clock, to be waited by. */
    uint32_t calls;
    uint8_t alive;
};

/* How long after its event something was told, in buckets of upper bounds in seconds. */
struct ut__latency {
    uint64_t buckets[UT__LATENCY_BUCKETS], count;
    double sum_s;
};

/* Copies of the configuration's texts; NULL where there was none. */
struct ut__texts {
    char *items[5];
    unsigned count;
};

struct ut__supervise {
    struct ut__supervise_config cfg; /* Its texts are those of `texts`. */
    struct ut__texts texts;
    struct ut__ledger ledger;
    const struct ut__lines_door *lines; /* NULL: nobody takes lines. */
    int started;
    int64_t began_ms; /* Steady clock. */
    struct ut__http *http;
    struct ut__hand *hand;
    struct ut__auth *auth;
    struct ut__limit limit;
    struct ut__wall wall;
    struct ut__alerts alerts;
    struct ut__exposure exposure;
    struct ut__feed *feed;
    struct ut__outlet *channels[UT__CHANNELS_MAX];
    uint32_t channel_count;
    struct ut__outlet *bus; /* The one of them that is NATS, or NULL. */
    struct ut__node nodes[UT__NODES_MAX];
    uint32_t node_count;
    struct ut__every *tick;
    struct ut__problem_report problems[UT__PROBLEMS_MAX];
    /* The record's, newest. */
    struct ut__record_state *store_state; /* NULL: it has not said. */
    struct ut__channel_load *loads;
    struct ut__threshold *thresholds;
    uint32_t load_count, threshold_count;
    uint32_t asked;
    struct ut__alerts_reading *reading; /* Of the open alerts, under way; or NULL. */
    struct ut__waiting *waiting; /* Alerts that the record has not told of yet, the oldest first. */
    uint32_t waiting_count;
    void (*on_told)(void *arg, const char *call, int raised, int stored);
    void *on_told_arg;
    struct ut__remote *remote; /* Acts on other nodes' alerts that wait for their echo. */

    /* Metrics. */
    uint64_t requests[UT__STATUS_CLASSES], scores, alerts_raised, alerts_cleared;
    uint64_t abstentions[UT_WHY_NOISE + 1];
    struct ut__latency told, stored;
};

/* An answer of the ledger, in the hub. json: borrowed; on failure {"message","remedy"}. */
typedef void(ut__reply)(void *arg, enum ut__ledger_status status, const char *json);

/** Asks the ledger; fn comes in the hub's loop, unless all ends first. Returns 0 or UT_E.... */
int ut__ask(struct ut__supervise *sv, enum ut__ledger_op op, const char *args, ut__reply *fn,
            void *arg);

/** The same with values; the answer is borrowed for the call of fn, which may take its rows. */
int ut__inquire(struct ut__supervise *sv, const struct ut__inquiry *inquiry, ut__answered *fn,
                void *arg);

/** Asks and waits: at the start alone, before the loop runs. fn(arg, ...) is called before it returns. */
int ut__ask_now(struct ut__supervise *sv, enum ut__ledger_op op, const char *args, ut__reply *fn,
                void *arg);
int ut__inquire_now(struct ut__supervise *sv, const struct ut__inquiry *inquiry, ut__answered *fn,
                    void *arg);

/** open_alerts.c: reads all open alerts of this node; the first time waiting for them. */
void ut__open_alerts_read(struct ut__supervise *sv);
int ut__open_alerts_first(struct ut__supervise *sv);

/* unstored.c. The notice of an alert that is not on disk; to decref, NULL for want of memory. */
json_t *ut__unstored_notice(const struct ut__supervise *sv, const struct ut__stream_item *item,
                            uint32_t n);
/** An alert goes to the record. */
void ut__waiting_add(struct ut__supervise *sv, const struct ut__stream_item *item);
/** It is on disk. Returns 1 when it was told before, as not stored. */
int ut__waiting_stored(struct ut__supervise *sv, const char *call, int raised);
/** It cannot be written now. Returns 1 when it is to be told. */
int ut__waiting_unstored(struct ut__supervise *sv, const char *call, int raised);
/** Keeps and tells of a notice; local: 1 of this node. */
typedef void(ut__tell)(struct ut__supervise *sv, json_t *notice, int local);
/** Once a second: what has waited for too long is told. */
void ut__waiting_tick(struct ut__supervise *sv, ut__tell *tell);
void ut__waiting_end(struct ut__supervise *sv);

/** Notes a read or act in the access log. */
void ut__log_access(struct ut__supervise *sv, const struct ut__who *who, const char *action,
                    const char *what);

/*
 * Acts on an alert of any node. verb: acknowledge, note, resolve, hand_over, judge. body: the command's
 * other members, borrowed. fn gets the Alert or {"message","remedy"}. An alert of a queue that `who`
 * does not see is not found. Returns 0 or UT_E....
 */
int ut__act(struct ut__supervise *sv, const struct ut__who *who, const char *verb,
            const char *alert, const json_t *body, ut__reply *fn, void *arg);
/* The queues that `who` sees, for the ledger's arguments: sets `scope` where they are not all. */
void ut__scope_args(json_t *args, const struct ut__who *who);
/* The echo of an act, or its refusal, from another node. */
void ut__act_echo(struct ut__supervise *sv, const json_t *alert, const char *by);
void ut__act_refused(struct ut__supervise *sv, const json_t *refusal);
void ut__act_expire(struct ut__supervise *sv, int all);

/* Messages to all: messages.c. */
void ut__say_call(struct ut__supervise *sv, const struct ut__card *call, const char *phase,
                  int64_t time_ms);
/* before: the queue that the call was in until now. */
void ut__say_left(struct ut__supervise *sv, const struct ut__card *call, const char *before,
                  int64_t time_ms);
/* json: the alert of the notice as text, len bytes; NULL where it is not there yet. */
void ut__say_alert(struct ut__supervise *sv, const json_t *notice, const char *json, size_t len,
                   int64_t time_ms);
void ut__say_health(struct ut__supervise *sv);
void ut__say_threshold(struct ut__supervise *sv, const char *json);
void ut__say_erased(struct ut__supervise *sv, const char *call);
struct ut__feed_owner ut__feed_owner_of(struct ut__supervise *sv);

/* What comes over the bus from other nodes; json: borrowed. Hub thread. */
void ut__bus_message(struct ut__supervise *sv, const char *json);
/* An order to act on an alert of this node: {"key","event"}. */
void ut__bus_order(struct ut__supervise *sv, json_t *root);

/* What waits for a channel, as the record has it; zeros where it has nothing. */
struct ut__channel_load ut__load_of(const struct ut__supervise *sv, const char *channel);
void ut__loads_take(struct ut__supervise *sv, struct ut__answer *answer);

/* problems.c, nodes.c, health.c */
void ut__health_json(struct ut__supervise *sv, struct ut__text *out);
void ut__channels_json(struct ut__supervise *sv, struct ut__text *out);
void ut__problem_raise(struct ut__supervise *sv, const char *code, const char *message,
                       const char *remedy);
void ut__problem_clear(struct ut__supervise *sv, const char *code);
/* Once a second: nodes that are silent lose their calls. */
void ut__nodes_tick(struct ut__supervise *sv);
void ut__node_seen(struct ut__supervise *sv, const char *name, uint32_t calls);

/* metrics.c */
void ut__metrics_text(struct ut__supervise *sv, struct ut__text *out);
void ut__latency_add(struct ut__latency *l, double seconds);

/* routes.c: registers everything with the listener. */
int ut__routes_register(struct ut__supervise *sv);

/* Replies. */
void ut__reply_json(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                    const char *json, size_t len, const char *headers);
void ut__reply_error(struct ut__supervise *sv, struct ut__http_exchange *x, int status,
                     const char *code, const char *message, const char *remedy,
                     const char *headers);
void ut__reply_refusal(struct ut__supervise *sv, struct ut__http_exchange *x,
                       enum ut__ledger_status status, const char *message, const char *remedy);
/* json: {"message","remedy"} */
void ut__reply_failure(struct ut__supervise *sv, struct ut__http_exchange *x,
                       enum ut__ledger_status status, const char *json);
/* Headers of every answer, with more (may be ""), into buf. */
const char *ut__headers(const struct ut__supervise *sv, const char *more, char *buf, size_t cap);
/* 1 when the origin was foreign and the request has been answered. */
int ut__refuse_origin(struct ut__supervise *sv, struct ut__http_exchange *x);
/* 1 when it is not known who may, and the request has been answered with 503. */
int ut__refuse_unknown(struct ut__supervise *sv, struct ut__http_exchange *x);
/* pages.c: the page, its parts, metrics, health for machines, /ws and /events. */
void ut__page_request(struct ut__http_exchange *x, const struct ut__http_request *req, void *arg);
/* Who asks, checked against roles; 0 when it has been answered with 401, 403 or 503. */
int ut__admit(struct ut__supervise *sv, struct ut__http_exchange *x, unsigned role_mask,
              struct ut__who *who);

#endif

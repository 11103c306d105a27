/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_STATE_H
#define UT_SUPERVISE_STATE_H

/* Inside the supervisor channel: what the hub thread owns. Each of its files has a header beside it. */

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "net/limit.h"
#include "supervise/auth.h"
#include "supervise/channels/channel.h"
#include "supervise/feed/alerts.h"
#include "supervise/feed/exposure.h"
#include "supervise/feed/feed.h"
#include "supervise/feed/quiets.h"
#include "supervise/feed/wall.h"
#include "supervise/hand.h"
#include "supervise/help/action.h"
#include "supervise/help/helper.h"
#include "supervise/metrics.h"
#include "supervise/nodes.h"
#include "supervise/outside.h"
#include "supervise/past.h"
#include "supervise/play.h"
#include "supervise/playbooks.h"
#include "supervise/private.h"
#include "supervise/retire.h"
#include "supervise/shared.h"
#include "supervise/supervise.h"

enum {
    UT__PROBLEMS_MAX = 16,
    UT__HEARD_MAX = 2048, /* Requests of other nodes within two minutes. */
    UT__ASKED_MAX = 512,  /* Questions of requests that wait for the ledger. */
    UT__STATUS_CLASSES = 6
};

/* Copies of the configuration's texts; NULL where there was none. */
struct ut__texts {
    char *items[6];
    unsigned count;
};

/* Who listens to which call, and since when it is noted. */
struct ut__listened {
    char key[UT__NAME_MAX + 256];
    int64_t at_ms;
};

/* Who is reached at which phone. */
struct ut__phone {
    char name[UT__NAME_MAX], number[UT__CALL_LABEL_MAX];
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
    struct ut__quiets quiets;
    struct ut__action actions[UT__ACTIONS_MAX];
    uint32_t action_count;
    struct ut__phone *phones; /* phone_count of them. */
    size_t phone_count;
    ut__help_fn *help_ways[UT__HELP_SIP + 1]; /* NULL: nobody acts by this way. */
    const struct ut__help_door *help_door;    /* By SIP; NULL: nobody. */
    struct ut__helper *helper;                /* NULL: no action needs it. */
    struct ut__play *play;                    /* Of recordings that are files; or NULL. */
    char media[256]; /* Origin of recordings that are elsewhere; "": they are not. */
    struct ut__listened listened[32];
    struct ut__feed *feed;
    struct ut__outlet *channels[UT__CHANNELS_MAX];
    uint32_t channel_count;
    struct ut__outlet *bus; /* The one of them that is NATS, or NULL. */
    struct ut__node nodes[UT__NODES_MAX];
    uint32_t node_count;
    int64_t bus_since_ms;            /* Steady clock: the bus was not connected then. */
    uint8_t was_deaf;                /* It was not, at the last look. */
    char false_node[UT__NODE_BYTES]; /* Whose name somebody used last, */
    int64_t false_ms;                /* and when, steady clock; 0: nobody. */
    struct ut__every *tick;
    struct ut__problem_report problems[UT__PROBLEMS_MAX];
    /* The record's, newest. */
    struct ut__record_state *store_state; /* NULL: it has not said. */
    uint8_t counted;                      /* 1: `precision` holds for the alerts of now. */
    json_t *precision; /* The answer to UT__LEDGER_PRECISION by queue, newest; or NULL. */
    struct ut__channel_load *loads;
    struct ut__threshold *thresholds;
    struct ut__site_row *sites;
    uint32_t load_count, threshold_count, site_count;
    uint32_t asked;
    struct ut__alerts_reading *reading; /* Of the open alerts, under way; or NULL. */
    struct ut__waiting *waiting; /* Alerts that the record has not told of yet, the oldest first. */
    uint32_t waiting_count;
    void (*on_told)(void *arg, const char *call, int raised, int stored);
    void *on_told_arg;
    void (*on_rules)(void *arg, const struct ut__rule_row *rows, uint32_t count);
    void *on_rules_arg;
    struct ut__past past;
    struct ut__retire retire;
    struct ut__order *orders; /* Acts on alerts of nodes that may be dead. */
    uint32_t order_count;
    struct ut__carried *carried; /* Questions that another node has not answered yet. */
    int64_t carried_ids;
    uint32_t carried_count;
    struct ut__heard heard[UT__HEARD_MAX];
    struct ut__sealed sealed[UT__SEALED_MAX];
    uint32_t sealed_next;
    uint8_t share_due;               /* Settings wait for the bus. */
    uint8_t share_again;             /* The record has not taken some of the bus's. */
    char *rules_text;                /* Of the file; NULL: there is none. */
    struct ut__playbooks *playbooks; /* NULL: there are none. */
    struct ut__outside *outside;     /* A search of articles elsewhere; NULL: there is none. */
    struct ut__remote *remote;       /* Acts on other nodes' alerts that wait for their echo. */

    /* Metrics. */
    uint64_t requests[UT__STATUS_CLASSES], scores, alerts_raised, alerts_cleared;
    uint64_t abstentions[UT_WHY_COUNT];
    struct ut__latency told, stored;
};

/** Begins to read recordings where they are files. See api/recording_routes.c. */
int ut__recordings_start(struct ut__supervise *sv);

#endif

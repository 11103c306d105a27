/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_NATS_NATS_H
#define UT_SUPERVISE_CHANNELS_NATS_NATS_H

/* Inside the NATS channel: what its files share. Nothing else includes it. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <jansson.h>
#include <nats/nats.h>

#include "base/text.h"
#include "contract/edge.h"
#include "supervise/channels/bus.h"
#include "supervise/supervise.h"

enum {
    UT__BUS_QUEUE_MAX = 8192, /* Plain messages that wait; more are dropped and counted. */
    UT__BUS_SUBJECT_MAX = 512,
    UT__BUS_STANDINS_MAX = 16,
    UT__BUS_ALERT_MAX = 160,          /* Bytes of an alert's name. */
    UT__BUS_MESSAGE_MAX = 512 * 1024, /* Larger ones from others are ignored. */
    UT__BUS_CALLS_BYTES = 1 << 30     /* Of a stream of calls, as it is made. */
};

enum ut__bus_what {
    UT__BUS_PLAIN,
    UT__BUS_ACT,
    UT__BUS_ACT_DONE,
    UT__BUS_PUT,
    UT__BUS_DROP,
    UT__BUS_PAST,
    UT__BUS_PAST_FROM,
    UT__BUS_PURGE,
    UT__BUS_HAND,
    UT__BUS_FETCH,
    UT__BUS_STAND_IN
};

/* A message for the bus's thread. */
struct ut__bus_item {
    struct ut__bus_item *next;
    enum ut__bus_what what;
    char subject[UT__BUS_SUBJECT_MAX]; /* Or the key. */
    int64_t revision; /* Of a setting that is changed, 0: it is new; where the past is read to. */
    char *text;
};

/* How to reach the broker. */
struct ut__nats_options {
    char *url;        /* nats:// or tls://, several parted by commas. */
    char *creds_file; /* NULL: none. */
    char *ca_file;    /* NULL: the system's certificates. */
    char *cert_file, *key_file;
    char *prefix;     /* First token of all subjects. */
    int64_t replicas; /* Of stream and buckets, 1..5; 0: as the broker has them, at first 1. */
};

/* A lease to stand in for a node. */
struct ut__bus_standin {
    char node[UT__SUPERVISE_NODE_MAX]; /* "": a place that is free. */
    uint64_t revision;                 /* Of ours; 0: it is not ours. */
    int64_t put_us;
    uint64_t lease;   /* Revision of the node's own lease, */
    int64_t still_us; /* which has been that since then. */
};

struct ut__bus {
    const struct ut__edge_host *host;
    char node[UT__SUPERVISE_NODE_MAX], prefix[64];
    natsOptions *options;
    char *url;
    unsigned first; /* Which of its servers is tried first. */
    unsigned chance;
    pthread_t thread;
    int running;
    _Atomic int ending, connected;
    _Atomic int closed; /* libnats is done with the connection. */
    _Atomic int ended;  /* The bus's thread is. */
    _Atomic uint64_t dropped;
    _Atomic int64_t said;   /* Messages so far, to number them. */
    _Atomic uint32_t calls; /* For the lease. */
    _Atomic int draining;

    pthread_mutex_t lock;
    struct ut__bus_item *head, **tail;
    uint32_t queued;
    char why[UT__CHANNEL_ERROR_MAX]; /* It is not connected; "" before the first try has failed. */

    /* The bus's thread, apart from `send`, which has a context of its own. */
    natsConnection *nc;
    jsCtx *js, *send_js;
    kvStore *nodes, *acts;
    kvWatcher *watch_nodes, *watch_acts;
    natsSubscription *plain, *to_us, *alerts;
    kvStore *settings, *standins;
    struct ut__bus_standin standin[UT__BUS_STANDINS_MAX];
    natsSubscription *settings_news, *settings_past;
    natsSubscription *past; /* NULL: the record has not said from where on. */
    int has_past;           /* Its stream is there. */
    natsMsg *past_last;     /* The record has not got all up to it. */
    char *past_text;
    int64_t past_after;    /* Its place. */
    int64_t past_again_us; /* When it is tried again to read them; 0: not to. */
    int64_t retry_us, lease_us,
        listen_us; /* Next: a try, the lease, a look whether all is there. */
    /* Guards `send_js` and the connection under it against the thread of the channel. */
    pthread_mutex_t send_lock;
    _Atomic int anew;  /* All settings are to be heard once more. */
    _Atomic int doubt; /* A letter found no stream: look now. */
    uint8_t replicas;  /* Asked for; 0: as the broker has them. */
    int64_t copies;    /* Of alerts, that it has. */

    /* The lease. */
    char self[20], machine[128], alive_key[UT__SUPERVISE_NODE_MAX + 16];
    uint64_t lease_revision;                     /* 0: we have none. */
    int64_t leases;                              /* So many were put. */
    int64_t put_us, nodes_echo_us, acts_echo_us; /* When it was put, and when it came back. */
    int is_silent, silences; /* No word of a listener: in this look, and in how many in turn. */
};

extern const struct ut__channel_kind ut__nats_kind;

/** why: a sentence and a remedy on failure. Returns 0, UT_EINVAL or UT_ENOMEM. */
int ut__nats_create(void **out, const struct ut__nats_options *cfg,
                    const struct ut__edge_host *host, char *why, size_t cap) UT_MUST_CHECK;
/** Whether libnats waits by the monotonic clock, as nats_clock.c tells it to. */
int ut__nats_clock_is_ours(void);
/** Finds a name that no other process has. */
void ut__bus_name_self(struct ut__bus *bus);
/** Takes the node's name. Returns 0; -1 when another node has it, or the lease cannot be put. */
int ut__bus_claim(struct ut__bus *bus);
/** Renews the lease, and looks whether this node still hears. Returns 0; -1: set up anew. */
int ut__bus_keep(struct ut__bus *bus);

/** Asks for the lease to stand in for a node, renews it, or gives it back. The bus's thread. */
void ut__bus_standin(struct ut__bus *bus, const char *node, int on);

/** The members of a JSON object and its end, behind what shows that they are of this house. To free(), or NULL. */
char *ut__bus_signed(struct ut__bus *bus, struct ut__text *rest_take);
/** A text with every byte that subjects and keys cannot have as =HH. */
void ut__bus_escape(const char *in, char *out, size_t cap);

/** A message as a string of JSON; NULL: it is empty, too large, or holds what no text has: with it a whole batch could not
 * be read. */
json_t *ut__bus_text(natsMsg *msg);
/** What libnats last said of a failure in this thread, or its words for the status. */
const char *ut__bus_why(natsStatus status);

/** Remembers why the bus cannot be used: what was tried, and libnats' words for how it went. */
void ut__bus_failed(struct ut__bus *bus, const char *what, natsStatus status);

/** The bus's thread: stream, buckets and subscriptions of a new connection. 0 when all are there. */
int ut__bus_set_up(struct ut__bus *bus);
/** Ends the connection and all that hangs from it, however little there is. */
void ut__bus_tear_down(struct ut__bus *bus);
/** A stream PREFIX_SUFFIX of PREFIX.SUBJECT.>, made as cfg says where there is none; fills in the rest of cfg. */
natsStatus ut__bus_stream(struct ut__bus *bus, const char *suffix, const char *subject,
                          jsStreamConfig *cfg, jsStreamInfo **info);
/** A bucket, made where there is none. history: values of a key that it keeps. */
natsStatus ut__bus_bucket(struct ut__bus *bus, const char *suffix, int64_t ttl_ns, int64_t history,
                          kvStore **out);

/** The settings: what all nodes have alike. The bus's thread. */
natsStatus ut__bus_settings_bucket(struct ut__bus *bus);
natsStatus ut__bus_settings_listen(struct ut__bus *bus);
void ut__bus_settings_tear_down(struct ut__bus *bus);
/** All of them come once more; for the second time in a connection it has to be begun anew. */
natsStatus ut__bus_settings_again(struct ut__bus *bus);
void ut__bus_settings_put(struct ut__bus *bus, const struct ut__bus_item *item);
void ut__bus_settings_drop(struct ut__bus *bus, const struct ut__bus_item *item);
void ut__bus_settings_receive(struct ut__bus *bus);

/** The calls that have ended and the baselines, of all nodes. The bus's thread. */
void ut__bus_past_set_up(struct ut__bus *bus);
void ut__bus_past_tear_down(struct ut__bus *bus);
/** The record has all up to there; or has not taken what it was handed. */
void ut__nats_past_from(struct ut__bus *bus, int64_t after);
void ut__nats_past_put(struct ut__bus *bus, const struct ut__bus_item *item);
void ut__nats_past_purge(struct ut__bus *bus, const struct ut__bus_item *item);
void ut__bus_past_receive(struct ut__bus *bus);
/** What nodes that left have handed over. */
void ut__nats_hand(struct ut__bus *bus, const struct ut__bus_item *item);
void ut__nats_fetch(struct ut__bus *bus, const char *key);
/** What the broker has no longer of it; NULL: it has all. */
const char *ut__bus_past_deaf(struct ut__bus *bus);
/** For questions that are asked again soon: they hold up whoever asks for half a second at most. */
jsOptions *ut__bus_look(jsOptions *options);
/** A listener that the broker has no longer. When it does not say, bus->is_silent. */
int ut__bus_is_gone(struct ut__bus *bus, natsSubscription *sub);

/** The bus's thread: hands what has come to the hub; waits at most a few milliseconds. */
void ut__bus_receive(struct ut__bus *bus);

#endif

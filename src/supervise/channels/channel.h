/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_CHANNEL_H
#define UT_SUPERVISE_CHANNELS_CHANNEL_H

#include <stdatomic.h>
#include <stdint.h>

#include "contract/ledger.h"

/*
 * A channel that alerts leave by: one thread, fed from the outbox.
 *
 *     ledger: take -> send -> settle: sent; or later once more, at last dead
 *
 * To add a kind: a folder beside this file with an edge (contract/edge.h) that adds its channels, and
 * its name in CMakeLists.txt.
 */

enum ut__sent {
    UT__SENT,          /* The receiver has confirmed it. */
    UT__SENT_UNWANTED, /* The channel's filters hold it back; nothing is known of the receiver. */
    UT__SENT_AWAY,     /* The receiver is not there: no letter would come through now. */
    UT__SENT_RETRY,    /* It does not take this letter now; others may come through. */
    UT__SENT_NEVER     /* It will never take it. */
};

enum { UT__CHANNEL_ERROR_MAX = UT__LETTER_ERROR_MAX };

/* What the receiver said to a letter; to one that it took, perhaps nothing. */
struct ut__channel_word {
    char error[UT__CHANNEL_ERROR_MAX];
    int64_t retry_ms; /* It has asked to be left alone for so long; 0: it has not. */
};

struct ut__bus_ops;

struct ut__channel_kind {
    const char *name; /* "webhook", "mail", "nats", "syslog". */
    /* The channel's thread: sends one letter; on failure fills `word`, which is all zero. */
    enum ut__sent (*send)(void *state, const struct ut__letter *letter,
                          struct ut__channel_word *word);
    /* The channel's thread: 0 while there is no sense in trying, and why says so. NULL: always
     * ready. */
    int (*ready)(void *state, char *why, size_t cap);
    /* The channel's thread, at least once a second: anything else to do. May be NULL. */
    void (*idle)(void *state);
    /* After the thread has ended: ends what others it has, for the ledger goes next. May be NULL. */
    void (*stop)(void *state);
    /* After that, or where nothing was started. */
    void (*destroy)(void *state);
    /* Names the receiver for people: a host and port, or a path, and nothing that may be secret. NULL:
     * it has no name. */
    void (*where)(void *state, char *out, size_t cap);
    const char *remedy; /* While alerts do not get through; NULL: to look at the receiver. */
    const struct ut__bus_ops *bus; /* It joins nodes as well; NULL: it does not. */
};

struct ut__outlet {
    char name[UT__CHANNEL_NAME_MAX];
    uint32_t actions;
    const struct ut__channel_kind *kind;
    void *state;
    uint32_t answer_ms;          /* The ledger is busy or gone beyond this; 0: 10 s. */
    struct ut__deliver *deliver; /* NULL before it is started. */
    /* Counted by its thread, read by all. */
    _Atomic uint64_t delivered, failed, died;
    _Atomic int64_t last_ok_ms;
    _Atomic int trouble; /* 0: the last try was fine. */
};

/** Starts the channel's thread. ledger: copied. Returns 0 or UT_ENOMEM. */
int ut__deliver_start(struct ut__outlet *channel, const struct ut__ledger *ledger);
/** There may be something to send. Any thread. */
void ut__deliver_wake(struct ut__outlet *channel);
/** Ends the thread; what was not confirmed stays in the outbox. */
void ut__deliver_stop(struct ut__outlet *channel);
/** What the last failed try said, into out. Any thread. */
void ut__deliver_error(struct ut__outlet *channel, char *out, size_t cap);

/**
 * How long to wait after a number of failed tries: doubles from 1 s to 15 min, with a third of
 * jitter. random: any 32 bits. Returns milliseconds, or -1 when it has been tried for 24 hours.
 */
int64_t ut__deliver_backoff_ms(int64_t attempts, uint32_t random);

#endif

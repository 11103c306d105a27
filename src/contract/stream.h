/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_STREAM_H
#define UT_CONTRACT_STREAM_H

/*
 * The daemon's one event stream: what every edge hands on about every call. Plain data only.
 *
 *     ingress -> worker (ut_call) -> ring -> hub -> sinks: stdout, store, supervise
 *                                             '-- gives the ids
 *
 * The hub thread calls each sink in turn; a sink copies what it keeps and never blocks.
 */

#include <stdint.h>

#include <undertone/event.h>

enum {
    UT__CALL_ID_MAX = 128, /* Bytes with NUL. */
    UT__CALL_LABEL_MAX = 64,
    UT__CALL_CHOICES_MAX = 160,
    UT__CALL_PROBLEM_MAX = 160,
    UT__CALL_REPLACES_MAX = 320,
    UT__SITE_SUM_MAX = 9, /* Of the checksum of a site's profile, as text. */
    UT__STREAM_PERSON_MAX = 65,
    UT__STREAM_CHANNELS_MAX = 136
};

/* What is known of a call from its signalling. Empty strings where nothing was said. */
struct ut__call_info {
    char id[UT__CALL_ID_MAX];        /* Unique among live and stored calls: [A-Za-z0-9._:@-]. */
    char source[UT__CALL_LABEL_MAX]; /* "siprec", "twilio", "demo", ... */
    char queue[UT__CALL_LABEL_MAX];  /* Of the contact centre. */
    char agent[UT__CALL_LABEL_MAX];  /* The agent's name or extension as configured. */
    char caller[UT__CALL_LABEL_MAX]; /* The caller's number: the store hashes it at once; no sink
                                       may log, show or send it. */
    /* Empty while it is known who the caller is; else who there is to choose from, in a form that a
       rule can be made of, without numbers. */
    char choices[UT__CALL_CHOICES_MAX];
    /* What is wrong with its media and the remedy; filled in by the hub. */
    char problem[UT__CALL_PROBLEM_MAX];
    /* The SIP dialog, as a Replaces header (RFC 3891) names it to who has the caller's end:
       CALL-ID;to-tag=CALLER;from-tag=AGENT. Empty where it is not known. */
    char replaces[UT__CALL_REPLACES_MAX];
    /* The checksum of the site's profile that it began with; filled in by the hub. "": with none. */
    char site[UT__SITE_SUM_MAX];
    int64_t started_ms; /* Unix time. */
    uint8_t has_agent;  /* 1: an agent channel is heard. */
    uint8_t returning;  /* 1: begun with the caller's baseline of earlier calls. */
};

enum ut__stream_kind {
    UT__STREAM_STARTED = 1, /* The call is there; no event yet. */
    UT__STREAM_EVENT,       /* `event` holds. */
    UT__STREAM_UPDATED,     /* The info changed: hold, resume, late metadata. */
    UT__STREAM_ENDED        /* After its summary; `reason` says why it ended. */
};

struct ut__stream_item {
    uint64_t id;     /* Increasing over all calls, from 1 at start. */
    int64_t time_us; /* Wall clock (Unix) at which the hub saw it. */
    enum ut__stream_kind kind;
    uint8_t on_hold;
    char reason[UT__CALL_LABEL_MAX]; /* "bye", "timeout", "media lost", ...; UT__STREAM_ENDED alone.
                                      */
    uint64_t packets, packets_lost;  /* UT__STREAM_ENDED, of calls by RTP: taken; never came. */
    /* Of an alert that an operator's rule raised: whose it is, "": nobody's; and the channels that it
       leaves by, each ended by a line feed, "": all. */
    char to[UT__STREAM_PERSON_MAX], channels[UT__STREAM_CHANNELS_MAX];
    struct ut__call_info info;
    struct ut_event event;
};

/* One receiver of the stream. */
struct ut__sink {
    const char *name;
    void (*push)(void *state, const struct ut__stream_item *item); /* Hub thread; borrowed item. */
    void *state;
    /* Completes an event of a call's voice before any sink gets it; 0: none is to. NULL: nothing. */
    int (*amend)(void *state, struct ut__stream_item *item);
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_PCAP_CAPTURED_TALK_H
#define UT_INGRESS_PCAP_CAPTURED_TALK_H

/*
 * One call as its SIP messages tell it, seen from beside the line: who wants RTP where, what
 * payload types mean, who is on hold, when it ends.
 *
 * Party 0 sent the first INVITE, and speaks in the RTP that goes to where party 1 wants it. A
 * recording client (SIPREC and its kin) sends both voices: its first line that the server takes is
 * party 0's voice, the second party 1's. Pure but for the metadata, which is kept in memory of its
 * own.
 */

#include <stddef.h>
#include <stdint.h>

#include "ingress/pcap/signalling.h"

enum { UT__ENDPOINTS_MAX = 4 /* Places where one party wanted RTP, one after the other. */ };

struct ut__party {
    struct ut__address endpoints[UT__ENDPOINTS_MAX]; /* The newest last. */
    uint32_t endpoint_count;
    struct ut__signal_media media;   /* What it takes, as agreed. */
    struct ut__signal_media offered; /* What it said since, not answered yet. */
    uint8_t has_offered;
    uint8_t held; /* Nothing is expected of it. */
    uint8_t is_secret, has_crypto;
    char name[UT__SIGNAL_ID_MAX]; /* Its address: "sip:1000@example.com"; "" where nobody said. */
    char label[32];               /* A recording's line. */
};

struct ut__rs_kept;

struct ut__captured_talk {
    char call_id[UT__SIGNAL_ID_MAX]; /* "" without SIP. */
    char tag[UT__SIGNAL_ID_MAX];     /* From tag of the first INVITE: party 0's. */
    char to_tag[UT__SIGNAL_ID_MAX];  /* Party 1's; "" until it has answered. */
    struct ut__party parties[2];
    int64_t first_us, ended_us;   /* Of its signalling; ended_us 0: it goes on. */
    struct ut__rs_kept *metadata; /* NULL: none. */
    uint8_t has_sip, is_recording;
    uint8_t is_answered; /* Its INVITE; a later one may be refused without an end. */
    uint8_t is_mixed;    /* Both people are on its one line: its metadata says so. */
    uint8_t is_midway;   /* It had begun before the first message here: who called is not known. */
    uint8_t lines;       /* Of a recording: that the server takes. */
    uint8_t offers_only; /* Every line of the first offer was sendonly, */
    uint8_t may_record;  /* and that offer has not been answered. */
    int16_t party_of[UT__SIGNAL_LINES]; /* Of a recording's lines; -1: nobody's. */
};

/* What a message has changed. */
enum {
    UT__TALK_PLACES = 1, /* Where RTP is wanted. */
    UT__TALK_MEDIA = 2,  /* What a payload type means. */
    UT__TALK_HOLD = 4,
    UT__TALK_NAMES = 8, /* Who is who. */
    UT__TALK_ENDED = 16
};

/** Begins a call with the first message that was seen of it: an INVITE. */
void ut__talk_begin(struct ut__captured_talk *t, const struct ut__signal *s, int64_t time_us);

/** Whether the message is the call's. */
int ut__talk_is_of(const struct ut__captured_talk *t, const struct ut__signal *s);

/** Takes a message of the call, its first one too. Returns what has changed, as bits. */
unsigned ut__talk_take(struct ut__captured_talk *t, const struct ut__signal *s, int64_t time_us);

/** SRTP: nothing can be heard. */
int ut__talk_is_secret(const struct ut__captured_talk *t);

/** What payload types mean in a party's voice: what the other one takes, what it names itself, and
    the static ones. */
void ut__talk_formats(struct ut__rtp_config *cfg, const struct ut__captured_talk *t, int party);

/** The name of what is not decoded under a payload type, "G729"; NULL: nobody named it. */
const char *ut__talk_codec_name(const struct ut__captured_talk *t, uint8_t pt);

void ut__talk_clear(struct ut__captured_talk *t);

#endif

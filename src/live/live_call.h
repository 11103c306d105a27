/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_LIVE_CALL_H
#define UT_LIVE_LIVE_CALL_H

#include <undertone/site.h>

#include "base/ring.h"
#include "contract/port.h"
#include "live/call_table.h"
#include "net/re.h"
#include "rtp/pace.h"

/*
 * A live call as hub and worker share it. The hub makes it and hands it to a worker by the OPEN
 * command; from then on each side touches its own part alone. The worker's ENDED item hands it
 * back, and the hub frees it. The rings order all of it; there is no lock.
 */

struct ut__live_call;
struct srtp;

/* A peer's address as a line keeps it: a tenth of a sockaddr_storage. */
struct ut__live_peer {
    sa_family_t family; /* AF_UNSPEC: nobody. */
    uint16_t port;      /* In network order, as the address. */
    uint8_t host[16];
};

/* Of a stream's counters, those that are told while the call lasts. */
struct ut__live_told {
    uint64_t packets, lost, late, foreign, malformed, unknown_pt, srtp, duplicate;
};

/* Why packets are thrown away. */
enum ut__live_thrown {
    UT__THROWN_SOURCE, /* Of a host that may not send. */
    UT__THROWN_PT,     /* Of a payload type that nobody named. */
    UT__THROWN_SRTP,   /* That cannot be decrypted. */
    UT__THROWN_BROKEN, /* That are no RTP, or no payload of their codec. */
    UT__THROWN_KINDS
};

/* One RTP stream of a call; the worker's, made by the hub. */
struct ut__live_line {
    struct ut__live_call *call;
    struct ut__rtp_stream *rtp;
    struct srtp *srtp; /* NULL: plain RTP. */
    int fd;
    uint8_t role; /* enum ut_role, or UT_ROLE_COUNT: nobody said. */
    uint8_t into; /* The channel of the pipeline it goes to; UT_ROLE_COUNT: to none. */
    uint8_t inactive, closed, strict_port, latched;
    uint8_t source;        /* enum ut__port_source */
    uint8_t srtp_goes_on;  /* It takes over the SRTP of the line that it replaces. */
    uint8_t srtp_has_roll; /* The three below hold. */
    uint8_t srtp_mki_bytes, srtp_tag_bytes;
    uint16_t srtp_seq; /* Last decrypted, of this source, after so many rolls of the number. */
    uint32_t srtp_ssrc, srtp_rolls;
    struct srtp *srtp_sender;      /* With the same key: brings a new key's count up to the old. */
    struct ut__live_peer from;     /* The SDP's. */
    struct ut__live_peer peer;     /* Latched: who sends. */
    struct ut__live_peer stranger; /* Who sent last and may not. */
    int64_t last_us;               /* The last packet taken. */
    uint64_t foreign;              /* Packets of others, dropped before they were looked at. */
    uint64_t srtp_failed, broken;  /* Not decrypted; too short or too long. */
    uint8_t had_packets;           /* So had the line that it replaced. */
    uint64_t skip;                 /* Samples to be left out: its channel has had the time. */
    struct ut__live_told told;     /* What the counters have been told already, */
    struct ut__live_told logged;   /* and the log. */
    uint64_t taken;                /* Packets, at the last look. */
    uint64_t thrown[UT__THROWN_KINDS]; /* At the last look. */
};

/* The head of a record in a pushed call's ring. */
struct ut__live_push {
    uint8_t role, codec; /* Of a packet role is its line. */
    uint16_t len_bytes;  /* That follow; 0: a gap. Of a packet: its arrival, then its bytes. */
    uint32_t gap;        /* Samples lost, when len_bytes is 0. */
};

struct ut__live_call {
    /* The hub's. */
    struct ut__call_entry entry;
    struct ut__call_info info;
    void (*ended)(void *arg, const char *reason);
    void *arg;
    struct ut__hub *hub;
    uint32_t worker;
    uint8_t on_hold;
    uint8_t closing;             /* The ingress has let go of it. */
    uint8_t has_score, last_why; /* A score came, and enum ut_why of the last one. */
    uint8_t recalling; /* Waits for the caller's baseline; the worker does not know it yet. */
    char wanted[UT__CALL_ID_MAX];  /* The id that its ingress asked for. */
    char awaited[UT__CALL_ID_MAX]; /* The call whose end brings the baseline; "": none. */
    struct tmr recall_over;
    char reason[UT__CALL_LABEL_MAX];
    /* Of its RTP lines, as the ingress told of them last. */
    uint8_t role_of[UT__PORT_LINES_MAX], is_open[UT__PORT_LINES_MAX];
    /* Samples lost, not yet told for want of room; from CLOSE on the worker's. */
    uint32_t gap_pending[UT_ROLE_COUNT];
    int64_t opened_us;
    uint64_t gapped[UT_ROLE_COUNT]; /* Samples lost in all. */

    /* Of a pushed call, by role; set when it is made. */
    uint32_t rate_hz[UT_ROLE_COUNT];

    /* Shared by order: the hub writes, the worker reads. */
    struct ut__ring pushed;
    uint8_t is_pushed;
    uint8_t has_packets;             /* What is pushed is RTP, for the lines. */
    uint8_t has_role[UT_ROLE_COUNT]; /* Of a pushed call. */

    /* The worker's. */
    struct ut__live_call *prev, *next;
    struct ut_call *call;
    struct ut__live_line lines[UT__PORT_LINES_MAX];
    uint32_t line_count;
    int hears[UT_ROLE_COUNT];     /* The line that each channel hears; -1: none. */
    uint8_t heard[UT_ROLE_COUNT]; /* As ut_call_set_roles was told. */
    uint64_t at[UT_ROLE_COUNT];   /* Samples that each channel was given. */
    uint8_t thrown_told;          /* Bit by enum ut__live_thrown: once a call. */
    uint8_t clock_told;           /* That timestamps run by another clock: once a call. */
    int64_t last_media_us, timeout_us;
    int64_t arrival_us; /* Of what is being analysed: the latency's start. */
    int64_t origin_us;  /* The first packet's arrival: position 0. */
    uint8_t has_origin;
    uint8_t held, told_lost, ending; /* ending: the summary is being read. */
    uint32_t gap_done;               /* Of the gap at the front of the ring. */
    /* Of a pushed call, by role: whether its samples keep the time; what the hub was told of that;
     * how they are coded; and while they do not, up to when their time was passed as lost. */
    struct ut__pace pace[UT_ROLE_COUNT];
    uint32_t pace_told[UT_ROLE_COUNT];
    uint8_t pace_codec[UT_ROLE_COUNT];
    int64_t pace_us[UT_ROLE_COUNT];
};

/* The handle that an ingress holds is the call itself. */
static inline struct ut__port_call *ut__live_handle(struct ut__live_call *lc)
{
    return (struct ut__port_call *)lc;
}

static inline struct ut__live_call *ut__live_call_of(struct ut__port_call *handle)
{
    return (struct ut__live_call *)handle;
}

/** The host and port of a socket address; AF_UNSPEC for what is neither IPv4 nor IPv6. */
struct ut__live_peer ut__live_peer_of(const struct sockaddr_storage *a);

/**
 * Makes what is to be line number `index` of a call from what an ingress says. line: anywhere; its
 * samples go where lc->lines[index] says. Returns 0 or an error; the socket stays the ingress's.
 */
int ut__live_line_make(struct ut__live_line *line, struct ut__live_call *lc, uint32_t index,
                       const struct ut__port_line *from) UT_MUST_CHECK;

/**
 * Decides which channel each line goes to, and tells the pipeline who is heard. A line of unknown
 * role takes the agent's channel when that is free: there it tells the time and is never scored. No
 * two lines share a channel. A line that comes to a channel goes on where that has got to. Worker,
 * or hub before the worker has the call.
 */
void ut__live_lines_route(struct ut__live_call *lc);

/** Whoever was on this line is gone, and the next one is somebody else. Before it is routed. */
void ut__live_line_left(struct ut__live_call *lc, uint32_t index);

/** Hub: keeps what an ingress says of a line, for ut__live_caller_known and the call's info. */
void ut__live_line_note(struct ut__live_call *lc, uint32_t index, const struct ut__port_line *line);

/** Hub: 1 when somebody is known to be the caller. */
int ut__live_caller_known(const struct ut__live_call *lc);

/** Releases a line's decoders and keys, not its socket. */
void ut__live_line_drop(struct ut__live_line *line);

/** Makes a call with its pipeline and ring. site: NULL: the model's own. Hub thread. Returns 0 or an error. */
int ut__live_call_create(struct ut__live_call **out, const struct ut_model *model,
                         const struct ut_alert_config *alert, const struct ut_site *site,
                         const struct ut__port_open *open) UT_MUST_CHECK;

/** Releases a call; closes its sockets. NULL is fine. */
void ut__live_call_destroy(struct ut__live_call *lc);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_PORT_H
#define UT_CONTRACT_PORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <undertone/call.h>

#include "contract/load.h"
#include "contract/stream.h"
#include "rtp/stream.h"

/*
 * The port through which every live ingress hands its calls to the daemon.
 *
 *     AudioSocket, WebSocket (hub thread)  -- ut__port_push --> ring of the call --+
 *                                                                                 +-> worker
 *     SIP, rtpengine (hub thread)  -- sockets in ut__port_open --> recvmmsg -------+
 *
 * Media comes in one of three ways, chosen when the call is opened:
 *  - pushed: the ingress gives samples as they come. They are copied into a ring of the call and
 *    analysed by the worker that owns it;
 *  - packets: the ingress gives whole RTP packets that it has seen go by, through the same ring;
 *  - RTP: the ingress gives bound UDP sockets with what the SDP says; the worker reads them.
 *
 * Every function here: hub thread only. None blocks. The daemon is reached through function
 * pointers because the arrows point down: an ingress does not know who is above it.
 */

enum ut__port_codec {
    UT__PORT_S16,  /* 16-bit linear in the machine's byte order; len_bytes is even. */
    UT__PORT_ULAW, /* G.711 mu-law, a byte a sample. */
    UT__PORT_ALAW,
    UT__PORT_RTP /* Of ut__port_packet alone. */
};

enum {
    UT__PORT_LINES_MAX = 4,     /* RTP streams of a call. */
    UT__PORT_PACKET_MAX = 1600, /* Bytes of an RTP packet that is pushed. */
    UT__PORT_SRTP_KEY_MAX = 46  /* Key and salt of the longest suite. */
};

/* Who may send what a line receives. */
enum ut__port_source {
    UT__PORT_SOURCE_STRICT,    /* The host of `from` alone. */
    UT__PORT_SOURCE_SYMMETRIC, /* Whoever sends first; the host of `from` once it does. */
    UT__PORT_SOURCE_ANY        /* Whoever sends first. */
};

/* One RTP stream of a call. */
struct ut__port_line {
    int fd;                /* Bound, non-blocking UDP socket; the port owns it after open. */
    uint8_t role;          /* enum ut_role; UT_ROLE_COUNT: unknown, so it is not scored. */
    const char *role_from; /* Where that comes from, for the log: static words; NULL: unsaid. */
    uint8_t inactive;      /* 1: on hold, nothing is expected. */
    uint8_t closed;        /* 1: not in use: nobody is on it, and what comes there is dropped. */
    struct ut__rtp_config rtp;
    struct sockaddr_storage from; /* Where the SDP says it comes from; AF_UNSPEC: anywhere. */
    uint8_t source;               /* enum ut__port_source */
    uint8_t strict_port;          /* 1: the port of `from` must match as well as the address. */
    uint8_t srtp_key_bytes;       /* 0: plain RTP. */
    uint8_t srtp_suite;           /* enum srtp_suite of libre. */
    uint8_t srtp_mki_bytes;       /* Of a key's identifier before each packet's tag; 0: none. */
    uint8_t srtp_goes_on;         /* set_line, 1: the key is the old line's; its count goes on. */
    uint8_t srtp_key[UT__PORT_SRTP_KEY_MAX];
};

struct ut__port_open {
    /* id empty: one is made. started_ms 0: now. Any characters in id that a call id may not have
     * become '-'; an id that is in use gets a suffix. has_agent is filled in from the below. */
    struct ut__call_info info;
    uint32_t caller_rate_hz; /* Pushed: UT_RATE_MIN_HZ..UT_RATE_MAX_HZ; 0: no such channel. */
    uint32_t agent_rate_hz;  /* Both 0: the lines below hold. */
    uint32_t backlog_bytes;  /* Of samples that wait already and are pushed at once. */
    uint32_t line_count;
    struct ut__port_line lines[UT__PORT_LINES_MAX];
    uint8_t packets_pushed; /* 1: the lines have no sockets, their fd is -1; see ut__port_packet. */
    /* The id of a call, live or ended within --rejoin, whose caller goes on in this one, with the
     * baseline; NULL: none. It may be this call's own id. Borrowed. */
    const char *continues;
    uint32_t
        media_timeout_s; /* The call ends when no media came for so long; 0: --media-timeout. */
    /*
     * The daemon ends the call: no media for a while, shutdown, a fault. The ingress hangs up on
     * its side; the handle is dead when this returns, and ut__port_close must not be called. May
     * come from within ut__port_push. Never called after ut__port_close. Must be set.
     */
    void (*ended)(void *arg, const char *reason);
    void *arg;
};

struct ut__port_call; /* A call as its ingress holds it; owned by the daemon. */

struct ut__port {
    void *state;
    int (*open)(void *state, struct ut__port_call **out, const struct ut__port_open *open);
    int (*push)(struct ut__port_call *call, enum ut_role role, enum ut__port_codec codec,
                const void *bytes, size_t len_bytes);
    int (*packet)(struct ut__port_call *call, uint32_t line, const uint8_t *rtp, size_t len,
                  int64_t arrival_us);
    void (*gap)(struct ut__port_call *call, enum ut_role role, uint32_t samples);
    void (*update)(struct ut__port_call *call, const struct ut__call_info *info, int on_hold);
    int (*set_line)(struct ut__port_call *call, uint32_t index, const struct ut__port_line *line);
    void (*close)(struct ut__port_call *call, const char *reason);
    const char *(*id)(const struct ut__port_call *call);
    void (*load)(void *state, struct ut__load *out); /* NULL: there is room. */
};

/**
 * Opens a call. open: borrowed; the sockets in its lines are owned by the port on success and left
 * to the ingress on failure.
 * Returns 0; UT_ETOOBIG: --max-calls are there or the node drains, answer 503 or the like;
 * UT_EINVAL; UT_ENOMEM; UT_EUNSUPPORTED for a codec that is not built in.
 */
static inline int ut__port_open(const struct ut__port *port, struct ut__port_call **out,
                                const struct ut__port_open *open)
{
    return port->open(port->state, out, open);
}

/**
 * Gives samples of one role at the rate that the call was opened with, any number.
 * Returns 1; 0 when the ring was full: they are dropped and counted, and the worker flags a gap of
 * the same length. Samples of a role that the call does not have are ignored.
 */
static inline int ut__port_push(const struct ut__port *port, struct ut__port_call *call,
                                enum ut_role role, enum ut__port_codec codec, const void *bytes,
                                size_t len_bytes)
{
    return port->push(call, role, codec, bytes, len_bytes);
}

/**
 * Gives a whole RTP packet of a line of a call that was opened with packets_pushed. arrival_us:
 * monotonic. Returns 1; 0 when the ring was full or the packet is too long: it is dropped and
 * counted, and its place in time becomes a gap like that of any lost packet.
 */
static inline int ut__port_packet(const struct ut__port *port, struct ut__port_call *call,
                                  uint32_t line, const uint8_t *rtp, size_t len, int64_t arrival_us)
{
    return port->packet(call, line, rtp, len, arrival_us);
}

/** Tells that so many samples were lost, or that time went by without any (a pause). */
static inline void ut__port_gap(const struct ut__port *port, struct ut__port_call *call,
                                enum ut_role role, uint32_t samples)
{
    port->gap(call, role, samples);
}

/**
 * What is known of the call has changed. info: NULL: only the hold. The id and started_ms stay. On
 * hold the call does not time out for want of media.
 */
static inline void ut__port_update(const struct ut__port *port, struct ut__port_call *call,
                                   const struct ut__call_info *info, int on_hold)
{
    port->update(call, info, on_hold);
}

/**
 * Replaces an RTP line: another codec, source, key, role or hold. fd -1 keeps the socket.
 * Returns 0 or an error; then the old line goes on.
 */
static inline int ut__port_set_line(const struct ut__port *port, struct ut__port_call *call,
                                    uint32_t index, const struct ut__port_line *line)
{
    return port->set_line(call, index, line);
}

/**
 * The call is over: what waits is analysed, the summary follows. The handle is dead at once.
 * reason: "bye", "hangup", "error", ...; at most UT__CALL_LABEL_MAX - 1 bytes are kept.
 */
static inline void ut__port_close(const struct ut__port *port, struct ut__port_call *call,
                                  const char *reason)
{
    port->close(call, reason);
}

/** The id that the call got. Valid until it is closed. */
static inline const char *ut__port_id(const struct ut__port *port, const struct ut__port_call *call)
{
    return port->id(call);
}

/** How much the node has to do, and how much room is left. */
static inline struct ut__load ut__port_load(const struct ut__port *port)
{
    struct ut__load load = {.max_calls = UINT32_MAX};
    if (port->load)
        port->load(port->state, &load);
    return load;
}

#endif

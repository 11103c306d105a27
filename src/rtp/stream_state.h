/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_STREAM_STATE_H
#define UT_RTP_STREAM_STATE_H

/* All that one RTP stream is, for the files that work on it: stream.c, timing.c. */

#include "rtp/codec.h"
#include "rtp/conceal.h"
#include "rtp/jitter.h"
#include "rtp/pace.h"
#include "rtp/stream.h"
#include "rtp/ticks.h"

enum {
    UT__RTP_PER_MS = UT__RTP_OUT_HZ / 1000,
    /* Further off than this from its arrival, a timestamp has jumped. */
    UT__RTP_JUMP = 1000 * UT__RTP_PER_MS,
    /* Rounding of clocks and resamplers; no hole. */
    UT__RTP_TOLERANCE = 5 * UT__RTP_PER_MS,
    /* Beyond it made-up speech misleads; the rest is a plain gap. */
    UT__RTP_CONCEAL_MAX = 60 * UT__RTP_PER_MS,
    /* So many packets in a row too late: the delay has grown for good. */
    UT__RTP_LATE_RUN = 5,
    /* So long ago another's packet shows that the way is open. */
    UT__RTP_BESIDE_US = 280000
};

struct ut__rtp_slot {
    struct ut__rtp_format f;
    struct ut__rtp_decoder *decoder; /* NULL for CN and EVENT. */
};

struct ut__rtp_stream {
    ut__rtp_sink_h *sink;
    void *arg;
    struct ut__rtp_slot *formats; /* [format_count], behind the pool. */
    uint32_t format_count;

    /* Who sends. */
    uint8_t has_source, proven, has_candidate;
    uint32_t ssrc, candidate;
    uint16_t first_seq, candidate_seq;
    uint32_t proof;

    /* Where we are. */
    uint8_t has_origin, has_base, on_hold, in_dtx;
    uint8_t is_expected;        /* Packets are missed before the first one has come. */
    uint8_t pauses;             /* Time without packets was followed by the next number. */
    int64_t last_us, beside_us; /* The last packet of this stream, and of another of the call. */
    int64_t origin_us;
    int64_t position; /* Samples given out since the origin. */
    int64_t base;     /* Position of timestamp base_ts. */
    uint32_t base_ts, last_ts, clock_hz;
    uint8_t has_next;
    uint32_t next_ts;      /* Where the last packet ended. */
    uint32_t hole;         /* Numbers lost just before the packet that comes next. */
    uint32_t last_samples; /* Of the last packet. */
    uint32_t late_run;

    /* Clock skew, as the least delay in each window. */
    uint8_t has_reference;
    int64_t window_us, reference, earliest;

    /* Interarrival jitter, RFC 3550, appendix A.8. */
    uint8_t has_transit;
    int64_t transit_us;
    double net_jitter_us;

    /* Whether what packets bring keeps the time. */
    struct ut__pace pace;
    uint8_t has_pace;
    uint16_t pace_seq;
    struct ut__ticks ticks; /* By which clock timestamps run. */

    struct ut__conceal conceal;
    struct ut__jitter jitter;
    struct ut__rtp_stats stats;
    _Alignas(struct ut__rtp_slot) uint8_t pool[]; /* Of the jitter buffer; then the formats. */
};

#endif

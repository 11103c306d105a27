/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_TIMING_H
#define UT_RTP_TIMING_H

/* Where packets stand in media time, in samples at 8 kHz since the origin. */

#include "rtp/packet.h"
#include "rtp/stream_state.h"

/** Position of a moment, by the receiver's clock. */
int64_t ut__rtp_position_at(const struct ut__rtp_stream *s, int64_t us);
/** The packet's place. clock_hz: of its format. */
int64_t ut__rtp_place(struct ut__rtp_stream *s, const struct ut__rtp_packet *p, uint32_t clock_hz,
                      int64_t arrival_us);
/** 1: too late as a whole, its time was given out. Several in a row mean that the delay has grown. */
int ut__rtp_is_late(struct ut__rtp_stream *s, int64_t at, size_t n, const struct ut__rtp_packet *p);
/** Of the next number, after time in which none was missing; n: its samples. */
void ut__rtp_notice_pause(struct ut__rtp_stream *s, const struct ut__rtp_packet *p, size_t n);
/** RFC 3550, appendix A.8. */
void ut__rtp_measure_jitter(struct ut__rtp_stream *s, const struct ut__rtp_packet *p,
                            uint32_t clock_hz, int64_t arrival_us);
/**
 * Whether time without packets is the sender's silence: nothing was expected before the first one and on
 * hold, and of others it shows in what they did before and what comes beside.
 */
int ut__rtp_is_silence(const struct ut__rtp_stream *s, int64_t now_us);

#endif

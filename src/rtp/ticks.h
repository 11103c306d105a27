/* SPDX-License-Identifier: MIT */
#ifndef UT_RTP_TICKS_H
#define UT_RTP_TICKS_H

#include "rtp/packet.h"

/*
 * By which clock a sender's timestamps run. Some count 16000 a second of G.722, whose rtpmap says
 * 8000, or of PCMU; some one a packet, or none: of packets in a row each tells, by the samples of the
 * one before. Placed by the said clock they would be torn apart or cut. Pure.
 */

struct ut__ticks {
    uint32_t says_hz;
    uint32_t seems_hz; /* Holds when is_off; 0: the timestamps stand still. */
    uint8_t is_off, is_proven;
    uint8_t has_last;
    uint16_t last_seq;
    uint32_t last_ts, last_samples, made_ts;
    uint32_t row, like_hz; /* Packets in a row that run by this clock, */
    uint64_t row_samples;  /* with so many samples, */
    int64_t row_us;        /* since then. */
};

/**
 * A packet in its order, with its samples at 8 kHz. Returns the clock to place it by; where the
 * timestamps stand still it puts in place of p->ts what they should have been.
 */
uint32_t ut__ticks_push(struct ut__ticks *t, struct ut__rtp_packet *p, uint32_t samples,
                        uint32_t says_hz, int64_t arrival_us);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_LINE_TEXT_H
#define UT_LIVE_LINE_TEXT_H

#include "live/worker.h"

/* What is said of a call's lines in log and page. Pure. */

enum { UT__LIVE_MEDIA_TEXT_MAX = 320 };

/** A host and port, "192.0.2.1:4000"; what is no address is "?:0". */
void ut__live_peer_text(char *buf, size_t cap, const struct ut__live_peer *p);

/** Why packets of a line are thrown away, and the remedy. source: of the call, "siprec", "rtp". */
void ut__live_thrown_text(char *buf, size_t cap, const char *source,
                          const struct ut__worker_thrown *thrown);

/** That samples keep no time, and the remedy; "" when they do again. */
void ut__live_pace_text(char *buf, size_t cap, const char *source,
                        const struct ut__worker_pace *pace);

/** That timestamps of a line run by another clock, and the remedy. */
void ut__live_clock_text(char *buf, size_t cap, const struct ut__worker_clock *clock);

/** Each line of a call that has ended: who sent, codec, packets, loss. Of a pushed call nothing. */
void ut__live_media_text(char *buf, size_t cap, const struct ut__live_call *lc);

#endif

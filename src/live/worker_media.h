/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_WORKER_MEDIA_H
#define UT_LIVE_WORKER_MEDIA_H

#include "live/live_call.h"

/* What a worker does with the media of one call. Worker thread only. */

enum { UT__BATCH = 16, UT__PACKET_MAX = 2048 };

/* Buffers for recvmmsg; one set a worker. */
struct ut__batch;

int ut__batch_create(struct ut__batch **out) UT_MUST_CHECK;
void ut__batch_destroy(struct ut__batch *b);

/** ut__rtp_sink_h: what a line's stream gives out goes into the call. arg: its struct
 * ut__live_line.
 */
void ut__media_take(void *arg, enum ut__rtp_kind kind, const float *pcm, size_t n);

/** Reads what a line's socket holds, at most a batch, and analyses it; 1 when more may wait. */
int ut__media_receive(struct ut__batch *b, struct ut__live_line *line, int64_t now_us);

/** How long the packets read since the last question had waited to be read, at most. */
int64_t ut__batch_waited_us(struct ut__batch *b);

/** Reads what the sockets of a call hold, within bounds. */
void ut__media_read_out(struct ut__batch *b, struct ut__live_call *lc, int64_t now_us);

/** 1: nothing was taken for so long, and nothing waits to be: a worker that is late does not end
 * calls whose packets it has yet to read. */
int ut__media_is_gone(struct ut__batch *b, struct ut__live_call *lc, int64_t now_us,
                      int64_t timeout_us);

/** Packets come on a line, but none that is taken: their time is lost, from now on. */
void ut__media_miss(struct ut__live_line *line, int64_t now_us);

/** Analyses what was pushed; at most `limit` records. Returns how many there were. */
size_t ut__media_drain(struct ut__live_call *lc, int64_t now_us, size_t limit);

/** Time passes: silent streams are filled up. */
void ut__media_advance(struct ut__live_call *lc, int64_t now_us);

/** Everything that waits is analysed and the call ended; events are left to be read. */
void ut__media_end(struct ut__live_call *lc, int64_t now_us);

/** Puts a new line in place of line number `index` of a running call; the old one is released. */
void ut__media_set_line(struct ut__live_call *lc, uint32_t index, struct ut__live_line *line);

#endif

/* SPDX-License-Identifier: MIT */
/* Where packets stand in media time: by their timestamps, held against their arrival. */

#include "rtp/timing.h"

#include <limits.h>

enum {
    SILENT_US = 5000000,            /* So long a sender may be silent who never was before, */
    PAUSE_US = 5000000,             /* or a call in which everybody is, of senders who pause. */
    SKEW_WINDOW_US = 8000000,       /* Least delay is taken over so long. */
    SKEW_STEP = 10 * UT__RTP_PER_MS /* Put in or left out at a time: up to 1250 ppm is followed. */
};

int64_t ut__rtp_position_at(const struct ut__rtp_stream *s, int64_t us)
{
    return (us - s->origin_us) * UT__RTP_PER_MS / 1000;
}

/* Begins anew: the packet's place is told by its arrival. */
static void set_base(struct ut__rtp_stream *s, uint32_t ts, int64_t at)
{
    s->base_ts = ts;
    s->base = at > s->position ? at : s->position;
    s->has_base = 1;
    s->has_reference = 0;
    s->window_us = 0;
    s->late_run = 0;
}

/*
 * Follows the sender's clock. `early` is how far the packet's place is ahead of its arrival: never
 * more than when it was delayed least, which drifts as the clocks do. The most of one window is
 * compared with the first window's.
 */
static void follow_skew(struct ut__rtp_stream *s, int64_t arrival_us, int64_t early)
{
    if (s->window_us == 0) {
        s->window_us = arrival_us;
        s->earliest = early;
        return;
    }
    if (early > s->earliest)
        s->earliest = early;
    if (arrival_us - s->window_us < SKEW_WINDOW_US)
        return;
    if (!s->has_reference) {
        s->has_reference = 1;
        s->reference = s->earliest;
    } else if (s->earliest - s->reference > SKEW_STEP) {
        s->base -= SKEW_STEP; /* Its clock is fast: the next packet loses its beginning. */
        s->stats.skew_samples += SKEW_STEP;
    } else if (s->reference - s->earliest > SKEW_STEP) {
        s->base += SKEW_STEP;
        s->stats.skew_samples += SKEW_STEP;
    }
    s->window_us = 0;
}

int64_t ut__rtp_place(struct ut__rtp_stream *s, const struct ut__rtp_packet *p, uint32_t clock_hz,
                      int64_t arrival_us)
{
    int64_t expected = ut__rtp_position_at(s, arrival_us);
    if (!s->has_base || clock_hz != s->clock_hz) {
        s->clock_hz = clock_hz;
        set_base(s, p->ts, s->has_base ? s->position : expected);
        s->last_ts = p->ts;
    }
    int64_t ticks = (int32_t)(p->ts - s->base_ts);
    int64_t at = s->base + ticks * UT__RTP_OUT_HZ / clock_hz;
    int64_t early = at - expected;
    int64_t moved = (int64_t)(int32_t)(p->ts - s->last_ts) * UT__RTP_OUT_HZ / clock_hz;
    int has_moved = moved > UT__RTP_JUMP || moved < -UT__RTP_JUMP;
    s->last_ts = p->ts;
    /* Far behind its arrival although its timestamp goes on evenly, it was only held up. Far ahead
     * of it no packet has a hole before it: such time would be made, not heard. */
    int makes_time = early > UT__RTP_JUMP && at > s->position + UT__RTP_TOLERANCE;
    if (makes_time || (has_moved && (early > UT__RTP_JUMP || early < -UT__RTP_JUMP))) {
        s->stats.resets++;
        set_base(s, p->ts, expected);
        return s->base;
    }
    follow_skew(s, arrival_us, early);
    /* Kept near: the difference of timestamps wraps after 2^31 ticks. */
    if (ticks > INT32_MAX / 4) {
        s->base = s->base + ticks * UT__RTP_OUT_HZ / clock_hz;
        s->base_ts = p->ts;
    }
    return at;
}

int ut__rtp_is_late(struct ut__rtp_stream *s, int64_t at, size_t n, const struct ut__rtp_packet *p)
{
    if (at + (int64_t)n > s->position || n == 0) {
        s->late_run = 0;
        return 0;
    }
    if (++s->late_run < UT__RTP_LATE_RUN) {
        s->stats.late++;
        return 1;
    }
    s->stats.resets++;
    set_base(s, p->ts, s->position);
    return 0;
}

void ut__rtp_notice_pause(struct ut__rtp_stream *s, const struct ut__rtp_packet *p, size_t n)
{
    int64_t ticks = (int32_t)(p->ts - s->next_ts);
    int64_t moved = s->clock_hz ? ticks * UT__RTP_OUT_HZ / s->clock_hz : 0;
    if (s->has_next && s->hole == 0 && moved > UT__RTP_CONCEAL_MAX && moved < UT__RTP_JUMP * 60)
        s->pauses = 1;
    s->has_next = 1;
    s->next_ts = p->ts + (uint32_t)(n * s->clock_hz / UT__RTP_OUT_HZ);
}

void ut__rtp_measure_jitter(struct ut__rtp_stream *s, const struct ut__rtp_packet *p,
                            uint32_t clock_hz, int64_t arrival_us)
{
    int64_t transit = arrival_us - (int64_t)(uint32_t)(p->ts - s->base_ts) * 1000000 / clock_hz;
    if (s->has_transit) {
        int64_t d = transit - s->transit_us;
        if (d < 0)
            d = -d;
        if (d < 10000000) /* A wrap or a jump of the timestamps is no jitter. */
            s->net_jitter_us += ((double)d - s->net_jitter_us) / 16;
    }
    s->has_transit = 1;
    s->transit_us = transit;
}

int ut__rtp_is_silence(const struct ut__rtp_stream *s, int64_t now_us)
{
    if (s->on_hold || s->in_dtx)
        return 1;
    if (!s->has_base)
        return !s->is_expected;
    int64_t heard_us = s->beside_us > s->last_us ? s->beside_us : s->last_us;
    if (s->pauses)
        return now_us - heard_us < PAUSE_US;
    return now_us - s->beside_us < UT__RTP_BESIDE_US && now_us - s->last_us < SILENT_US;
}

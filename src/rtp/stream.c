/* SPDX-License-Identifier: MIT */
/*
 * One RTP stream.
 *
 *     push -> parse -> whose SSRC (RFC 3550, appendix A.1) -> jitter buffer
 *                                                                |
 *     sink <- fill what is missing <- where in media time <- next in order
 *
 * A packet's place is its timestamp's distance from the one that began, in 8 kHz samples; arrival
 * times serve to place that beginning, to notice jumps, and to follow clocks that drift apart.
 */

#include "rtp/stream.h"

#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#include "base/clones.h"
#include "rtp/codec.h"
#include "rtp/packet.h"
#include "rtp/timing.h"

enum {
    FILL_LAG = 300 * UT__RTP_PER_MS, /* A stream that is silent is filled up to so long ago. */
    PROVE = 2,         /* Packets in order that a new source needs (A.1, MIN_SEQUENTIAL). */
    SPAN = 64,         /* Numbers that are still near each other. */
    DROPOUT = 3000,    /* A.1, MAX_DROPOUT: further ahead the source began anew. */
    OPUS_DTX_BYTES = 2 /* A packet no longer than this says that none will follow. */
};
_Static_assert((int)UT__RTP_BESIDE_US < FILL_LAG * 1000 / UT__RTP_PER_MS,
               "a way is open before it is filled");

static int add_format(struct ut__rtp_stream *s, const struct ut__rtp_format *f)
{
    struct ut__rtp_slot *slot = &s->formats[s->format_count];
    if (f->pt > 127 || f->codec == UT__RTP_NONE || f->rate_hz < 8000 || f->rate_hz > 48000)
        return UT_EINVAL;
    slot->f = *f;
    s->format_count++;
    if (f->codec == UT__RTP_CN || f->codec == UT__RTP_EVENT)
        return 0;
    return ut__rtp_decoder_create(&slot->decoder, f);
}

/* What a payload type means; of two of the same number the last one. NULL: nobody named it. */
static const struct ut__rtp_slot *slot_of(const struct ut__rtp_stream *s, uint8_t pt)
{
    for (uint32_t i = s->format_count; i > 0; i--) {
        if (s->formats[i - 1].f.pt == pt)
            return &s->formats[i - 1];
    }
    return NULL;
}

uint8_t ut__rtp_stream_codec(const struct ut__rtp_stream *s, uint8_t pt)
{
    const struct ut__rtp_slot *slot = slot_of(s, pt);
    return slot ? slot->f.codec : UT__RTP_NONE;
}

int ut__rtp_stream_create(struct ut__rtp_stream **out, const struct ut__rtp_config *cfg,
                          ut__rtp_sink_h *sink, void *arg)
{
    uint32_t block = 0;
    if (!sink || cfg->format_count == 0 || cfg->format_count > UT__RTP_FORMATS_MAX)
        return UT_EINVAL;
    for (uint32_t i = 0; i < cfg->format_count; i++) {
        uint32_t b = ut__rtp_codec_block_bytes(&cfg->formats[i]);
        block = b > block ? b : block;
    }
    if (block > UT__JITTER_PAYLOAD_MAX)
        return UT_EINVAL;
    size_t align = _Alignof(struct ut__rtp_slot);
    size_t pool = ((size_t)block * UT__JITTER_BLOCKS + align - 1) / align * align;
    struct ut__rtp_stream *s =
        calloc(1, sizeof *s + pool + cfg->format_count * sizeof(struct ut__rtp_slot));
    if (!s)
        return UT_ENOMEM;
    s->sink = sink;
    s->arg = arg;
    s->formats = (struct ut__rtp_slot *)(void *)(s->pool + pool);
    ut__jitter_init(&s->jitter, s->pool, block);
    ut__conceal_init(&s->conceal);
    for (uint32_t i = 0; i < cfg->format_count; i++) {
        int err = add_format(s, &cfg->formats[i]);
        if (err) {
            ut__rtp_stream_destroy(s);
            return err;
        }
    }
    *out = s;
    return 0;
}

void ut__rtp_stream_destroy(struct ut__rtp_stream *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->format_count; i++)
        ut__rtp_decoder_destroy(s->formats[i].decoder);
    free(s);
}

void ut__rtp_stream_set_origin(struct ut__rtp_stream *s, int64_t origin_us)
{
    s->origin_us = origin_us;
    s->has_origin = 1;
}

void ut__rtp_stream_set_position(struct ut__rtp_stream *s, uint64_t position)
{
    s->position = position < INT64_MAX ? (int64_t)position : INT64_MAX;
}

uint64_t ut__rtp_stream_position(const struct ut__rtp_stream *s)
{
    return (uint64_t)s->position;
}

void ut__rtp_stream_set_hold(struct ut__rtp_stream *s, int on_hold)
{
    s->on_hold = on_hold != 0;
}

void ut__rtp_stream_get_stats(const struct ut__rtp_stream *s, struct ut__rtp_stats *out)
{
    *out = s->stats;
    out->net_jitter_us = (uint32_t)s->net_jitter_us;
}

static void give(struct ut__rtp_stream *s, enum ut__rtp_kind kind, const float *pcm, size_t n)
{
    if (n == 0)
        return;
    if (s->pace.seems_hz && pcm) { /* At another rate it would be another voice. */
        kind = UT__RTP_LOST;
        pcm = NULL;
    }
    s->sink(s->arg, kind, pcm, n);
    s->position += (int64_t)n;
    uint64_t *count = kind == UT__RTP_AUDIO       ? &s->stats.audio_samples
                      : kind == UT__RTP_CONCEALED ? &s->stats.concealed_samples
                      : kind == UT__RTP_LOST      ? &s->stats.lost_samples
                                                  : &s->stats.silence_samples;
    *count += n;
}

/* What was lost: made up by the codec or from the voice before it while that holds, then a gap. */
static void give_lost(struct ut__rtp_stream *s, size_t n, struct ut__rtp_decoder *d,
                      const struct ut__rtp_packet *next)
{
    UT__UNSET float pcm[UT__RTP_PCM_MAX];
    while (n) {
        size_t run = n < UT__RTP_PCM_MAX ? n : UT__RTP_PCM_MAX;
        size_t made = 0;
        if (s->conceal.run + run <= UT__RTP_CONCEAL_MAX) {
            if (d)
                made = ut__rtp_decoder_conceal(d, pcm, run, run == n && next ? next->payload : NULL,
                                               next ? next->payload_bytes : 0);
            if (made)
                s->conceal.run += (uint32_t)made;
            else
                made = ut__conceal_fill(&s->conceal, pcm, run);
        }
        if (made) {
            give(s, UT__RTP_CONCEALED, pcm, made);
            n -= made;
        } else {
            give(s, UT__RTP_LOST, NULL, run);
            n -= run;
        }
    }
}

/* The hole before a packet: as much as the lost ones explain is loss, the rest was not sent. */
static void fill_hole(struct ut__rtp_stream *s, int64_t n, struct ut__rtp_decoder *d,
                      const struct ut__rtp_packet *next)
{
    int64_t each = s->last_samples ? s->last_samples : 20 * UT__RTP_PER_MS;
    int64_t lost = (int64_t)s->hole * each + (s->hole ? UT__RTP_TOLERANCE : 0);
    if (lost > n)
        lost = n;
    if (n - lost > 0)
        give(s, UT__RTP_SILENCE, NULL, (size_t)(n - lost));
    give_lost(s, (size_t)lost, d, next);
}

static void give_audio(struct ut__rtp_stream *s, const struct ut__rtp_packet *p,
                       struct ut__rtp_decoder *d, int64_t at)
{
    UT__UNSET float pcm[UT__RTP_PCM_MAX];
    int64_t hole = at - s->position;
    if (hole > UT__RTP_TOLERANCE || (hole > 0 && s->hole))
        fill_hole(s, hole, d, p);
    size_t n = ut__rtp_decoder_run(d, pcm, p->payload, p->payload_bytes);
    if (n == 0) {
        s->stats.malformed++;
        return;
    }
    s->last_samples = (uint32_t)n;
    size_t skip = hole < -UT__RTP_TOLERANCE ? (size_t)-hole : 0;
    if (skip < n) {
        ut__conceal_good(&s->conceal, pcm + skip, n - skip);
        give(s, UT__RTP_AUDIO, pcm + skip, n - skip);
    }
}

/* A packet in its order. */
static void take(struct ut__rtp_stream *s, const struct ut__rtp_packet *p, int64_t arrival_us)
{
    const struct ut__rtp_slot *slot = slot_of(s, p->pt);
    if (!slot || !slot->decoder) {
        /* Noise parameters or a digit: their time passes as silence, up to the next sound. */
        s->in_dtx = 1;
        s->hole = 0;
        return;
    }
    size_t n = ut__rtp_decoder_duration(slot->decoder, p->payload, p->payload_bytes);
    if (n == 0) {
        s->stats.malformed += p->payload_bytes > 0;
        return;
    }
    struct ut__rtp_packet placed = *p;
    uint32_t clock_hz =
        ut__ticks_push(&s->ticks, &placed, (uint32_t)n, slot->f.rate_hz, arrival_us);
    int64_t at = ut__rtp_place(s, &placed, clock_hz, arrival_us);
    ut__rtp_notice_pause(s, &placed, n);
    if (ut__rtp_is_late(s, at, n, &placed))
        return;
    if (s->late_run >= UT__RTP_LATE_RUN || at + (int64_t)n <= s->position)
        at = s->position;
    give_audio(s, &placed, slot->decoder, at);
    s->in_dtx = slot->f.codec == UT__RTP_OPUS && p->payload_bytes <= OPUS_DTX_BYTES;
    s->hole = 0;
}

/* Gives out what is due, and with force everything. */
static void run(struct ut__rtp_stream *s, int64_t now_us, int force)
{
    UT__UNSET uint8_t payload[UT__JITTER_PAYLOAD_MAX];
    struct ut__rtp_packet p;
    int64_t arrival_us;
    uint32_t lost;
    if (!s->proven && !force)
        return;
    for (;;) {
        switch (ut__jitter_get(&s->jitter, now_us, force, &p, &arrival_us, payload, &lost)) {
        case UT__JITTER_WAIT:
            return;
        case UT__JITTER_LOST:
            s->stats.lost += lost;
            s->hole += lost;
            break;
        case UT__JITTER_PACKET:
            take(s, &p, arrival_us);
            break;
        }
    }
}

static void begin_source(struct ut__rtp_stream *s, const struct ut__rtp_packet *p, int proven)
{
    if (s->has_source) {
        run(s, 0, 1);
        s->stats.resets++;
    }
    ut__jitter_reset(&s->jitter);
    s->has_source = 1;
    s->has_candidate = 0;
    s->proven = (uint8_t)proven;
    s->proof = 1;
    s->ssrc = p->ssrc;
    s->stats.ssrc = p->ssrc;
    s->first_seq = p->seq;
    s->has_base = 0;
    s->has_transit = 0;
    s->has_next = 0;
    s->has_pace = 0;
    s->ticks = (struct ut__ticks){.says_hz = 0};
    s->hole = 0;
}

static int is_near(uint16_t a, uint16_t b)
{
    int d = (int16_t)(uint16_t)(a - b);
    return d != 0 && d > -SPAN && d < SPAN;
}

/*
 * Whether the packet is this stream's. A new source, the first or another, is believed when a
 * second packet of it comes near the first; the very first one waits for that in the jitter buffer.
 */
static int is_ours(struct ut__rtp_stream *s, const struct ut__rtp_packet *p)
{
    if (!s->has_source) {
        begin_source(s, p, 0);
        return 1;
    }
    if (p->ssrc == s->ssrc) {
        s->has_candidate = 0;
        if (s->proven)
            return 1;
        if (!is_near(p->seq, s->first_seq)) {
            s->has_source = 0;
            s->stats.foreign++;
            begin_source(s, p, 0);
            return 1;
        }
        if (++s->proof >= PROVE)
            s->proven = 1;
        return 1;
    }
    if (s->has_candidate && s->candidate == p->ssrc && is_near(p->seq, s->candidate_seq)) {
        begin_source(s, p, 1);
        return 1;
    }
    s->has_candidate = 1;
    s->candidate = p->ssrc;
    s->candidate_seq = p->seq;
    s->stats.foreign++;
    return 0;
}

static void count_put(struct ut__rtp_stream *s, enum ut__jitter_put put)
{
    s->stats.packets += put == UT__JITTER_TAKEN || put == UT__JITTER_REORDERED;
    s->stats.reordered += put == UT__JITTER_REORDERED;
    s->stats.duplicates += put == UT__JITTER_DUPLICATE;
    s->stats.late += put == UT__JITTER_LATE;
}

static void store(struct ut__rtp_stream *s, const struct ut__rtp_packet *p, int64_t arrival_us)
{
    int ahead = s->jitter.started ? (int16_t)(uint16_t)(p->seq - s->jitter.next) : 0;
    if (ahead > DROPOUT || ahead < -DROPOUT) {
        /* The same source began its numbers anew (A.1). */
        begin_source(s, p, 1);
    }
    enum ut__jitter_put put = ut__jitter_put(&s->jitter, p, arrival_us);
    if (put == UT__JITTER_FULL) {
        run(s, arrival_us, 1);
        /* A leap within bounds: what lies between is lost, and this packet comes next. */
        ahead = (int16_t)(uint16_t)(p->seq - s->jitter.next);
        if (ahead > 0) {
            s->stats.lost += (uint32_t)ahead;
            s->hole += (uint32_t)ahead;
            ut__jitter_reset(&s->jitter);
        }
        put = ut__jitter_put(&s->jitter, p, arrival_us);
    }
    count_put(s, put);
}

uint32_t ut__rtp_stream_seems_hz(const struct ut__rtp_stream *s, uint32_t *says_hz)
{
    *says_hz = s->ticks.says_hz;
    return (uint32_t)((uint64_t)s->pace.seems_hz * s->ticks.says_hz / UT__RTP_OUT_HZ);
}

float ut__rtp_stream_off_s(const struct ut__rtp_stream *s)
{
    return ut__pace_off_s(&s->pace);
}

int ut__rtp_stream_off_clock(const struct ut__rtp_stream *s, uint32_t *says_hz, uint32_t *seems_hz)
{
    *says_hz = s->ticks.says_hz;
    *seems_hz = s->ticks.seems_hz;
    return s->ticks.is_proven;
}

/* Holds the samples that a packet brings against the clock. Lost ones before it count as if they had come;
 * digits and comfort noise bring nothing. */
static void keep_pace(struct ut__rtp_stream *s, const struct ut__rtp_packet *p,
                      const struct ut__rtp_slot *slot, int64_t arrival_us)
{
    int on = (int16_t)(uint16_t)(p->seq - s->pace_seq);
    size_t n =
        slot->decoder ? ut__rtp_decoder_duration(slot->decoder, p->payload, p->payload_bytes) : 0;
    if (n == 0 || (s->has_pace && on <= 0 && on > -SPAN))
        return;
    if (!s->has_pace || on < 0 || on > SPAN) {
        ut__pace_init(&s->pace, UT__RTP_OUT_HZ);
        on = 1;
    }
    s->has_pace = 1;
    s->pace_seq = p->seq;
    ut__pace_push(&s->pace, n * (size_t)on, arrival_us);
}

void ut__rtp_stream_push(struct ut__rtp_stream *s, const uint8_t *packet, size_t len_bytes,
                         int64_t arrival_us)
{
    struct ut__rtp_packet p;
    int err = ut__rtp_parse(&p, packet, len_bytes);
    if (err == UT_EUNSUPPORTED) {
        s->stats.rtcp++;
        return;
    }
    if (err || p.payload_bytes > ut__jitter_payload_max(&s->jitter)) {
        s->stats.malformed++;
        return;
    }
    const struct ut__rtp_slot *slot = slot_of(s, p.pt);
    if (!slot) {
        s->stats.unknown_pt++;
        s->stats.strange_pt = p.pt;
        return;
    }
    if (!s->has_origin)
        ut__rtp_stream_set_origin(s, arrival_us);
    if (!is_ours(s, &p))
        return;
    s->stats.pt = p.pt;
    s->last_us = arrival_us;
    ut__rtp_measure_jitter(s, &p, s->ticks.is_off ? s->clock_hz : slot->f.rate_hz, arrival_us);
    keep_pace(s, &p, slot, arrival_us);
    store(s, &p, arrival_us);
    run(s, arrival_us, 0);
}

void ut__rtp_stream_expect(struct ut__rtp_stream *s)
{
    s->is_expected = 1;
}

void ut__rtp_stream_heard_beside(struct ut__rtp_stream *s, int64_t arrival_us)
{
    s->beside_us = arrival_us;
}

void ut__rtp_stream_advance(struct ut__rtp_stream *s, int64_t now_us)
{
    if (!s->has_origin)
        return;
    if (s->jitter.waiting)
        run(s, now_us, 0);
    int64_t until = ut__rtp_position_at(s, now_us) - FILL_LAG;
    if (until <= s->position)
        return;
    size_t n = (size_t)(until - s->position);
    give(s, ut__rtp_is_silence(s, now_us) ? UT__RTP_SILENCE : UT__RTP_LOST, NULL, n);
}

void ut__rtp_stream_flush(struct ut__rtp_stream *s)
{
    run(s, 0, 1);
}

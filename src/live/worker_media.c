/* SPDX-License-Identifier: MIT */
/*
 * The media of one call, in its worker.
 *
 *     recvmmsg -> whose is it -> SRTP -> RTP stream -> ut__media_take -> ut_call
 *     ring of pushed records -> G.711 or 16 bit to float ---------------^
 */

#include "live/worker_media.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/clones.h"
#include "net/re.h"

enum {
    CHUNK = 480,          /* Samples of a gap taken at a time. */
    RELATCH_US = 2000000, /* A source that was silent so long may be followed by another. */
    CONTROL = CMSG_SPACE(sizeof(struct timespec)),
    STALL_MAX_US = 10000000, /* A packet that waited longer tells of a clock that was set. */
    LAST_BATCHES = 32,       /* Read from a socket in one go, at most. */
    STEP_US = 500000         /* So far apart two looks at both clocks do not come by themselves. */
};

struct ut__batch {
    struct mmsghdr msgs[UT__BATCH];
    struct iovec iov[UT__BATCH];
    struct sockaddr_storage from[UT__BATCH];
    int64_t wall_apart_us; /* Of the steady clock, at the last look. */
    int64_t waited_us;     /* The longest that a packet waited, since somebody asked. */
    _Alignas(struct cmsghdr) uint8_t control[UT__BATCH][CONTROL];
    uint8_t bytes[UT__BATCH][UT__PACKET_MAX];
};

int ut__batch_create(struct ut__batch **out)
{
    struct ut__batch *b = calloc(1, sizeof *b);
    if (!b)
        return UT_ENOMEM;
    for (int i = 0; i < UT__BATCH; i++) {
        b->iov[i] = (struct iovec){b->bytes[i], UT__PACKET_MAX};
        b->msgs[i].msg_hdr = (struct msghdr){.msg_name = &b->from[i],
                                             .msg_iov = &b->iov[i],
                                             .msg_iovlen = 1,
                                             .msg_control = b->control[i]};
    }
    *out = b;
    return 0;
}

void ut__batch_destroy(struct ut__batch *b)
{
    free(b);
}

void ut__media_take(void *arg, enum ut__rtp_kind kind, const float *pcm, size_t n)
{
    static const float silence[CHUNK];
    struct ut__live_line *line = arg;
    struct ut_call *call = line->call->call;
    if (line->into >= UT_ROLE_COUNT)
        return;
    enum ut_role role = (enum ut_role)line->into;
    size_t skip = line->skip < n ? (size_t)line->skip : n;
    line->skip -= skip;
    pcm = pcm ? pcm + skip : NULL;
    n -= skip;
    if (n == 0)
        return;
    line->call->at[role] += n;
    if (kind == UT__RTP_AUDIO) {
        ut_call_push(call, role, pcm, n);
    } else if (kind == UT__RTP_CONCEALED) {
        ut_call_push_concealed(call, role, pcm, n);
    } else if (kind == UT__RTP_SILENCE) {
        for (size_t run; n; n -= run) {
            run = n < CHUNK ? n : CHUNK;
            ut_call_push(call, role, silence, run);
        }
    } else {
        ut_call_push_gap(call, role, n);
    }
}

/* The same host, and with `port` the same port. */
static int same_peer(const struct ut__live_peer *a, const struct ut__live_peer *b, int port)
{
    return a->family == b->family && memcmp(a->host, b->host, sizeof a->host) == 0 &&
           (!port || a->port == b->port);
}

/*
 * Only who may send is heard, and of these the first who does: another one, or another port, is
 * followed only when the first has gone silent, as after a restart of the sender. The host that the
 * SDP names goes before one that was merely first.
 */
static int is_ours(struct ut__live_line *line, const struct sockaddr_storage *address,
                   int64_t now_us)
{
    struct ut__live_peer from = ut__live_peer_of(address);
    if (from.family == AF_UNSPEC || line->closed)
        return 0;
    int is_named = line->from.family == AF_UNSPEC || line->source == UT__PORT_SOURCE_ANY ||
                   same_peer(&from, &line->from, line->strict_port);
    if (!is_named && line->source == UT__PORT_SOURCE_STRICT)
        return 0;
    int took_over = line->latched && line->source == UT__PORT_SOURCE_SYMMETRIC && is_named &&
                    !same_peer(&line->peer, &line->from, line->strict_port);
    if (line->latched && !took_over && !same_peer(&from, &line->peer, 1) &&
        now_us - line->last_us < RELATCH_US)
        return 0;
    line->peer = from;
    line->latched = 1;
    return 1;
}

static void start_clock(struct ut__live_call *lc, int64_t now_us)
{
    if (lc->has_origin)
        return;
    lc->has_origin = 1;
    lc->origin_us = now_us;
    for (uint32_t i = 0; i < lc->line_count; i++)
        ut__rtp_stream_set_origin(lc->lines[i].rtp, now_us);
}

/*
 * The wall clock, by which the kernel stamps packets. 0 when it was set since the last look: what it
 * stamped before cannot be told from what came now, and is taken as having come now.
 */
static int64_t steady_wall(struct ut__batch *b)
{
    int64_t wall_us = ut__clock_wall_us(), apart = wall_us - ut__clock_mono_us();
    int stepped = llabs(apart - b->wall_apart_us) > STEP_US;
    b->wall_apart_us = apart;
    return stepped ? 0 : wall_us;
}

/* When the packet came, by the kernel's stamp: it may have waited for us. */
static int64_t arrival_of(struct msghdr *msg, int64_t now_us, int64_t wall_us)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        struct timespec ts;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&ts, CMSG_DATA(c), sizeof ts);
        int64_t waited = wall_us - ((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
        return waited > 0 && waited < STALL_MAX_US ? now_us - waited : now_us;
    }
    return now_us;
}

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Counts as the other side does how often the sequence numbers began anew (RFC 3711, 3.3.1). */
static void count_rolls(struct ut__live_line *line, const uint8_t *packet)
{
    uint16_t seq = (uint16_t)(packet[2] << 8 | packet[3]);
    uint32_t ssrc = read32(packet + 8);
    if (!line->srtp_has_roll || ssrc != line->srtp_ssrc) {
        line->srtp_has_roll = 1;
        line->srtp_ssrc = ssrc;
        line->srtp_rolls = 0;
    } else if ((int16_t)(uint16_t)(seq - line->srtp_seq) < 0) {
        return; /* One that was overtaken. */
    } else if (seq < line->srtp_seq) {
        line->srtp_rolls++;
    }
    line->srtp_seq = seq;
}

/* A key's identifier is told for the peer that has several: here there is one. */
static size_t drop_identifier(const struct ut__live_line *line, uint8_t *bytes, size_t len)
{
    size_t mki = line->srtp_mki_bytes, tag = line->srtp_tag_bytes;
    if (mki == 0 || len < 12 + mki + tag)
        return len;
    memmove(bytes + len - tag - mki, bytes + len - tag, tag);
    return len - mki;
}

static void take_packet(struct ut__live_line *line, uint8_t *bytes, size_t len, int64_t now_us)
{
    struct ut__live_call *lc = line->call;
    if (line->srtp) {
        len = drop_identifier(line, bytes, len);
        struct mbuf mb = {.buf = bytes, .size = UT__PACKET_MAX, .pos = 0, .end = len};
        if (srtp_decrypt(line->srtp, &mb) != 0) {
            line->srtp_failed++;
            return;
        }
        len = mb.end;
        count_rolls(line, bytes);
    }
    start_clock(lc, now_us);
    line->last_us = lc->last_media_us = lc->arrival_us = now_us;
    for (uint32_t i = 0; i < lc->line_count; i++) {
        if (&lc->lines[i] != line)
            ut__rtp_stream_heard_beside(lc->lines[i].rtp, now_us);
    }
    ut__rtp_stream_push(line->rtp, bytes, len, now_us);
    if (line->into == UT_ROLE_CALLER)
        ut_call_set_off_rate(lc->call, ut__rtp_stream_off_s(line->rtp));
}

void ut__media_miss(struct ut__live_line *line, int64_t now_us)
{
    start_clock(line->call, now_us);
    ut__rtp_stream_expect(line->rtp);
}

int ut__media_receive(struct ut__batch *b, struct ut__live_line *line, int64_t now_us)
{
    for (int i = 0; i < UT__BATCH; i++) {
        b->msgs[i].msg_hdr.msg_namelen = sizeof b->from[i];
        b->msgs[i].msg_hdr.msg_controllen = CONTROL;
    }
    int n = recvmmsg(line->fd, b->msgs, UT__BATCH, MSG_DONTWAIT, NULL);
    int64_t wall_us = steady_wall(b);
    for (int i = 0; i < n; i++) {
        struct mmsghdr *m = &b->msgs[i];
        if (!is_ours(line, &b->from[i], now_us)) {
            line->stranger = ut__live_peer_of(&b->from[i]);
            line->foreign++;
        } else if ((m->msg_hdr.msg_flags & MSG_TRUNC) || m->msg_len < 12) {
            line->broken++;
        } else {
            int64_t arrival_us = arrival_of(&m->msg_hdr, now_us, wall_us);
            if (now_us - arrival_us > b->waited_us)
                b->waited_us = now_us - arrival_us;
            take_packet(line, b->bytes[i], m->msg_len, arrival_us);
        }
    }
    return n == UT__BATCH;
}

int64_t ut__batch_waited_us(struct ut__batch *b)
{
    int64_t waited_us = b->waited_us;
    b->waited_us = 0;
    return waited_us;
}

void ut__media_read_out(struct ut__batch *b, struct ut__live_call *lc, int64_t now_us)
{
    for (uint32_t i = 0; i < lc->line_count; i++)
        for (int k = 0; k < LAST_BATCHES && lc->lines[i].fd >= 0; k++)
            if (!ut__media_receive(b, &lc->lines[i], now_us))
                break;
}

int ut__media_is_gone(struct ut__batch *b, struct ut__live_call *lc, int64_t now_us,
                      int64_t timeout_us)
{
    const int64_t last_us = lc->last_media_us;
    if (now_us - last_us < timeout_us)
        return 0;
    ut__media_read_out(b, lc, now_us);
    return lc->last_media_us == last_us;
}

/* Samples of another rate than is said would be heard as another voice: in their place the time
 * that goes by is passed as lost. 1: so it was. */
static int keeps_no_time(struct ut__live_call *lc, const struct ut__live_push *head, int64_t now_us)
{
    enum ut_role role = (enum ut_role)head->role;
    struct ut__pace *p = &lc->pace[role];
    int was_off = p->seems_hz != 0;
    lc->pace_codec[role] = head->codec;
    ut__pace_push(p, head->len_bytes / (head->codec == UT__PORT_S16 ? sizeof(int16_t) : 1), now_us);
    if (p->seems_hz && was_off) {
        uint64_t lost = (uint64_t)(now_us - lc->pace_us[role]) * p->rate_hz / 1000000;
        ut_call_push_gap(lc->call, role, (size_t)lost);
        lc->pace_us[role] += (int64_t)(lost * 1000000 / p->rate_hz);
    } else {
        lc->pace_us[role] = now_us;
    }
    if (role == UT_ROLE_CALLER)
        ut_call_set_off_rate(lc->call, ut__pace_off_s(p));
    return p->seems_hz != 0;
}

static void push_samples(struct ut__live_call *lc, const struct ut__live_push *head,
                         const uint8_t *bytes, int64_t now_us)
{
    enum ut_role role = (enum ut_role)head->role;
    if (keeps_no_time(lc, head, now_us))
        return;
    if (head->codec == UT__PORT_ULAW)
        ut_call_push_ulaw(lc->call, role, bytes, head->len_bytes);
    else if (head->codec == UT__PORT_ALAW)
        ut_call_push_alaw(lc->call, role, bytes, head->len_bytes);
    else /* Its buffer is aligned for samples: ut__media_drain. */
        ut_call_push_s16(lc->call, role, (const int16_t *)(const void *)bytes,
                         head->len_bytes / sizeof(int16_t));
}

/* A packet that somebody has seen go by. It may be older than what the line has been filled up to:
 * the stream says then that it came late. */
static void push_packet(struct ut__live_call *lc, const struct ut__live_push *head, uint8_t *bytes)
{
    int64_t arrival_us;
    if (head->role >= lc->line_count || head->len_bytes < sizeof arrival_us)
        return;
    memcpy(&arrival_us, bytes, sizeof arrival_us);
    take_packet(&lc->lines[head->role], bytes + sizeof arrival_us,
                head->len_bytes - sizeof arrival_us, arrival_us);
}

size_t ut__media_drain(struct ut__live_call *lc, int64_t now_us, size_t limit)
{
    UT__UNSET _Alignas(int16_t) uint8_t bytes[UT__PACKET_MAX];
    struct ut__live_push head;
    size_t count = 0;
    for (; count < limit && ut__ring_peek(&lc->pushed, &head, sizeof head) == sizeof head;
         count++) {
        if (head.len_bytes == 0) {
            /* Minutes of it may be one record: no more at a time than of samples, so that the other
             * calls have their turn and the events are read. */
            uint32_t left = head.gap - lc->gap_done, run = left < CHUNK ? left : CHUNK;
            ut_call_push_gap(lc->call, (enum ut_role)head.role, run);
            lc->gap_done = run < left ? lc->gap_done + run : 0;
            if (run == left)
                ut__ring_skip(&lc->pushed, sizeof head);
        } else {
            ut__ring_skip(&lc->pushed, sizeof head);
            ut__ring_read(&lc->pushed, bytes, head.len_bytes);
            if (head.codec == UT__PORT_RTP) {
                push_packet(lc, &head, bytes);
                continue;
            }
            push_samples(lc, &head, bytes, now_us);
        }
        lc->last_media_us = lc->arrival_us = now_us;
    }
    return count;
}

void ut__media_advance(struct ut__live_call *lc, int64_t now_us)
{
    if (!lc->has_origin)
        return;
    for (uint32_t i = 0; i < lc->line_count; i++)
        ut__rtp_stream_advance(lc->lines[i].rtp, now_us);
}

/* What was dropped last, with no push after it to tell of it. The hub is done with the call. */
static void push_last_gaps(struct ut__live_call *lc)
{
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (lc->gap_pending[role])
            ut_call_push_gap(lc->call, (enum ut_role)role, lc->gap_pending[role]);
    }
}

void ut__media_end(struct ut__live_call *lc, int64_t now_us)
{
    if (lc->is_pushed) {
        ut__media_drain(lc, now_us, SIZE_MAX);
        push_last_gaps(lc);
    }
    for (uint32_t i = 0; i < lc->line_count; i++)
        ut__rtp_stream_flush(lc->lines[i].rtp);
    ut_call_end(lc->call);
}

/* Brings the count of a new key to where the old one's was, by packets of our own: libre keeps it
 * to itself. RFC 3711, section 3.3.1: a new key does not begin it anew. */
static void carry_rolls(struct ut__live_line *line, const struct ut__live_line *old)
{
    enum { STEP = 0x4000, ROLLS_MAX = 1024 };
    uint8_t bytes[128];
    uint64_t last = (uint64_t)old->srtp_rolls << 16 | old->srtp_seq;
    if (!line->srtp || !line->srtp_sender || !old->srtp_has_roll || old->srtp_rolls == 0 ||
        old->srtp_rolls > ROLLS_MAX)
        return;
    for (uint64_t at = 0;; at = at + STEP < last ? at + STEP : last) {
        uint32_t ssrc = old->srtp_ssrc;
        const uint8_t head[12] = {0x80,
                                  0,
                                  (uint8_t)(at >> 8),
                                  (uint8_t)at,
                                  0,
                                  0,
                                  0,
                                  0,
                                  (uint8_t)(ssrc >> 24),
                                  (uint8_t)(ssrc >> 16),
                                  (uint8_t)(ssrc >> 8),
                                  (uint8_t)ssrc};
        memcpy(bytes, head, sizeof head);
        struct mbuf mb = {.buf = bytes, .size = sizeof bytes, .end = sizeof head + 1};
        if (srtp_encrypt(line->srtp_sender, &mb) != 0)
            return;
        mb.pos = 0;
        if (srtp_decrypt(line->srtp, &mb) != 0 || at == last)
            break;
    }
    line->srtp_has_roll = 1;
    line->srtp_ssrc = old->srtp_ssrc;
    line->srtp_seq = old->srtp_seq;
    line->srtp_rolls = old->srtp_rolls;
}

/* What goes on when a line is replaced. */
static void take_over(struct ut__live_line *line, struct ut__live_line *old)
{
    /* What the old decoder has is given out before the new one goes on behind it. */
    ut__rtp_stream_flush(old->rtp);
    ut__rtp_stream_set_position(line->rtp, ut__rtp_stream_position(old->rtp));
    line->skip = old->skip;
    if (line->fd < 0) {
        struct ut__rtp_stats s;
        ut__rtp_stream_get_stats(old->rtp, &s);
        line->fd = old->fd;
        line->had_packets = old->had_packets || s.packets > 0;
        /* Who has sent and sends no more is missed. */
        if (line->had_packets)
            ut__rtp_stream_expect(line->rtp);
    }
    line->into = old->into;
    /* A key that stays has counted how often the sequence numbers began anew; one that is set
     * up again has not, and would take no packet after the first time. */
    if (line->srtp_goes_on) {
        line->srtp = old->srtp;
        old->srtp = NULL;
        line->srtp_has_roll = old->srtp_has_roll;
        line->srtp_ssrc = old->srtp_ssrc;
        line->srtp_seq = old->srtp_seq;
        line->srtp_rolls = old->srtp_rolls;
    } else {
        carry_rolls(line, old);
    }
    line->srtp_sender = mem_deref(line->srtp_sender);
}

void ut__media_set_line(struct ut__live_call *lc, uint32_t index, struct ut__live_line *line)
{
    struct ut__live_line *old = &lc->lines[index];
    if (index < lc->line_count) {
        if (line->fd >= 0)
            ut__live_line_left(lc, index); /* Another m-line has its number. */
        take_over(line, old);
        ut__live_line_drop(old);
    } else {
        lc->line_count = index + 1;
    }
    if (lc->has_origin)
        ut__rtp_stream_set_origin(line->rtp, lc->origin_us);
    *old = *line;
    ut__live_lines_route(lc);
}

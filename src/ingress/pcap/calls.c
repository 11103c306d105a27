/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/calls.h"

#include <stdlib.h>
#include <string.h>

#include "ingress/pcap/tcp.h"
#include "rtp/packet.h"

enum {
    TABLE_SIZE = 2 * UT__FLOWS_MAX, /* A power of two. */
    GOOD_MIN = 8,                   /* Packets in order that make a flow RTP. */
    SEQ_STEP_MAX = 100,
    REUSE_US = 10000000, /* A 5-tuple silent so long, and then another SSRC, is another call's. */
    EARLY_US = 2000000   /* RTP may come before the SDP that explains it. */
};

static int grow(void **items, size_t *cap, size_t count, size_t item_bytes, size_t max)
{
    if (count < *cap)
        return 0;
    if (count >= max)
        return UT_ETOOBIG;
    size_t next = *cap ? *cap * 2 : 64;
    void *more = realloc(*items, next * item_bytes);
    if (!more)
        return UT_ENOMEM;
    *items = more;
    *cap = next;
    return 0;
}

/* FNV-1a over both ends. */
static uint32_t hash(const struct ut__address *from, const struct ut__address *to)
{
    const struct ut__address *ends[2] = {from, to};
    uint32_t h = 2166136261u;
    for (int e = 0; e < 2; e++) {
        for (int i = 0; i < 16; i++)
            h = (h ^ ends[e]->ip[i]) * 16777619u;
        h = (h ^ (ends[e]->port & 0xff)) * 16777619u;
        h = (h ^ (uint32_t)(ends[e]->port >> 8)) * 16777619u;
    }
    return h;
}

/* The place in the table of a 5-tuple: its flow's number, or a free one. */
static uint32_t *place(const struct ut__calls *c, const struct ut__datagram *d)
{
    uint32_t i = hash(&d->from, &d->to) & (TABLE_SIZE - 1);
    while (c->table[i]) {
        const struct ut__flow *f = &c->flows[c->table[i] - 1];
        if (ut__address_same(&f->from, &d->from, 1) && ut__address_same(&f->to, &d->to, 1))
            break;
        i = (i + 1) & (TABLE_SIZE - 1);
    }
    return &c->table[i];
}

static int take_rtp(struct ut__calls *c, const struct ut__datagram *d,
                    const struct ut__rtp_packet *p, int64_t time_us, size_t at)
{
    uint32_t *where = place(c, d);
    struct ut__flow *f = *where ? &c->flows[*where - 1] : NULL;
    if (f && f->ssrc != p->ssrc && time_us - f->last_us > REUSE_US)
        f = NULL;
    if (!f) {
        void *flows = c->flows;
        int err = grow(&flows, &c->flow_cap, c->flow_count, sizeof *c->flows, UT__FLOWS_MAX);
        c->flows = flows;
        if (err == UT_ETOOBIG)
            c->beyond++;
        if (err || !flows)
            return err == UT_ENOMEM ? err : 0;
        f = &c->flows[c->flow_count++];
        *f = (struct ut__flow){.from = d->from, .to = d->to, .first_us = time_us, .first_at = at};
        *where = (uint32_t)c->flow_count;
    } else if (f->ssrc == p->ssrc) {
        uint16_t step = (uint16_t)(p->seq - f->seq);
        f->good += step > 0 && step < SEQ_STEP_MAX;
    }
    f->packets++;
    f->ssrc = p->ssrc;
    f->seq = p->seq;
    f->last_us = time_us;
    f->last_at = at;
    return 0;
}

static struct ut__pcap_call *call_of(const struct ut__calls *c, const char *call_id)
{
    for (size_t i = c->call_count; i > 0; i--) /* The newest first: it is the likeliest. */
        if (strcmp(c->calls[i - 1].call_id, call_id) == 0)
            return &c->calls[i - 1];
    return NULL;
}

static void take_media(struct ut__side *side, const struct ut__signal *s,
                       const struct ut__address *at)
{
    int known = !at->version || !at->port;
    for (uint32_t i = 0; i < side->endpoint_count; i++)
        known |= ut__address_same(&side->endpoints[i], at, 1);
    if (!known && side->endpoint_count < UT__ENDPOINTS_MAX)
        side->endpoints[side->endpoint_count++] = *at;
    if (side->format_count == 0) {
        memcpy(side->formats, s->formats, sizeof side->formats);
        side->format_count = s->format_count;
    }
}

/* A request speaks for the party of its From, an answer for the other one. */
static int is_by_caller(const struct ut__pcap_call *call, const struct ut__signal *s)
{
    return (strcmp(s->from_tag, call->tag) == 0) == s->is_request;
}

static int take_signal(struct ut__calls *c, const struct ut__signal *s, int64_t time_us)
{
    struct ut__pcap_call *call = call_of(c, s->call_id);
    if (!call) {
        if (!s->is_invite)
            return 0;
        void *calls = c->calls;
        int err = grow(&calls, &c->call_cap, c->call_count, sizeof *c->calls, UT__CALLS_MAX);
        c->calls = calls;
        if (err == UT_ETOOBIG)
            c->beyond++;
        if (err)
            return err == UT_ENOMEM ? err : 0;
        call = &c->calls[c->call_count++];
        *call = (struct ut__pcap_call){
            .first_us = time_us, .has_sip = 1, .is_siprec = (uint8_t)s->is_siprec};
        memcpy(call->call_id, s->call_id, sizeof call->call_id);
        memcpy(call->tag, s->from_tag, sizeof call->tag);
    }
    call->is_encrypted |= (uint8_t)s->is_encrypted;
    int by_caller = is_by_caller(call, s);
    if (!call->is_siprec && s->line_count)
        take_media(&call->sides[by_caller ? 0 : 1], s, &s->lines[0].at);
    /* Where the recording server wants the first line, the first voice goes. */
    for (uint32_t i = 0; call->is_siprec && !by_caller && i < s->line_count; i++)
        take_media(&call->sides[1 - i], s, &s->lines[i].at);
    return 0;
}

int ut__call_hold(const struct ut__pcap_call *call, const struct ut__signal *s, uint8_t held[2])
{
    if (!call->has_sip || strcmp(call->call_id, s->call_id) != 0)
        return 0;
    int by_caller = is_by_caller(call, s);
    for (uint32_t i = 0; call->is_siprec && i < s->line_count; i++)
        held[i] = by_caller ? !s->lines[i].sends : !s->lines[i].receives;
    if (!call->is_siprec && s->line_count) {
        held[by_caller ? 0 : 1] = !s->lines[0].sends;
        held[by_caller ? 1 : 0] = !s->lines[0].receives;
    }
    return 1;
}

struct scan {
    struct ut__calls *calls;
    int64_t time_us;
};

static int on_message(void *arg, const uint8_t *message, size_t len)
{
    const struct scan *scan = arg;
    struct ut__signal signal;
    return ut__signal_read(&signal, message, len) ? take_signal(scan->calls, &signal, scan->time_us)
                                                  : 0;
}

static int take_datagram(struct ut__calls *c, const struct ut__datagram *d, int64_t time_us,
                         size_t at)
{
    struct ut__rtp_packet rtp;
    struct scan s = {c, time_us};
    if (ut__rtp_parse(&rtp, d->payload, d->len) == 0)
        return take_rtp(c, d, &rtp, time_us, at);
    return on_message(&s, d->payload, d->len);
}

static int scan(struct ut__calls *c, struct ut__pcap *capture, struct ut__tcp *tcp)
{
    struct ut__pcap_packet packet;
    struct ut__datagram d;
    for (;;) {
        size_t at = capture->at;
        int got = ut__pcap_next(capture, &packet);
        if (got <= 0) {
            c->damaged = got < 0;
            return 0;
        }
        c->packets++;
        enum ut__frame_kind kind = ut__frame_read(&d, packet.link, packet.bytes, packet.len);
        c->fragments += kind == UT__FRAME_FRAGMENT;
        c->cut += kind == UT__FRAME_CUT;
        c->other_links += kind == UT__FRAME_LINK;
        struct scan s = {c, packet.time_us};
        int err = kind == UT__FRAME_UDP   ? take_datagram(c, &d, packet.time_us, at)
                  : kind == UT__FRAME_TCP ? ut__tcp_take(tcp, &d, on_message, &s)
                                          : 0;
        if (err)
            return err;
    }
}

static int is_rtp(const struct ut__flow *f)
{
    return f->good >= GOOD_MIN && f->good * 2 >= f->packets;
}

static void give_flow(struct ut__calls *c, struct ut__pcap_call *call, int side, size_t flow)
{
    struct ut__side *s = &call->sides[side];
    if (s->flow_count == UT__CALL_FLOWS_MAX) {
        c->beyond++;
        return;
    }
    s->flows[s->flow_count++] = (uint32_t)flow;
    c->flows[flow].taken = 1;
}

/* The call whose other side wanted RTP where the flow goes; the newest that had begun by then. */
static struct ut__pcap_call *explains(const struct ut__calls *c, const struct ut__flow *f, int port,
                                      int *speaker)
{
    struct ut__pcap_call *best = NULL;
    for (size_t i = 0; i < c->call_count; i++) {
        struct ut__pcap_call *call = &c->calls[i];
        if (call->first_us > f->first_us + EARLY_US || (best && call->first_us < best->first_us))
            continue;
        for (int side = 0; side < 2; side++) {
            const struct ut__side *s = &call->sides[side];
            for (uint32_t e = 0; e < s->endpoint_count; e++) {
                if (!(port ? s->endpoints[e].port == f->to.port
                           : ut__address_same(&s->endpoints[e], &f->to, 1)))
                    continue;
                best = call;
                *speaker = 1 - side;
            }
        }
    }
    return best;
}

/* By the address and port of the SDP; then, behind a translator of addresses, by the port alone. */
static void explain(struct ut__calls *c, int port)
{
    for (size_t i = 0; i < c->flow_count; i++) {
        int speaker = 0;
        if (c->flows[i].taken || (port && !is_rtp(&c->flows[i])))
            continue;
        struct ut__pcap_call *call = explains(c, &c->flows[i], port, &speaker);
        if (call && (!port || call->sides[speaker].flow_count == 0))
            give_flow(c, call, speaker, i);
    }
}

static int overlap(const struct ut__flow *a, const struct ut__flow *b)
{
    return a->first_us <= b->last_us && b->first_us <= a->last_us;
}

/* The flow in the other direction: the same ports the other way round, or else the same hosts. */
static size_t counterpart(const struct ut__calls *c, size_t i)
{
    const struct ut__flow *f = &c->flows[i];
    for (int port = 1; port >= 0; port--)
        for (size_t k = i + 1; k < c->flow_count; k++) {
            const struct ut__flow *g = &c->flows[k];
            if (!g->taken && is_rtp(g) && overlap(f, g) &&
                ut__address_same(&f->from, &g->to, port) &&
                ut__address_same(&f->to, &g->from, port))
                return k;
        }
    return c->flow_count;
}

/* What no SIP explains: calls of two flows, or of one. */
static int pair_up(struct ut__calls *c)
{
    for (size_t i = 0; i < c->flow_count; i++) {
        if (c->flows[i].taken || !is_rtp(&c->flows[i]))
            continue;
        void *calls = c->calls;
        int err = grow(&calls, &c->call_cap, c->call_count, sizeof *c->calls, UT__CALLS_MAX);
        c->calls = calls;
        if (err) {
            c->beyond += err == UT_ETOOBIG;
            return err == UT_ENOMEM ? err : 0;
        }
        struct ut__pcap_call *call = &c->calls[c->call_count++];
        *call = (struct ut__pcap_call){.first_us = c->flows[i].first_us};
        size_t other = counterpart(c, i);
        give_flow(c, call, 0, i);
        if (other < c->flow_count)
            give_flow(c, call, 1, other);
    }
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct ut__pcap_call *x = a, *y = b;
    return (x->first_us > y->first_us) - (x->first_us < y->first_us);
}

int ut__calls_find(struct ut__calls *c, struct ut__pcap *capture)
{
    *c = (struct ut__calls){.table = calloc(TABLE_SIZE, sizeof *c->table)};
    if (!c->table)
        return UT_ENOMEM;
    struct ut__tcp *tcp = calloc(1, sizeof *tcp);
    if (!tcp)
        return UT_ENOMEM;
    int err = scan(c, capture, tcp);
    ut__tcp_clear(tcp);
    free(tcp);
    if (err)
        return err;
    explain(c, 0);
    explain(c, 1);
    err = pair_up(c);
    if (err)
        return err;
    size_t kept = 0;
    for (size_t i = 0; i < c->call_count; i++) {
        const struct ut__pcap_call *call = &c->calls[i];
        int silent = call->sides[0].flow_count + call->sides[1].flow_count == 0;
        c->silent += silent ? 1 : 0;
        c->encrypted += !silent && call->is_encrypted;
        if (!silent && !call->is_encrypted)
            c->calls[kept++] = *call;
    }
    c->call_count = kept;
    if (kept)
        qsort(c->calls, kept, sizeof c->calls[0], by_time);
    return 0;
}

void ut__calls_clear(struct ut__calls *c)
{
    free(c->flows);
    free(c->table);
    free(c->calls);
    *c = (struct ut__calls){.flows = NULL};
}

void ut__call_span(const struct ut__calls *c, const struct ut__pcap_call *call, size_t *first_at,
                   size_t *last_at, int64_t *first_us, int64_t *last_us)
{
    *first_at = SIZE_MAX;
    *last_at = 0;
    *first_us = INT64_MAX;
    *last_us = INT64_MIN;
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < call->sides[side].flow_count; i++) {
            const struct ut__flow *f = &c->flows[call->sides[side].flows[i]];
            *first_at = f->first_at < *first_at ? f->first_at : *first_at;
            *last_at = f->last_at > *last_at ? f->last_at : *last_at;
            *first_us = f->first_us < *first_us ? f->first_us : *first_us;
            *last_us = f->last_us > *last_us ? f->last_us : *last_us;
        }
}

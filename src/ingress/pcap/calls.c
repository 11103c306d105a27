/* SPDX-License-Identifier: MIT */
#include "ingress/pcap/calls.h"

#include <stdlib.h>
#include <string.h>

#include "rtp/packet.h"

enum {
    TABLE_SIZE = 2 * UT__FLOWS_MAX, /* A power of two. */
    GOOD_MIN = 8,                   /* Packets in order that make a flow RTP. */
    SEQ_STEP_MAX = 100,
    REUSE_US = 10000000,  /* A 5-tuple silent so long, and then another SSRC, is another call's. */
    EARLY_US = 2000000,   /* RTP may come before the SDP that explains it. */
    LINGER_US = 2000000,  /* And go on after BYE. */
    PAIR_US = 4000000,    /* Live: so long the other direction is waited for. */
    ENDED_US = 5000000,   /* Live: a call's state stays so long after its end, */
    IDLE_US = 300000000,  /* when nothing comes of it, */
    HELD_US = 2000000000, /* and on hold: 33 minutes. */
    LEG_HITS = 25,        /* Half a second of copies. */
    FLOW_IDLE_US = 15000000 /* A flow that is nobody's. */
};

static int grow(void *items, size_t *cap, size_t count, size_t max)
{
    void **array;
    memcpy(&array, items, sizeof array);
    if (count < *cap)
        return 0;
    if (count >= max)
        return UT_ETOOBIG;
    size_t next = *cap ? *cap * 2 : 64;
    array = realloc(array, next * sizeof *array);
    if (!array)
        return UT_ENOMEM;
    memcpy(items, &array, sizeof array);
    *cap = next;
    return 0;
}

static uint32_t hash_bytes(uint32_t h, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 16777619u; /* FNV-1a. */
    return h;
}

/* The chain of a 5-tuple. */
static struct ut__flow **chain(const struct ut__calls *c, const struct ut__address *from,
                               const struct ut__address *to)
{
    const struct ut__address *ends[2] = {from, to};
    uint32_t h = 2166136261u;
    for (int e = 0; e < 2; e++) {
        const uint8_t port[2] = {(uint8_t)ends[e]->port, (uint8_t)(ends[e]->port >> 8)};
        h = hash_bytes(h, ends[e]->ip, 16);
        h = hash_bytes(h, port, 2);
    }
    return &c->table[h & (TABLE_SIZE - 1)];
}

static struct ut__flow *find_flow(const struct ut__calls *c, const struct ut__address *from,
                                  const struct ut__address *to)
{
    struct ut__flow *f = *chain(c, from, to);
    while (f && !(ut__address_same(&f->from, from, 1) && ut__address_same(&f->to, to, 1)))
        f = f->next;
    return f;
}

/* Takes a flow out of the table: the next packet of its 5-tuple begins another. */
static void unlink_flow(struct ut__calls *c, struct ut__flow *f)
{
    struct ut__flow **p = chain(c, &f->from, &f->to);
    while (*p && *p != f)
        p = &(*p)->next;
    if (*p)
        *p = f->next;
    f->next = NULL;
}

static int is_rtp(const struct ut__flow *f)
{
    return f->good >= GOOD_MIN && f->good * 2 >= f->packets;
}

/* Lets go of a flow: live it is released, of a capture it stays with its call. */
static void let_go(struct ut__calls *c, struct ut__flow *f)
{
    unlink_flow(c, f);
    if (!c->listener)
        return;
    for (uint32_t i = 0; f->call && i < f->call->flow_count[f->voice]; i++) {
        const struct ut__flow **at = &f->call->flows[f->voice][i];
        if (*at == f) {
            uint32_t behind = --f->call->flow_count[f->voice] - i;
            memmove(at, at + 1, behind * sizeof *at);
            break;
        }
    }
    for (size_t i = 0; i < c->flow_count; i++) {
        if (c->flows[i] == f) {
            c->flows[i] = c->flows[--c->flow_count];
            break;
        }
    }
    free(f);
}

static void give_flow(struct ut__calls *c, struct ut__pcap_call *call, int voice,
                      struct ut__flow *f)
{
    uint32_t *n = &call->flow_count[voice];
    if (*n == UT__CALL_FLOWS_MAX && c->listener) /* Live only the newest matter. */
        let_go(c, (struct ut__flow *)(uintptr_t)call->flows[voice][0]);
    if (*n == UT__CALL_FLOWS_MAX) {
        c->beyond++;
        return;
    }
    call->flows[voice][(*n)++] = f;
    f->call = call;
    f->voice = (uint8_t)voice;
}

static int had_begun(const struct ut__pcap_call *call, int64_t us)
{
    return call->talk.has_sip && call->talk.first_us <= us + EARLY_US &&
           (!call->talk.ended_us || us <= call->talk.ended_us);
}

/* The voice that goes where a party wants RTP; -1: nobody of this call wants it there. */
static int voice_to(const struct ut__pcap_call *call, const struct ut__address *to, int by_port)
{
    for (int party = 0; party < 2; party++) {
        const struct ut__party *p = &call->talk.parties[party];
        for (uint32_t e = 0; e < p->endpoint_count; e++)
            if (by_port ? p->endpoints[e].port == to->port
                        : ut__address_same(&p->endpoints[e], to, 1))
                return 1 - party;
    }
    return -1;
}

/* Whether a flow comes from the host that a voice's own SDP names. Without that a port alone would
 * put anybody's voice into a call whose media has not begun. */
static int comes_from(const struct ut__pcap_call *call, int voice, const struct ut__address *from)
{
    const struct ut__party *p = &call->talk.parties[voice];
    for (uint32_t e = 0; e < p->endpoint_count; e++)
        if (ut__address_same(&p->endpoints[e], from, 0))
            return 1;
    return 0;
}

/* By the address and port of the SDP, or by the port alone: the newest call that had begun. */
static void explain(struct ut__calls *c, struct ut__flow *f, int by_port)
{
    struct ut__pcap_call *best = NULL;
    int voice = 0;
    for (size_t i = 0; i < c->call_count; i++) {
        struct ut__pcap_call *call = c->calls[i];
        if (!had_begun(call, f->first_us) || (best && call->talk.first_us < best->talk.first_us))
            continue;
        int v = voice_to(call, &f->to, by_port);
        if (v < 0 || (by_port && (call->flow_count[v] || !comes_from(call, v, &f->from))))
            continue;
        best = call;
        voice = v;
    }
    if (best)
        give_flow(c, best, voice, f);
}

/* The other direction of a flow that is known, whose own voice has none: a translator of ports. */
static void explain_by_mirror(struct ut__calls *c, struct ut__flow *f)
{
    const struct ut__flow *g = find_flow(c, &f->to, &f->from);
    if (g && g->call && had_begun(g->call, f->first_us) && !g->call->talk.is_recording &&
        g->call->flow_count[1 - g->voice] == 0)
        give_flow(c, g->call, 1 - g->voice, f);
}

/* A place that a call has named: flows there that came early are its, and others' are over when
 * something else comes. */
static void claim(struct ut__calls *c, struct ut__pcap_call *call, int64_t time_us)
{
    for (size_t i = 0; i < c->flow_count; i++) {
        struct ut__flow *f = c->flows[i];
        if (f->call == call || f->last_us < time_us - EARLY_US)
            continue;
        int voice = voice_to(call, &f->to, 0);
        if (voice >= 0 && !f->call)
            give_flow(c, call, voice, f);
        else if (voice >= 0)
            f->is_claimed = 1;
    }
}

static int is_over(const struct ut__flow *f, const struct ut__rtp_packet *p, int64_t time_us)
{
    int is_other = p->ssrc != f->ssrc;
    if (f->call && f->call->talk.ended_us)
        return is_other || time_us - f->call->talk.ended_us > LINGER_US;
    return is_other && (f->is_claimed || time_us - f->last_us > REUSE_US);
}

/* NULL with *err 0: there is no room. */
static struct ut__flow *begin_flow(struct ut__calls *c, const struct ut__datagram *d,
                                   int64_t time_us, size_t at, int *err)
{
    struct ut__flow *f = NULL;
    *err = grow(&c->flows, &c->flow_cap, c->flow_count, UT__FLOWS_MAX);
    if (*err == UT_ETOOBIG) {
        c->beyond++;
        *err = 0;
        return NULL;
    }
    if (!*err)
        f = calloc(1, sizeof *f);
    if (!f) {
        *err = UT_ENOMEM;
        return NULL;
    }
    *f = (struct ut__flow){.from = d->from, .to = d->to, .first_us = time_us, .first_at = at};
    struct ut__flow **head = chain(c, &d->from, &d->to);
    f->next = *head;
    *head = f;
    c->flows[c->flow_count++] = f;
    explain(c, f, 0);
    return f;
}

static int take_rtp(struct ut__calls *c, const struct ut__datagram *d,
                    const struct ut__rtp_packet *p, int64_t time_us, size_t at)
{
    struct ut__flow *f = find_flow(c, &d->from, &d->to);
    int err = 0;
    if (f && is_over(f, p, time_us)) {
        let_go(c, f);
        f = NULL;
    }
    if (!f) {
        f = begin_flow(c, d, time_us, at, &err);
        if (!f)
            return err;
    } else if (f->ssrc == p->ssrc) {
        uint16_t step = (uint16_t)(p->seq - f->seq);
        f->good += step > 0 && step < SEQ_STEP_MAX;
    }
    f->packets++;
    f->ssrc = p->ssrc;
    f->seq = p->seq;
    f->last_us = time_us;
    f->last_at = at;
    if (f->call) {
        f->call->last_us = time_us;
        if (!c->relays)
            c->relays = ut__relays_create();
        if (!c->relays)
            return UT_ENOMEM;
        ut__relays_take(c->relays, &f->call->leg, &f->from, &f->to, p->payload, p->payload_bytes,
                        time_us);
        if (c->listener && !f->call->talk.ended_us)
            c->listener->media(c->listener->arg, f->call, f->voice, d->payload, d->len, time_us);
    }
    return 0;
}

static struct ut__pcap_call *call_of(const struct ut__calls *c, const struct ut__signal *s,
                                     uint32_t hash)
{
    for (size_t i = c->call_count; i > 0; i--) /* The newest first: it is the likeliest. */
        if (c->calls[i - 1]->hash == hash && ut__talk_is_of(&c->calls[i - 1]->talk, s))
            return c->calls[i - 1];
    return NULL;
}

/* NULL with *err 0: there is no room. */
static struct ut__pcap_call *begin_call(struct ut__calls *c, int64_t first_us, int *err)
{
    struct ut__pcap_call *call = NULL;
    *err = grow(&c->calls, &c->call_cap, c->call_count, UT__CALLS_MAX);
    if (*err == UT_ETOOBIG) {
        c->beyond++;
        *err = 0;
        return NULL;
    }
    if (!*err)
        call = calloc(1, sizeof *call);
    if (!call) {
        *err = UT_ENOMEM;
        return NULL;
    }
    call->leg = (struct ut__relay_leg){.serial = ++c->serial, .first_us = first_us};
    c->calls[c->call_count++] = call;
    return call;
}

static int take_signal(struct ut__calls *c, const struct ut__signal *s, int64_t time_us, size_t at)
{
    uint32_t hash = hash_bytes(2166136261u, (const uint8_t *)s->call_id, strlen(s->call_id));
    struct ut__pcap_call *call = call_of(c, s, hash);
    int is_invite = s->is_request && s->method == UT__SIGNAL_INVITE, err = 0;
    if (!call || (is_invite && call->talk.ended_us && !s->to_tag[0])) {
        if (!is_invite)
            return 0;
        call = begin_call(c, time_us, &err);
        if (!call)
            return err;
        ut__talk_begin(&call->talk, s, time_us);
        call->hash = hash;
        call->first_at = at;
    }
    call->last_us = time_us;
    unsigned changed = ut__talk_take(&call->talk, s, time_us);
    if (changed & UT__TALK_PLACES)
        claim(c, call, time_us);
    if (changed && c->listener)
        c->listener->changed(c->listener->arg, call, changed);
    return 0;
}

struct scan {
    struct ut__calls *calls;
    int64_t time_us;
    size_t at;
};

static int on_message(void *arg, const uint8_t *message, size_t len)
{
    const struct scan *s = arg;
    struct ut__signal signal;
    return ut__signal_read(&signal, message, len)
               ? take_signal(s->calls, &signal, s->time_us, s->at)
               : 0;
}

int ut__calls_take(struct ut__calls *c, uint32_t link, const uint8_t *bytes, size_t len,
                   int64_t time_us, size_t at)
{
    struct ut__datagram d;
    struct ut__rtp_packet rtp;
    struct scan s = {c, time_us, at};
    int kind = ut__dissect(&c->dissector, &d, link, bytes, len, time_us);
    if (kind == UT__FRAME_TCP)
        return ut__tcp_take(c->tcp, &d, on_message, &s);
    if (kind != UT__FRAME_UDP)
        return kind < 0 ? kind : 0;
    if (ut__rtp_parse(&rtp, d.payload, d.len) == 0)
        return take_rtp(c, &d, &rtp, time_us, at);
    return on_message(&s, d.payload, d.len);
}

/* The flow in the other direction: the same ports the other way round, or else the same hosts. */
static struct ut__flow *counterpart(const struct ut__calls *c, const struct ut__flow *f)
{
    for (int port = 1; port >= 0; port--)
        for (size_t k = 0; k < c->flow_count; k++) {
            struct ut__flow *g = c->flows[k];
            if (g != f && !g->call && is_rtp(g) && f->first_us <= g->last_us &&
                g->first_us <= f->last_us && ut__address_same(&f->from, &g->to, port) &&
                ut__address_same(&f->to, &g->from, port))
                return g;
        }
    return NULL;
}

/* A call that no SIP explains: of two flows, or of one. */
static int pair_up(struct ut__calls *c, struct ut__flow *f, int alone)
{
    struct ut__flow *other = counterpart(c, f);
    int err = 0;
    if (!other && !alone)
        return 0;
    struct ut__pcap_call *call = begin_call(c, f->first_us, &err);
    if (!call)
        return err;
    call->talk.first_us = f->first_us;
    call->last_us = f->last_us;
    call->first_at = f->first_at;
    give_flow(c, call, 0, f);
    if (other)
        give_flow(c, call, 1, other);
    return 0;
}

static void release_call(struct ut__calls *c, struct ut__pcap_call *call)
{
    if (c->listener && c->listener->gone)
        c->listener->gone(c->listener->arg, call);
    for (int v = 0; c->listener && v < 2; v++)
        while (call->flow_count[v]) /* let_go takes it off that list. */
            /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
            let_go(c, (struct ut__flow *)(uintptr_t)call->flows[v][0]);
    ut__talk_clear(&call->talk);
    free(call);
}

static int is_gone(const struct ut__pcap_call *call, int64_t now_us)
{
    const struct ut__captured_talk *t = &call->talk;
    int64_t idle_us = now_us - call->last_us;
    if (t->ended_us)
        return idle_us > ENDED_US;
    return idle_us > (t->parties[0].held || t->parties[1].held ? HELD_US : IDLE_US);
}

int ut__calls_tick(struct ut__calls *c, int64_t now_us)
{
    for (size_t i = 0; i < c->flow_count;) {
        struct ut__flow *f = c->flows[i];
        int64_t age_us = now_us - f->first_us;
        if (!f->call && is_rtp(f)) {
            explain_by_mirror(c, f);
            if (!f->call)
                explain(c, f, 1);
            int err = !f->call && age_us > EARLY_US ? pair_up(c, f, age_us > PAIR_US) : 0;
            if (err)
                return err;
        }
        if (!f->call && now_us - f->last_us > FLOW_IDLE_US)
            let_go(c, f); /* Another takes its place in the list. */
        else
            i++;
    }
    for (size_t i = 0; i < c->call_count;) {
        struct ut__pcap_call *call = c->calls[i];
        if (!is_gone(call, now_us)) {
            i++;
            continue;
        }
        memmove(&c->calls[i], &c->calls[i + 1], (--c->call_count - i) * sizeof c->calls[0]);
        release_call(c, call);
    }
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct ut__pcap_call *const *x = a, *const *y = b;
    return ((*x)->talk.first_us > (*y)->talk.first_us) -
           ((*x)->talk.first_us < (*y)->talk.first_us);
}

/* Of a whole call: most of what could be told of one of its voices was another's. */
static int is_other_leg(const struct ut__relay_leg *leg)
{
    return leg->hits >= LEG_HITS && leg->hits >= leg->checked / 4;
}

int ut__calls_finish(struct ut__calls *c)
{
    /* All of one kind of reason before the next, weaker one. */
    for (int step = 0; step < 3; step++)
        for (size_t i = 0; i < c->flow_count; i++) {
            struct ut__flow *f = c->flows[i];
            int err = 0;
            if (f->call || !is_rtp(f))
                continue;
            if (step == 0)
                explain_by_mirror(c, f);
            else if (step == 1)
                explain(c, f, 1);
            else
                err = pair_up(c, f, 1);
            if (err)
                return err;
        }
    size_t kept = 0;
    for (size_t i = 0; i < c->call_count; i++) {
        struct ut__pcap_call *call = c->calls[i];
        int silent = call->flow_count[0] + call->flow_count[1] == 0;
        int secret = !silent && ut__talk_is_secret(&call->talk);
        int other = !silent && !secret && is_other_leg(&call->leg);
        c->silent += silent ? 1 : 0;
        c->encrypted += secret ? 1 : 0;
        c->relayed += other ? 1 : 0;
        if (silent || secret || other)
            release_call(c, call);
        else
            c->calls[kept++] = call;
    }
    c->call_count = kept;
    if (kept)
        qsort(c->calls, kept, sizeof c->calls[0], by_time);
    ut__fragments_clear(&c->dissector.fragments); /* What waits will not come. */
    return 0;
}

int ut__calls_init(struct ut__calls *c, const struct ut__calls_listener *listener)
{
    *c = (struct ut__calls){.table = calloc(TABLE_SIZE, sizeof *c->table),
                            .tcp = calloc(1, sizeof *c->tcp),
                            .listener = listener};
    return c->table && c->tcp ? 0 : UT_ENOMEM;
}

void ut__calls_clear(struct ut__calls *c)
{
    while (c->call_count)
        release_call(c, c->calls[--c->call_count]);
    for (size_t i = 0; i < c->flow_count; i++)
        free(c->flows[i]);
    if (c->tcp)
        ut__tcp_clear(c->tcp);
    ut__dissector_clear(&c->dissector);
    ut__relays_destroy(c->relays);
    free(c->tcp);
    free(c->flows);
    free(c->table);
    free(c->calls);
    *c = (struct ut__calls){.flows = NULL};
}

void ut__call_span(const struct ut__pcap_call *call, size_t *first_at, size_t *last_at,
                   int64_t *first_us, int64_t *last_us)
{
    *first_at = SIZE_MAX;
    *last_at = 0;
    *first_us = INT64_MAX;
    *last_us = INT64_MIN;
    for (int voice = 0; voice < 2; voice++)
        for (uint32_t i = 0; i < call->flow_count[voice]; i++) {
            const struct ut__flow *f = call->flows[voice][i];
            *first_at = f->first_at < *first_at ? f->first_at : *first_at;
            *last_at = f->last_at > *last_at ? f->last_at : *last_at;
            *first_us = f->first_us < *first_us ? f->first_us : *first_us;
            *last_us = f->last_us > *last_us ? f->last_us : *last_us;
        }
}

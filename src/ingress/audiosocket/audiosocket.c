/* SPDX-License-Identifier: MIT */
/*
 * AudioSocket, server side.
 *
 *     TCP -> frames -> leg --(joined by UUID)--> pair -> port -> worker
 *
 * A pair is opened when the rates of its legs are known: at the first audio of a leg that stays
 * alone, of both when two are awaited, or JOIN_WAIT_MS after the first. What a leg sent before is
 * kept; the leg that began later is set off by a gap of the difference.
 */

#include "ingress/audiosocket/audiosocket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingress/audiosocket/frame.h"
#include "net/re.h"

enum {
    MAX_CONNECTIONS = 2000,
    BACKLOG = 128,
    UUID_MS = 5000,      /* For the first message. */
    IDLE_MS = 60000,     /* Half-open connections end after so long without a byte. */
    JOIN_WAIT_MS = 1000, /* For the second leg of a pair. */
    HELD_MAX = 192000,   /* Bytes of a leg's audio that wait: a second at 96 kHz. */
    UNKNOWN_MAX = 100,   /* Messages of unknown type before the peer is taken for noise. */
    TOGETHER_MS = 40,    /* Legs that begin this close began together. */
    PAUSE_MAX_MS = 5000, /* A longer difference between two legs is nonsense. */
    UUID_TEXT = 37
};

struct pair;

struct leg {
    struct le le;
    struct ut__audiosocket *owner;
    struct tcp_conn *tc;
    struct tmr tmr;
    struct pair *pair; /* NULL before the UUID. */
    enum ut_role role;
    uint32_t rate_hz; /* 0 before the first audio. */
    int64_t first_us; /* When that came. */
    uint32_t unknown;
    uint8_t *held;
    size_t held_len;
    uint8_t *in;
    size_t in_len;
};

struct pair {
    struct le le;
    struct ut__audiosocket *owner;
    char key[UUID_TEXT];
    char id[UUID_TEXT]; /* The caller's UUID as it came. */
    struct leg *legs[UT_ROLE_COUNT];
    struct ut__port_call *call;
    struct tmr wait;
    uint8_t opened;
};

struct ut__audiosocket {
    struct ut__audiosocket_config cfg;
    const struct ut__port *port;
    struct tcp_sock *sock;
    struct list legs, pairs;
    struct ut__audiosocket_stats stats;
};

static void leg_destroy(struct leg *l)
{
    list_unlink(&l->le);
    l->owner->stats.connections--;
    tmr_cancel(&l->tmr);
    mem_deref(l->tc);
    free(l->held);
    free(l->in);
    free(l);
}

static void pair_destroy(struct pair *p, const char *reason)
{
    list_unlink(&p->le);
    tmr_cancel(&p->wait);
    if (p->call)
        ut__port_close(p->owner->port, p->call, reason);
    free(p);
}

static void pair_open(struct pair *p);

/* The leg is over; with the last one the call is. */
static void leg_end(struct leg *l, const char *reason)
{
    struct pair *p = l->pair;
    if (p) {
        if (!p->opened && l->rate_hz) /* Shorter than the wait for the other leg. */
            pair_open(p);
        p->legs[l->role] = NULL;
        if (!p->legs[UT_ROLE_CALLER] && !p->legs[UT_ROLE_AGENT])
            pair_destroy(p, reason);
    }
    leg_destroy(l);
}

static void on_drop(void *arg)
{
    leg_end(arg, "hangup");
}

static void on_timeout(void *arg)
{
    struct leg *l = arg;
    l->owner->stats.errors++;
    UT__LOG(UT__LOG_WARN, "audiosocket timed out",
            ut__log_str("waited_for", l->pair ? "data" : "the UUID"));
    leg_end(l, "timeout");
}

/* The daemon ended the call, perhaps from within a push: the legs go from the loop. */
static void on_call_ended(void *arg, const char *reason)
{
    struct pair *p = arg;
    (void)reason;
    p->call = NULL;
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        if (p->legs[role])
            tmr_start(&p->legs[role]->tmr, 0, on_drop, p->legs[role]);
}

/* Gives samples to the port, in the byte order of this machine. */
static void push(struct pair *p, enum ut_role role, const uint8_t *bytes, size_t len)
{
    int16_t pcm[960];
    while (len && p->call) {
        size_t n = len / 2 < 960 ? len / 2 : 960;
        for (size_t i = 0; i < n; i++)
            pcm[i] = (int16_t)(uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
        (void)ut__port_push(p->owner->port, p->call, role, UT__PORT_S16, pcm, n * sizeof pcm[0]);
        bytes += 2 * n;
        len -= 2 * n;
    }
}

static void release_held(struct pair *p, struct leg *l, int64_t begin_us)
{
    int64_t late_ms = (l->first_us - begin_us) / 1000;
    if (late_ms > TOGETHER_MS && late_ms <= PAUSE_MAX_MS)
        ut__port_gap(p->owner->port, p->call, l->role,
                     (uint32_t)((uint64_t)late_ms * l->rate_hz / 1000));
    push(p, l->role, l->held, l->held_len);
    free(l->held);
    l->held = NULL;
    l->held_len = 0;
}

static void pair_open(struct pair *p)
{
    struct ut__port_open open = {.ended = on_call_ended, .arg = p};
    int64_t begin_us = INT64_MAX;
    uint32_t rates[UT_ROLE_COUNT] = {0};
    tmr_cancel(&p->wait);
    p->opened = 1;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        const struct leg *l = p->legs[role];
        if (!l || !l->rate_hz)
            continue;
        rates[role] = l->rate_hz;
        open.backlog_bytes += (uint32_t)l->held_len;
        begin_us = l->first_us < begin_us ? l->first_us : begin_us;
    }
    open.caller_rate_hz = rates[UT_ROLE_CALLER];
    open.agent_rate_hz = rates[UT_ROLE_AGENT];
    (void)snprintf(open.info.id, sizeof open.info.id, "%s", p->id);
    (void)snprintf(open.info.source, sizeof open.info.source, "audiosocket");
    int err = ut__port_open(p->owner->port, &p->call, &open);
    if (err) {
        UT__LOG(UT__LOG_WARN, "audiosocket call refused", ut__log_str("reason", ut_strerror(err)));
        p->call = NULL;
        on_call_ended(p, "refused");
        return;
    }
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        if (rates[role] && p->legs[role])
            release_held(p, p->legs[role], begin_us);
}

static void on_waited(void *arg)
{
    pair_open(arg);
}

static void take_audio(struct leg *l, const struct ut__audiosocket_frame *f)
{
    struct pair *p = l->pair;
    if (!p->opened && !l->rate_hz) {
        l->rate_hz = f->rate_hz;
        l->first_us = ut__clock_mono_us();
        l->held = malloc(HELD_MAX);
    }
    if (!p->opened && (!l->held || f->len_bytes > HELD_MAX - l->held_len))
        pair_open(p); /* There is no room to wait any longer. */
    if (p->opened) {
        if (p->call && l->rate_hz)
            push(p, l->role, f->payload, f->len_bytes);
        return; /* A leg that came after the call was opened without it is not heard. */
    }
    memcpy(l->held + l->held_len, f->payload, f->len_bytes);
    l->held_len += f->len_bytes;
    const struct leg *other = p->legs[l->role == UT_ROLE_CALLER ? UT_ROLE_AGENT : UT_ROLE_CALLER];
    if (p->owner->cfg.join == UT__AUDIOSOCKET_APART || (other && other->rate_hz))
        pair_open(p);
    else if (!tmr_isrunning(&p->wait))
        tmr_start(&p->wait, JOIN_WAIT_MS, on_waited, p);
}

static void uuid_text(char *out, const uint8_t *uuid)
{
    size_t n = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        (void)snprintf(out + n, 3, "%02x", uuid[i]);
        n += 2;
    }
}

static struct pair *pair_find(const struct ut__audiosocket *a, const char *key)
{
    for (const struct le *le = a->pairs.head; le; le = le->next) {
        struct pair *p = le->data;
        if (strcmp(p->key, key) == 0)
            return p;
    }
    return NULL;
}

/* Returns NULL, or what is wrong. */
static const char *take_uuid(struct leg *l, const uint8_t *uuid)
{
    struct ut__audiosocket *a = l->owner;
    uint8_t key[16];
    char text[UUID_TEXT];
    memcpy(key, uuid, sizeof key);
    l->role = UT_ROLE_CALLER;
    if (a->cfg.join == UT__AUDIOSOCKET_PAIR) {
        l->role = key[15] & 1 ? UT_ROLE_AGENT : UT_ROLE_CALLER;
        key[15] &= 0xfe;
    }
    uuid_text(text, key);
    struct pair *p = a->cfg.join == UT__AUDIOSOCKET_APART ? NULL : pair_find(a, text);
    if (p && a->cfg.join == UT__AUDIOSOCKET_SAME && p->legs[UT_ROLE_CALLER])
        l->role = UT_ROLE_AGENT;
    if (p && (p->legs[l->role] || p->opened))
        return "its call is there already, with this side or without waiting for it";
    struct ut__load load = ut__port_load(a->port);
    if (!p && !ut__load_room(&load))
        return "the node takes no more calls: it drains, or max-calls are there";
    if (!p) {
        p = calloc(1, sizeof *p);
        if (!p)
            return "out of memory";
        p->owner = a;
        tmr_init(&p->wait);
        memcpy(p->key, text, sizeof text);
        memcpy(p->id, text, sizeof text);
        list_append(&a->pairs, &p->le, p);
    }
    p->legs[l->role] = l;
    l->pair = p;
    return NULL;
}

/* Takes one message. Returns NULL, or why the leg ends; *error tells a fault from a hangup. */
static const char *take(struct leg *l, const struct ut__audiosocket_frame *f, int *error)
{
    *error = 1;
    if (!l->pair)
        return f->type == UT__AUDIOSOCKET_UUID ? take_uuid(l, f->payload)
                                               : "the first message is not the UUID";
    if (f->rate_hz > UT_RATE_MAX_HZ)
        return "more than 96000 samples a second are not read";
    if (f->rate_hz && l->rate_hz && f->rate_hz != l->rate_hz)
        return "the sampling rate changed";
    if (f->rate_hz) {
        if (f->len_bytes)
            take_audio(l, f);
        return NULL;
    }
    switch (f->type) {
    case UT__AUDIOSOCKET_UUID:
        return "the UUID came twice";
    case UT__AUDIOSOCKET_HANGUP:
        *error = 0;
        return "hangup";
    case UT__AUDIOSOCKET_ERROR:
        *error = 0;
        return "error";
    case UT__AUDIOSOCKET_DTMF:
        return NULL;
    default:
        return ++l->unknown > UNKNOWN_MAX ? "too many messages of unknown types" : NULL;
    }
}

/* Takes the messages at the front of buf. Returns how many bytes they were, or -1: the leg ended.
 */
static ptrdiff_t take_all(struct leg *l, const uint8_t *buf, size_t len)
{
    size_t used = 0;
    for (;;) {
        struct ut__audiosocket_frame f;
        int error = 1;
        int n = ut__audiosocket_read(&f, buf + used, len - used);
        if (!l->pair && used < len && buf[used] != UT__AUDIOSOCKET_UUID)
            n = UT_EMALFORMED; /* Not AudioSocket at all: do not wait for what it calls a length. */
        if (n == UT_ETRUNCATED)
            return (ptrdiff_t)used;
        const char *wrong = n < 0 ? "not an AudioSocket message" : take(l, &f, &error);
        if (wrong && error) {
            l->owner->stats.errors++;
            UT__LOG(UT__LOG_WARN, "audiosocket closed", ut__log_str("reason", wrong));
        }
        if (wrong) {
            leg_end(l, error ? "protocol error" : wrong);
            return -1;
        }
        used += (size_t)n;
    }
}

static void on_received(struct mbuf *mb, void *arg)
{
    struct leg *l = arg;
    const uint8_t *buf = mbuf_buf(mb);
    size_t len = mbuf_get_left(mb);
    if (l->in_len) {
        uint8_t *in = realloc(l->in, l->in_len + len);
        if (!in) {
            leg_end(l, "out of memory");
            return;
        }
        memcpy(in + l->in_len, buf, len);
        l->in = in;
        l->in_len += len;
        buf = in;
        len = l->in_len;
    }
    ptrdiff_t used = take_all(l, buf, len);
    if (used < 0)
        return;
    if (l->pair && l->tmr.th != on_drop) /* Before it, only the whole UUID counts. */
        tmr_start(&l->tmr, IDLE_MS, on_timeout, l);
    size_t rest = len - (size_t)used;
    if (rest && !l->in_len) {
        l->in = malloc(rest);
        if (!l->in) {
            leg_end(l, "out of memory");
            return;
        }
    }
    if (rest) {
        memmove(l->in, buf + used, rest);
    } else {
        free(l->in);
        l->in = NULL;
    }
    l->in_len = rest;
}

static void on_closed(int err, void *arg)
{
    leg_end(arg, err ? "connection lost" : "hangup");
}

static void on_connection(const struct sa *peer, void *arg)
{
    struct ut__audiosocket *a = arg;
    struct leg *l = NULL;
    if (a->stats.connections < a->cfg.max_connections &&
        (!a->cfg.allowed || a->cfg.allowed(a->cfg.allowed_arg, &peer->u.sa)))
        l = calloc(1, sizeof *l);
    if (!l) {
        a->stats.refused++;
        UT__LOG0(UT__LOG_WARN, "audiosocket connection refused");
        tcp_reject(a->sock);
        return;
    }
    l->owner = a;
    tmr_init(&l->tmr);
    if (tcp_accept(&l->tc, a->sock, NULL, on_received, on_closed, l)) {
        tcp_reject(a->sock);
        free(l);
        return;
    }
    a->stats.accepted++;
    a->stats.connections++;
    list_append(&a->legs, &l->le, l);
    tmr_start(&l->tmr, UUID_MS, on_timeout, l);
}

int ut__audiosocket_start(struct ut__audiosocket **out, const struct ut__audiosocket_config *cfg,
                          const struct ut__port *port, char *why, size_t why_cap)
{
    struct sa local;
    if (!cfg->listen || sa_decode(&local, cfg->listen, strlen(cfg->listen))) {
        (void)snprintf(why, why_cap, "%s is no address to listen on; write 127.0.0.1:9092",
                       cfg->listen ? cfg->listen : "nothing");
        return UT_EINVAL;
    }
    struct ut__audiosocket *a = calloc(1, sizeof *a);
    if (!a) {
        (void)snprintf(why, why_cap, "out of memory");
        return UT_ENOMEM;
    }
    a->cfg = *cfg;
    a->port = port;
    if (!a->cfg.max_connections)
        a->cfg.max_connections = MAX_CONNECTIONS;
    int err = tcp_sock_alloc(&a->sock, &local, on_connection, a);
    if (!err)
        err = tcp_sock_bind(a->sock, &local);
    if (!err)
        err = tcp_sock_listen(a->sock, BACKLOG);
    if (err) {
        (void)snprintf(why, why_cap, "cannot listen on %s: %s%s", cfg->listen, strerror(err),
                       err == EADDRINUSE ? "; choose another port or end what uses it" : "");
        ut__audiosocket_stop(a);
        return UT_EIO;
    }
    a->cfg.listen = NULL;
    *out = a;
    return 0;
}

void ut__audiosocket_stop(struct ut__audiosocket *a)
{
    if (!a)
        return;
    mem_deref(a->sock);
    while (a->legs.head)
        /* Each leg unlinks itself. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        leg_end(a->legs.head->data, "shutdown");
    free(a);
}

uint16_t ut__audiosocket_port(const struct ut__audiosocket *a)
{
    struct sa local;
    return tcp_sock_local_get(a->sock, &local) ? 0 : sa_port(&local);
}

void ut__audiosocket_get_stats(const struct ut__audiosocket *a, struct ut__audiosocket_stats *out)
{
    *out = a->stats;
}

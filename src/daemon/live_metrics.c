/* SPDX-License-Identifier: MIT */
/* The daemon's own metrics. */

#include "daemon/live_metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct out {
    char *buf;
    size_t cap, len;
    int full;
};

static void put(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *o, const char *fmt, ...)
{
    va_list ap;
    if (o->full)
        return;
    va_start(ap, fmt);
    int n = vsnprintf(o->buf + o->len, o->cap - o->len, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= o->cap - o->len)
        o->full = 1;
    else
        o->len += (size_t)n;
}

static void family(struct out *o, const char *name, const char *type, const char *help)
{
    put(o, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void counters(struct out *o, const struct ut__live_stats *s)
{
    const struct {
        const char *name, *help;
        uint64_t v;
    } rows[] = {
        {"undertone_calls_opened", "Calls taken.", s->calls_opened},
        {"undertone_calls_refused", "Calls refused: too many.", s->calls_refused},
        {"undertone_calls_lost", "Calls ended for want of media.", s->calls_lost},
        {"undertone_calls_failed", "Calls ended by a fault.", s->calls_failed},
        {"undertone_packets", "RTP packets.", s->packets},
        {"undertone_packets_lost", "RTP packets that never came.", s->packets_lost},
        {"undertone_packets_late", "RTP packets that came too late.", s->packets_late},
        {"undertone_packets_foreign", "RTP packets of a stranger.", s->packets_foreign},
        {"undertone_packets_malformed", "Packets that are no RTP.", s->packets_malformed},
        {"undertone_socket_dropped", "Packets that a full socket lost.", s->socket_dropped},
        {"undertone_pushed_dropped", "Pieces of sound that a full ring lost.", s->pushed_dropped},
        {"undertone_events", "Events of calls.", s->events},
        {"undertone_events_delayed", "Events that had to wait for a full ring.", s->events_delayed},
        {"undertone_commands_refused", "Commands that found a worker's queue full.",
         s->commands_refused},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        family(o, rows[i].name, "counter", rows[i].help);
        put(o, "%s_total %" PRIu64 "\n", rows[i].name, rows[i].v);
    }
}

static void latency(struct out *o, const struct ut__live_stats *s)
{
    uint64_t sum = 0;
    family(o, "undertone_event_latency_seconds", "histogram",
           "From the packet that completed it to the event in the hub.");
    for (int i = 0; i < UT__LIVE_LATENCY_BUCKETS; i++) {
        sum += s->latency[i];
        if (i + 1 < UT__LIVE_LATENCY_BUCKETS)
            put(o, "undertone_event_latency_seconds_bucket{le=\"%u.%03u\"} %" PRIu64 "\n",
                ut__live_latency_ms[i] / 1000, ut__live_latency_ms[i] % 1000, sum);
        else
            put(o, "undertone_event_latency_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", sum);
    }
}

static void ingress(struct out *o, const struct ut__ingress_stats *s)
{
    const struct {
        const char *kind;
        uint32_t open;
        uint64_t accepted, refused, errors;
    } doors[] = {
        {"audiosocket", s->audiosocket.connections, s->audiosocket.accepted, s->audiosocket.refused,
         s->audiosocket.errors},
        {"websocket", s->websocket.streams, s->websocket.accepted, s->websocket.refused,
         s->websocket.errors},
        {"sip", s->sip.connections, s->sip.calls, s->sip.refused, s->sip.closed},
    };
    enum { DOORS = sizeof doors / sizeof doors[0] };
    family(o, "undertone_ingress_open", "gauge",
           "Connections now: AudioSocket, media over WebSocket, SIP over TCP and TLS.");
    for (int i = 0; i < DOORS; i++)
        put(o, "undertone_ingress_open{kind=\"%s\"} %u\n", doors[i].kind, doors[i].open);
    family(o, "undertone_ingress_accepted", "counter", "Streams taken; of SIP, calls answered.");
    for (int i = 0; i < DOORS; i++)
        put(o, "undertone_ingress_accepted_total{kind=\"%s\"} %" PRIu64 "\n", doors[i].kind,
            doors[i].accepted);
    family(
        o, "undertone_ingress_refused", "counter",
        "Turned away at the door: no right, no proof, too many; of SIP, requests answered 4xx to "
        "6xx.");
    for (int i = 0; i < DOORS; i++)
        put(o, "undertone_ingress_refused_total{kind=\"%s\"} %" PRIu64 "\n", doors[i].kind,
            doors[i].refused);
    family(o, "undertone_ingress_errors", "counter",
           "Streams that broke their protocol or a time-out; of SIP, connections over the limit.");
    for (int i = 0; i < DOORS; i++)
        put(o, "undertone_ingress_errors_total{kind=\"%s\"} %" PRIu64 "\n", doors[i].kind,
            doors[i].errors);
}

size_t ut__live_metrics(const struct ut__live_stats *s, const struct ut__ingress_stats *doors,
                        char *buf, size_t cap)
{
    struct out o = {.buf = buf, .cap = cap};
    counters(&o, s);
    ingress(&o, doors);
    latency(&o, s);
    family(&o, "undertone_worker_cpu_seconds", "counter", "CPU that a media worker has used.");
    for (uint32_t i = 0; i < s->workers && i < UT__LIVE_WORKERS_MAX; i++)
        put(&o, "undertone_worker_cpu_seconds_total{worker=\"%u\"} %" PRIu64 ".%06" PRIu64 "\n", i,
            s->worker_cpu_us[i] / 1000000, s->worker_cpu_us[i] % 1000000);
    family(&o, "undertone_worker_calls", "gauge", "Calls of a media worker.");
    for (uint32_t i = 0; i < s->workers && i < UT__LIVE_WORKERS_MAX; i++)
        put(&o, "undertone_worker_calls{worker=\"%u\"} %u\n", i, s->worker_calls[i]);
    return o.len;
}

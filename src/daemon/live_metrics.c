/* SPDX-License-Identifier: MIT */
/* The daemon's own metrics. */

#include "daemon/live_metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
        {"undertone_packets_unknown_payload", "RTP packets of a payload type nobody named.",
         s->packets_unknown_pt},
        {"undertone_packets_undecrypted", "SRTP packets that their key does not open.",
         s->packets_srtp},
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

static void gauges(struct out *o, const struct ut__live_stats *s)
{
    family(o, "undertone_calls_role_unknown", "gauge",
           "Live calls of which nobody said who the caller is.");
    put(o, "undertone_calls_role_unknown %u\n", s->calls_unknown);
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

static int is_first(const struct ut__edge_count *counts, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(counts[k].stat.name, counts[i].stat.name) == 0)
            return 0;
    return 1;
}

/* The rows of a family stand together, whichever edge they are of. */
static void edges(struct out *o, const struct ut__edge_count *counts, size_t count)
{
    char name[96];
    for (size_t i = 0; i < count; i++) {
        const struct ut__edge_stat *s = &counts[i].stat;
        if (!is_first(counts, i))
            continue;
        snprintf(name, sizeof name, "undertone_ingress_%s", s->name);
        family(o, name, s->is_gauge ? "gauge" : "counter", s->help);
        for (size_t k = i; k < count; k++)
            if (strcmp(counts[k].stat.name, s->name) == 0)
                put(o, "%s%s{kind=\"%s\"} %" PRIu64 "\n", name, s->is_gauge ? "" : "_total",
                    counts[k].edge, counts[k].stat.value);
    }
}

size_t ut__live_metrics(const struct ut__live_stats *s, const struct ut__edge_count *counts,
                        size_t count, char *buf, size_t cap)
{
    struct out o = {.buf = buf, .cap = cap};
    counters(&o, s);
    gauges(&o, s);
    edges(&o, counts, count);
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

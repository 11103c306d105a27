/* SPDX-License-Identifier: MIT */
/* OpenMetrics text (the exposition of Prometheus, 1.0.0). */

#include "supervise/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "contract/severity.h"
#include "supervise/channels/bus.h"
#include "supervise/health.h"
#include "supervise/state.h"

enum { PROGRAM_BYTES = 65536 };

static const double bounds[UT__LATENCY_BUCKETS] = {0.005, 0.01, 0.025, 0.05, 0.1,
                                                   0.25,  0.5,  1.0,   5.0};
static const char *const bound_names[UT__LATENCY_BUCKETS] = {
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "5.0"};

void ut__latency_add(struct ut__latency *l, double seconds)
{
    double s = seconds > 0.0 ? seconds : 0.0;
    for (int i = 0; i < UT__LATENCY_BUCKETS; i++)
        l->buckets[i] += s <= bounds[i];
    l->count++;
    l->sum_s += s;
}

static void family(struct ut__text *t, const char *name, const char *type, const char *help)
{
    ut__text_printf(t, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void sample(struct ut__text *t, const char *name, const char *labels, uint64_t v)
{
    ut__text_printf(t, "%s%s %llu\n", name, labels, (unsigned long long)v);
}

static void labelled(struct ut__text *t, const char *name, const char *label, const char *value,
                     uint64_t v)
{
    ut__text_printf(t, "%s{%s=\"%s\"} %llu\n", name, label, value, (unsigned long long)v);
}

static void put_latency(struct ut__text *t, const char *name, const char *help,
                        const struct ut__latency *l)
{
    ut__text_printf(t, "# TYPE %s histogram\n# UNIT %s seconds\n# HELP %s %s\n", name, name, name,
                    help);
    for (int i = 0; i < UT__LATENCY_BUCKETS; i++)
        ut__text_printf(t, "%s_bucket{le=\"%s\"} %llu\n", name, bound_names[i],
                        (unsigned long long)l->buckets[i]);
    ut__text_printf(t, "%s_bucket{le=\"+Inf\"} %llu\n%s_count %llu\n%s_sum ", name,
                    (unsigned long long)l->count, name, (unsigned long long)l->count, name);
    ut__text_num(t, l->sum_s, 6);
    ut__text_raw(t, "\n");
}

static void put_calls(struct ut__supervise *sv, struct ut__text *t)
{
    unsigned by_state[UT_STATE_ALERT + 1] = {0};
    for (const struct ut__card *c = sv->wall.first; c; c = c->next)
        if (c->local && !c->ended)
            by_state[c->score.state]++;
    family(t, "undertone_calls", "gauge", "Live calls of this node by state.");
    for (int i = 0; i <= UT_STATE_ALERT; i++)
        labelled(t, "undertone_calls", "state", ut_state_name((enum ut_state)i), by_state[i]);
    family(t, "undertone_scores", "counter", "Seconds scored or abstained from.");
    sample(t, "undertone_scores_total", "", sv->scores);
    family(t, "undertone_abstentions", "counter", "Seconds without a score by reason.");
    for (int i = UT_WHY_ROLE; i < UT_WHY_COUNT; i++)
        labelled(t, "undertone_abstentions_total", "why", ut_why_name((enum ut_why)i),
                 sv->abstentions[i]);
}

/* A label's value comes from outside: backslash, quote and line end are written as they must be. */
static void put_label(struct ut__text *t, const char *name, const char *value)
{
    ut__text_printf(t, "%s=\"", name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            ut__text_raw(t, "\\");
        if (*value == '\n')
            ut__text_raw(t, "\\n");
        else
            ut__text_bytes(t, value, 1);
    }
    ut__text_raw(t, "\"");
}

/* One value of each queue's row, where it has one: name{queue="...",label="..."} value. */
static void put_rows(struct ut__text *t, const json_t *rows, const char *name, const char *label,
                     const char *member)
{
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        const json_t *v = json_object_get(row, member);
        if (!json_is_number(v))
            continue;
        ut__text_raw(t, name);
        ut__text_raw(t, "{");
        put_label(t, "queue", ut__json_text(row, "name"));
        ut__text_printf(t, ",%s=\"%s\"} ", label, member);
        ut__text_num(t, json_number_value(v), 3);
        ut__text_raw(t, "\n");
    }
}

static void put_precision(struct ut__supervise *sv, struct ut__text *t)
{
    const json_t *rows = json_object_get(sv->precision, "rows");
    family(
        t, "undertone_alerts_judged", "gauge",
        "Alerts of this node in 30 days by queue and what people said of them; missed: moments that"
        " should have been told.");
    static const char *const verdicts[] = {"right", "wrong", "unjudged", "missed"};
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
        put_rows(t, rows, "undertone_alerts_judged", "verdict", verdicts[i]);
    family(t, "undertone_alert_precision", "gauge",
           "Share of the judged alerts that were right, with its 95 % interval (low, high), by "
           "queue.");
    static const char *const ends[] = {"precision", "low", "high"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        put_rows(t, rows, "undertone_alert_precision", "value", ends[i]);
}

static void put_severity(struct ut__supervise *sv, struct ut__text *t)
{
    family(t, "undertone_alerts_waiting", "gauge",
           "Alerts of all nodes that nobody has answered, by severity.");
    for (int s = 0; s < UT__SEVERITIES; s++) {
        const char *name = ut__severity_name((enum ut__severity)s);
        labelled(t, "undertone_alerts_waiting", "severity", name,
                 ut__alerts_waiting(&sv->alerts, name));
    }
}

static void put_alerts(struct ut__supervise *sv, struct ut__text *t)
{
    family(t, "undertone_alerts_open", "gauge", "Alerts of all nodes that wait, by state.");
    labelled(t, "undertone_alerts_open", "state", "raised",
             ut__alerts_count(&sv->alerts, "raised"));
    labelled(t, "undertone_alerts_open", "state", "acknowledged",
             ut__alerts_count(&sv->alerts, "acknowledged"));
    family(t, "undertone_alerts", "counter", "Alerts of this node by what happened.");
    labelled(t, "undertone_alerts_total", "action", "raised", sv->alerts_raised);
    labelled(t, "undertone_alerts_total", "action", "cleared", sv->alerts_cleared);
    put_latency(t, "undertone_alert_told_seconds",
                "From an alert's event to its message to supervisors, the disk included.",
                &sv->told);
}

static void put_channels(struct ut__supervise *sv, struct ut__text *t)
{
    family(t, "undertone_channel_queued", "gauge", "Letters that wait, by channel.");
    for (uint32_t i = 0; i < sv->channel_count; i++)
        labelled(t, "undertone_channel_queued", "channel", sv->channels[i]->name,
                 (uint64_t)ut__load_of(sv, sv->channels[i]->name).queued);
    family(t, "undertone_channel_dead", "gauge", "Letters given up, by channel.");
    for (uint32_t i = 0; i < sv->channel_count; i++)
        labelled(t, "undertone_channel_dead", "channel", sv->channels[i]->name,
                 (uint64_t)ut__load_of(sv, sv->channels[i]->name).dead);
    family(t, "undertone_channel_delivered", "counter", "Letters confirmed, by channel.");
    for (uint32_t i = 0; i < sv->channel_count; i++)
        labelled(t, "undertone_channel_delivered_total", "channel", sv->channels[i]->name,
                 atomic_load(&sv->channels[i]->delivered));
    family(t, "undertone_channel_failed", "counter", "Tries that failed, by channel.");
    for (uint32_t i = 0; i < sv->channel_count; i++)
        labelled(t, "undertone_channel_failed_total", "channel", sv->channels[i]->name,
                 atomic_load(&sv->channels[i]->failed));
}

static void put_feed(struct ut__supervise *sv, struct ut__text *t)
{
    static const char *const classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    struct ut__feed_stats feed;
    ut__feed_get_stats(sv->feed, &feed);
    family(t, "undertone_supervisors", "gauge", "Connections to /ws and /events.");
    sample(t, "undertone_supervisors", "", feed.clients);
    family(t, "undertone_messages", "counter", "Messages, each counted once.");
    sample(t, "undertone_messages_total", "", feed.messages);
    family(t, "undertone_messages_sent", "counter", "Messages, counted for each connection.");
    sample(t, "undertone_messages_sent_total", "", feed.sent);
    family(t, "undertone_supervisors_skipped", "counter",
           "Times that a slow connection was skipped to the newest state.");
    sample(t, "undertone_supervisors_skipped_total", "", feed.skips);
    family(t, "undertone_http_answers", "counter", "Answers by class of status.");
    for (int i = 1; i < UT__STATUS_CLASSES; i++)
        labelled(t, "undertone_http_answers_total", "class", classes[i], sv->requests[i]);
}

static void put_store(struct ut__supervise *sv, struct ut__text *t)
{
    const struct ut__record_state *st = sv->store_state;
    family(t, "undertone_follow_ups_overdue", "gauge", "Follow-ups on calls past their date.");
    sample(t, "undertone_follow_ups_overdue", "", st ? (uint64_t)st->overdue : 0);
    family(t, "undertone_store_queued", "gauge", "Items that wait to be written.");
    sample(t, "undertone_store_queued", "", st ? (uint64_t)st->queued : 0);
    family(t, "undertone_store_dropped", "counter", "Scores that were not kept.");
    sample(t, "undertone_store_dropped_total", "", st ? (uint64_t)st->dropped : 0);
    family(t, "undertone_store_size_bytes", "gauge", "Size of the database.");
    sample(t, "undertone_store_size_bytes", "", st ? (uint64_t)st->size_bytes : 0);
    family(t, "undertone_problems", "gauge", "Problems that /api/v1/health tells of.");
    uint64_t n = st ? st->problem_count : 0;
    for (int i = 0; i < UT__PROBLEMS_MAX; i++)
        n += sv->problems[i].since_ms != 0;
    sample(t, "undertone_problems", "", n);
}

void ut__metrics_text(struct ut__supervise *sv, struct ut__text *t)
{
    put_calls(sv, t);
    put_alerts(sv, t);
    put_severity(sv, t);
    put_precision(sv, t);
    put_channels(sv, t);
    put_feed(sv, t);
    put_store(sv, t);
    if (sv->cfg.metrics) {
        char *buf = malloc(PROGRAM_BYTES);
        size_t n = buf ? sv->cfg.metrics(sv->cfg.arg, buf, PROGRAM_BYTES) : 0;
        ut__text_bytes(t, buf ? buf : "", n);
        free(buf);
    }
    ut__text_raw(t, "# EOF\n");
}

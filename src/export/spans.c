/* SPDX-License-Identifier: MIT */
/* What happened in a call, from when to when. */

#include <stdio.h>
#include <stdlib.h>

#include <undertone/features.h>

#include "export/export.h"

const char *ut__export_tier_name(enum ut__export_tier tier)
{
    static const char *const names[UT__TIERS] = {"caller", "agent", "state", "episodes", "alerts"};
    return names[tier];
}

static struct ut__export_span *add(struct ut__export_spans *s, enum ut__export_tier tier,
                                   double from_s, double to_s)
{
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        struct ut__export_span *more = realloc(s->span, room * sizeof more[0]);
        if (!more)
            return NULL;
        s->span = more;
        s->room = room;
    }
    struct ut__export_span *span = &s->span[s->count++];
    *span = (struct ut__export_span){.from_s = from_s, .to_s = to_s, .tier = tier};
    return span;
}

/* The highest stress between two moments, below 0 where there was no score. */
static float peak_of(const struct ut__export_call *call, double from_s, double to_s)
{
    float peak = -1;
    for (size_t i = 0; i < call->scores; i++) {
        const struct ut_score *v = &call->score[i];
        if (v->t_s > from_s && v->t_s < to_s + 1 && v->state != UT_STATE_ABSTAIN &&
            v->stress > peak)
            peak = v->stress;
    }
    return peak;
}

/* The spans in which one side talks; frames in which both do count for each. */
static int add_talk(struct ut__export_spans *s, const struct ut__export_call *call, int agent)
{
    enum ut_talk mine = agent ? UT_TALK_AGENT : UT_TALK_CALLER;
    enum ut__export_tier tier = agent ? UT__TIER_AGENT : UT__TIER_CALLER;
    for (size_t i = 0; i < call->talks; i++) {
        uint32_t from = call->talk[i].from;
        while (i < call->talks &&
               (call->talk[i].talk == mine || call->talk[i].talk == UT_TALK_BOTH))
            i++;
        uint32_t to = i < call->talks ? call->talk[i].from : call->talk[call->talks - 1].to;
        if (to == from)
            continue;
        struct ut__export_span *span =
            add(s, tier, from * (double)UT_HOP_MS / 1000, to * (double)UT_HOP_MS / 1000);
        if (!span)
            return UT_ENOMEM;
        float peak = agent ? -1 : peak_of(call, span->from_s, span->to_s);
        if (peak >= 0)
            snprintf(span->text, sizeof span->text, "Caller, stress up to %.2f", (double)peak);
        else
            snprintf(span->text, sizeof span->text, "%s", agent ? "Agent" : "Caller");
    }
    return 0;
}

static int same_state(const struct ut_score *a, const struct ut_score *b)
{
    return a->state == b->state && a->why == b->why;
}

/* A score is of the second before its time. */
static int add_states(struct ut__export_spans *s, const struct ut__export_call *call)
{
    for (size_t i = 0, end; i < call->scores; i = end) {
        const struct ut_score *v = &call->score[i];
        end = i + 1;
        while (end < call->scores && same_state(v, &call->score[end]))
            end++;
        double from_s = i ? call->score[i - 1].t_s : 0;
        struct ut__export_span *span = add(s, UT__TIER_STATE, from_s, call->score[end - 1].t_s);
        if (!span)
            return UT_ENOMEM;
        if (v->state == UT_STATE_ABSTAIN)
            snprintf(span->text, sizeof span->text, "no score: %s", ut_why_name(v->why));
        else
            snprintf(span->text, sizeof span->text, "%s", ut_state_name(v->state));
    }
    return 0;
}

static int add_episodes(struct ut__export_spans *s, const struct ut__export_call *call)
{
    const struct ut_summary *sum = &call->summary;
    for (uint32_t i = 0; i < sum->episode_count && i < UT_EPISODES_MAX; i++) {
        const struct ut_episode *e = &sum->episodes[i];
        if (!(e->end_s > e->onset_s))
            continue;
        struct ut__export_span *span =
            add(s, UT__TIER_EPISODE, (double)e->onset_s, (double)e->end_s);
        if (!span)
            return UT_ENOMEM;
        snprintf(span->text, sizeof span->text, "Episode %u, peak %.2f", (unsigned)i + 1,
                 (double)e->peak);
    }
    return 0;
}

/* From each raise to its clear, or to the end. */
static int add_alerts(struct ut__export_spans *s, const struct ut__export_call *call)
{
    for (size_t i = 0; i < call->alerts; i++) {
        const struct ut_alert_event *a = &call->alert[i];
        if (a->action != UT_ALERT_RAISED)
            continue;
        double to_s = call->summary.duration_s;
        for (size_t k = i + 1; k < call->alerts; k++)
            if (call->alert[k].n == a->n && call->alert[k].action == UT_ALERT_CLEARED)
                to_s = call->alert[k].t_s;
        if (!(to_s > a->t_s))
            to_s = a->t_s + 0.01;
        struct ut__export_span *span = add(s, UT__TIER_ALERT, a->t_s, to_s);
        if (!span)
            return UT_ENOMEM;
        snprintf(span->text, sizeof span->text, "Alert %u, stress %.2f: %s", (unsigned)a->n,
                 (double)a->stress, a->text);
    }
    return 0;
}

static int by_begin(const void *a, const void *b)
{
    const struct ut__export_span *x = a, *y = b;
    if (x->from_s != y->from_s)
        return x->from_s < y->from_s ? -1 : 1;
    return (x->tier > y->tier) - (x->tier < y->tier);
}

int ut__export_spans(struct ut__export_spans *out, const struct ut__export_call *call)
{
    *out = (struct ut__export_spans){.count = 0};
    int err = add_talk(out, call, 0);
    if (!err && call->has_agent)
        err = add_talk(out, call, 1);
    if (!err)
        err = add_states(out, call);
    if (!err)
        err = add_episodes(out, call);
    if (!err)
        err = add_alerts(out, call);
    if (!err && out->count)
        qsort(out->span, out->count, sizeof out->span[0], by_begin);
    return err;
}

void ut__export_spans_free(struct ut__export_spans *spans)
{
    free(spans->span);
    *spans = (struct ut__export_spans){.count = 0};
}

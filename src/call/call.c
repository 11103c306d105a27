/* SPDX-License-Identifier: MIT */
/*
 * One call.
 *
 *     caller samples -> channel -> features -> held frames --+
 *                                                            +-> joint frame -> stress, events
 *     agent samples --> channel -> presence -> marks --------+
 *
 * Each channel is analysed as its samples come. What both have reached is looked at together, frame
 * by frame: whose voice it is, turn-taking, line quality, the caller's stress, the alert rule, one
 * score a second. So the events do not depend on how the samples were cut, and the agent's samples
 * end at speech and level.
 */

#include <undertone/call.h>
#include <undertone/site.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "call/joint.h"
#include "features/analysis.h"

enum { ALIGNMENT = 64 };

struct ut_call_config ut_call_config_default(void)
{
    return (struct ut_call_config){.size_bytes = sizeof(struct ut_call_config),
                                   .caller_rate_hz = UT_RATE_HZ};
}

/* Zero asks for the default; above the end of the evidence no alert would ever be raised. */
static int alert_is_fine(const struct ut_model *model, const struct ut_alert_config *asked)
{
    return asked->threshold >= 0 && asked->threshold <= ut_model_evidence_max(model) &&
           asked->clear_threshold >= 0 && asked->clear_speech_s >= 0 && asked->hold_off_s >= 0;
}

static struct ut_alert_config alert_config(const struct ut_model *model,
                                           const struct ut_alert_config *asked)
{
    struct ut_alert_config cfg = *asked;
    if (!(cfg.threshold > 0))
        cfg.threshold = model->tune[UT__TUNE_THRESHOLD];
    return cfg;
}

int ut_call_create(struct ut_call **out, const struct ut_model *model,
                   const struct ut_call_config *cfg)
{
    struct ut_call_config whole = ut_call_config_default();
    if (cfg && (cfg->size_bytes < sizeof cfg->size_bytes || cfg->size_bytes > sizeof whole))
        return UT_EVERSION;
    if (cfg) /* What an older caller's struct ends before keeps its default. */
        memcpy(&whole, cfg, cfg->size_bytes);
    cfg = &whole;
    if (!out || !model || (!cfg->caller_rate_hz && !cfg->agent_rate_hz) ||
        !alert_is_fine(model, &cfg->alert))
        return UT_EINVAL;
    struct ut_call *call =
        aligned_alloc(ALIGNMENT, (sizeof *call + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (!call)
        return UT_ENOMEM;
    memset(call, 0, sizeof *call);
    call->model = model;
    int err = ut__channel_create(&call->line[UT_ROLE_CALLER].channel, cfg->caller_rate_hz);
    if (!err)
        err = ut__channel_create(&call->line[UT_ROLE_AGENT].channel, cfg->agent_rate_hz);
    if (!err && cfg->caller_rate_hz)
        err = ut_features_create(&call->features, model->analysis);
    call->line[UT_ROLE_CALLER].heard = cfg->caller_rate_hz != 0;
    call->line[UT_ROLE_AGENT].heard = cfg->agent_rate_hz != 0;
    ut__presence_init(&call->presence);
    if (err) {
        ut_call_destroy(call);
        return err;
    }
    ut__stress_init(&call->stress, model);
    ut__turns_init(&call->turns, cfg->agent_rate_hz != 0);
    ut__echo_init(&call->echo);
    ut__line_watch_init(&call->watch);
    ut__summary_init(&call->summary);
    struct ut_alert_config alert = alert_config(model, &cfg->alert);
    ut__rule_init(&call->rule, &alert);
    *out = call;
    return 0;
}

void ut_call_destroy(struct ut_call *call)
{
    if (!call)
        return;
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        ut__channel_destroy(&call->line[role].channel);
    ut_features_destroy(call->features);
    free(call);
}

/* ---- channels ---- */

static void mark_caller(struct ut_call *call, const struct ut_frame *frame)
{
    uint64_t index = call->line[UT_ROLE_CALLER].frames++;
    ut__held_put(&call->caller[index % UT__CALL_MARKS], frame);
    struct ut__call_reading *slot = &call->reading[call->reading_in % UT__CALL_READINGS];
    const float *samples = ut__features_samples(call->features);
    call->stress.gate.now = index;
    int heard =
        ut__model_hear(call->model, &call->second, frame, samples, &call->stress.gate, &slot->said);
    if (heard) { /* Of windows that are not heard, too, the foreign frames are counted. */
        slot->frame = (uint32_t)index, slot->heard = heard > 0;
        call->reading_in++;
    }
    ut__call_join(call);
}

static void mark_agent(struct ut_call *call, const struct ut__presence_frame *frame)
{
    uint64_t index = call->line[UT_ROLE_AGENT].frames++;
    call->agent[index % UT__CALL_MARKS] =
        (struct ut__agent_mark){.level = ut__held_db(frame->level_dbfs),
                                .noise = ut__held_db(frame->noise_dbfs),
                                .speech = frame->speech && !frame->music};
    ut__call_join(call);
}

/* A frame of a channel on which nobody is. */
static void mark_nobody(struct ut_call *call, enum ut_role role)
{
    static const struct ut_frame caller = {.level_dbfs = UT__NOBODY_DBFS,
                                           .noise_dbfs = UT__NOBODY_DBFS};
    static const struct ut__presence_frame agent = {.level_dbfs = UT__NOBODY_DBFS,
                                                    .noise_dbfs = UT__NOBODY_DBFS};
    if (role == UT_ROLE_CALLER)
        mark_caller(call, &caller);
    else
        mark_agent(call, &agent);
}

static void push_hop(struct ut_call *call, enum ut_role role, const float *hop, uint32_t flags)
{
    call->line[role].hops++;
    if (role == UT_ROLE_CALLER) {
        struct ut_frame frame;
        if (ut_features_push(call->features, hop, flags, &frame))
            mark_caller(call, &frame);
    } else {
        struct ut__presence_frame frame;
        if (ut__presence_push(&call->presence, call->model->analysis, hop, &frame))
            mark_agent(call, &frame);
    }
}

/* Keeps the other channel within the skew: frames that it owes count as lost. */
static void pull_other(struct ut_call *call, enum ut_role role)
{
    static const float nothing[UT_HOP_SAMPLES];
    enum ut_role other = role == UT_ROLE_CALLER ? UT_ROLE_AGENT : UT_ROLE_CALLER;
    if (!ut__call_hears(call, other))
        return;
    while (call->line[role].frames >= call->line[other].frames + UT__CALL_SKEW_FRAMES) {
        push_hop(call, other, nothing, UT_FRAME_GAP);
        call->line[other].owed++;
    }
}

static void push(struct ut_call *call, enum ut_role role, const float *pcm, size_t n,
                 uint32_t flags)
{
    if ((unsigned)role >= UT_ROLE_COUNT || !ut__call_hears(call, role) || call->ended)
        return;
    struct ut__channel *channel = &call->line[role].channel;
    while (ut__channel_take(channel, &pcm, &n, flags)) {
        if (call->line[role].owed > 0) {
            call->line[role].owed--;
            continue;
        }
        push_hop(call, role, channel->hop, channel->hop_flags);
        pull_other(call, role);
    }
}

void ut_call_push(struct ut_call *call, enum ut_role role, const float *pcm, size_t n)
{
    if (pcm)
        push(call, role, pcm, n, 0);
}

void ut_call_push_concealed(struct ut_call *call, enum ut_role role, const float *pcm, size_t n)
{
    push(call, role, pcm, n, UT_FRAME_GAP);
}

void ut_call_push_gap(struct ut_call *call, enum ut_role role, size_t n)
{
    push(call, role, NULL, n, UT_FRAME_GAP);
}

void ut_call_set_off_rate(struct ut_call *call, float for_s)
{
    int off = for_s > 0;
    if (off && !call->off_rate) {
        uint64_t now = call->line[UT_ROLE_CALLER].frames;
        float ago = for_s * 1000 / UT_HOP_MS;
        ut__stress_unlearn(&call->stress, ago < (float)now ? now - (uint64_t)ago : 0);
        call->has_update = 0;
    }
    call->off_rate = (uint8_t)off;
}

/* Gives out what the look-ahead of a channel holds. */
static void flush(struct ut_call *call, enum ut_role role)
{
    struct ut_frame caller;
    struct ut__presence_frame agent;
    while (role == UT_ROLE_CALLER && ut_features_flush(call->features, &caller))
        mark_caller(call, &caller);
    while (role == UT_ROLE_AGENT &&
           ut__presence_flush(&call->presence, call->model->analysis, &agent))
        mark_agent(call, &agent);
}

/* ---- who is heard ---- */

static void leave_channel(struct ut_call *call, enum ut_role role)
{
    flush(call, role);
    call->line[role].heard = 0;
    call->line[role].owed = 0;
    ut__call_join(call); /* The other one need not wait for it. */
}

/* A voice that was not there before: nothing that was learnt of another is about it. */
static void meet_caller(struct ut_call *call, uint64_t hop)
{
    const struct ut__everybody all = call->stress.all;
    (void)ut_features_init(call->features, call->model->analysis);
    ut__stress_init(&call->stress, call->model);
    call->stress.all = all; /* The site is the same. */
    ut__line_watch_init(&call->watch);
    call->now = (struct ut__stress_update){.frame = 0};
    call->has_update = 0;
    call->caller_from = hop;
}

/* A channel that begins at a hop of the call; up to there nobody was on it. */
static void begin_channel(struct ut_call *call, enum ut_role role, uint64_t hop)
{
    struct ut__call_line *line = &call->line[role];
    ut__channel_reset(&line->channel);
    line->channel.samples = hop * line->channel.rate_hz * UT_HOP_MS / 1000;
    line->frames = call->joint;
    line->hops = hop;
    line->heard = 1;
    if (role == UT_ROLE_CALLER)
        meet_caller(call, hop);
    else
        ut__presence_init(&call->presence);
    while (line->frames < hop)
        mark_nobody(call, role);
}

int ut_call_set_roles(struct ut_call *call, int has_caller, int has_agent)
{
    const int wanted[UT_ROLE_COUNT] = {
        [UT_ROLE_CALLER] = has_caller != 0, [UT_ROLE_AGENT] = has_agent != 0};
    uint64_t hop = 0;
    int changed = 0;
    if (!has_caller && !has_agent)
        return UT_EINVAL;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        const struct ut__call_line *line = &call->line[role];
        if (wanted[role] && !line->channel.resample)
            return UT_EINVAL;
        hop = line->heard && line->hops > hop ? line->hops : hop;
        changed |= wanted[role] != line->heard;
    }
    if (!changed || call->ended)
        return 0;
    if (wanted[UT_ROLE_CALLER] != call->line[UT_ROLE_CALLER].heard)
        ut__call_forget_alert(call);
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (!wanted[role] && call->line[role].heard)
            leave_channel(call, (enum ut_role)role);
    }
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (wanted[role] && !call->line[role].heard)
            begin_channel(call, (enum ut_role)role, hop);
    }
    ut__turns_init(&call->turns, has_agent);
    ut__echo_init(&call->echo);
    return 0;
}

/* ---- the end ---- */

static void finish_channel(struct ut_call *call, enum ut_role role)
{
    struct ut__channel *channel = &call->line[role].channel;
    if (!ut__call_hears(call, role))
        return;
    if (ut__channel_finish(channel))
        push_hop(call, role, channel->hop, channel->hop_flags);
    flush(call, role);
}

/* A channel that ended early is silent until the other one ends. */
static void even_out(struct ut_call *call)
{
    const struct ut__call_line *caller = &call->line[UT_ROLE_CALLER],
                               *agent = &call->line[UT_ROLE_AGENT];
    if (!caller->heard || !agent->heard)
        return;
    while (caller->frames != agent->frames) {
        mark_nobody(call, caller->frames < agent->frames ? UT_ROLE_CALLER : UT_ROLE_AGENT);
    }
}

static double duration_s(const struct ut_call *call)
{
    double longest = 0;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        const struct ut__channel *channel = &call->line[role].channel;
        if (channel->resample)
            longest = fmax(longest, (double)channel->samples / channel->rate_hz);
    }
    return longest;
}

/* The frames of the end are judged as ut__turns_get does: nothing follows them. */
static void tell_last_talk(const struct ut_call *call)
{
    struct ut__turns end = call->turns;
    for (uint32_t i = 0; call->trace.talk && i < UT__TURNS_DELAY; i++) {
        enum ut_talk talk = ut__turns_push(&end, 0, 0);
        if (end.pushed > UT__TURNS_DELAY)
            call->trace.talk(call->trace.arg, talk);
    }
}

void ut_call_end(struct ut_call *call)
{
    if (call->ended)
        return;
    call->ended = 1;
    /* The one behind first: so neither runs further ahead than the marks reach. */
    int caller_first = call->line[UT_ROLE_CALLER].frames < call->line[UT_ROLE_AGENT].frames;
    finish_channel(call, caller_first ? UT_ROLE_CALLER : UT_ROLE_AGENT);
    finish_channel(call, caller_first ? UT_ROLE_AGENT : UT_ROLE_CALLER);
    even_out(call);
    tell_last_talk(call);

    (void)ut__events_put(&call->events, call->joint, UT_EVENT_TURNS);
    (void)ut__events_put(&call->events, call->joint, UT_EVENT_SUMMARY);
}

static void summarise(const struct ut_call *call, struct ut_summary *out)
{
    float speech_s = (float)call->watch.speech * UT_HOP_MS / 1000.0f;
    ut__summary_get(&call->summary, duration_s(call), speech_s, out);
    if (!ut__call_hears(call, UT_ROLE_CALLER) && !out->scored)
        out->why = UT_WHY_ROLE;
}

int ut_call_read(struct ut_call *call, struct ut_event *ev)
{
    if (!ut__events_take(&call->events, ev))
        return 0;
    /* The call has ended: these are what they were then. */
    if (ev->type == UT_EVENT_TURNS)
        ut__turns_get(&call->turns, duration_s(call), &ev->u.turns);
    else if (ev->type == UT_EVENT_SUMMARY)
        summarise(call, &ev->u.summary);
    return 1;
}

void ut__call_trace(struct ut_call *call, const struct ut__trace *trace)
{
    call->trace = *trace;
}

int ut_call_get_baseline(const struct ut_call *call, uint8_t *buf, size_t cap)
{
    return ut__baseline_write(&call->stress.baseline, call->model->crc, buf, cap);
}

int ut_call_set_baseline(struct ut_call *call, const uint8_t *buf, size_t len)
{
    if (!buf || call->line[UT_ROLE_CALLER].hops > call->caller_from)
        return UT_EINVAL;
    return ut__stress_set_baseline(&call->stress, buf, len);
}

int ut_call_set_site(struct ut_call *call, const struct ut_site *site)
{
    if (call->line[UT_ROLE_CALLER].hops > call->caller_from)
        return UT_EINVAL;
    ut__stress_set_site(&call->stress, site);
    return 0;
}

void ut_call_get_habit(const struct ut_call *call, struct ut_habit *out)
{
    ut__stress_habit(&call->stress, out);
    out->call_s = (float)duration_s(call);
}

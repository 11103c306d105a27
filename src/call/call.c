/* SPDX-License-Identifier: MIT */
/*
 * One call.
 *
 *     caller samples -> channel -> features -> stress ---------> updates --+
 *                                      |                                   |
 *                                      +-> speech, level, flags -> marks --+-> joint frame ->
 * events agent samples --> channel -> presence -> speech, level ---> marks --+
 *
 * Each channel is analysed as its samples come. What both have reached is looked at together, frame
 * by frame: turn-taking, line quality, the alert rule, one score a second. So the events do not
 * depend on how the samples were cut, and the agent's samples end at speech and level.
 */

#include <undertone/call.h>

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "alert/rule.h"
#include "call/channel.h"
#include "call/line_watch.h"
#include "call/reason_text.h"
#include "call/summary.h"
#include "call/trace.h"
#include "call/turns.h"
#include "features/presence.h"
#include "stress/model.h"
#include "stress/stress.h"

enum {
    ALIGNMENT = 64,
    MARKS = 128, /* Frames that one channel may be ahead; a power of two. */
    SKEW_FRAMES = UT_SKEW_MAX_MS / UT_HOP_MS,
    UPDATES = 4,     /* Half seconds of speech within MARKS frames, and one more; a power of two. */
    EVENTS = 64,     /* That wait to be read; a power of two. */
    EVENTS_KEPT = 8, /* Of them, room that only alerts, turns and the summary may take. */
    SECOND_FRAMES = 1000 / UT_HOP_MS
};

/* What the joint frame needs of one channel's frame. */
struct mark {
    float level_dbfs;
    uint16_t flags;
    uint8_t speech;
};

struct line {
    struct ut__channel channel;
    struct mark marks[MARKS];
    uint64_t frames; /* Marks so far. */
    uint32_t
        owed; /* Hops that were counted as lost and may still come: they are late, and dropped. */
};

enum { ALERT_BYTES = offsetof(struct ut_alert_event, text) };

/* An event that waits to be read, without what reading can make anew: an alert's text and the
 * summary, which would take three quarters of a call's memory between them. */
struct waiting {
    enum ut_event_type type;
    union {
        struct ut_score score;
        struct ut_turns turns;
        _Alignas(struct ut_alert_event) unsigned char alert[ALERT_BYTES];
    } u;
};

struct ut_call {
    const struct ut_model *model;
    struct ut__stress stress;
    struct ut_features *features; /* Of the caller. */
    struct ut__presence presence; /* Of the agent, if there is one. */
    struct line line[UT_ROLE_COUNT];
    struct ut__stress_update update[UPDATES]; /* A ring; not yet reached by the joint frame. */
    uint32_t update_in, update_out;
    struct ut__stress_update now; /* The last one reached. */
    struct ut__rule rule;
    struct ut__turns turns;
    struct ut__line_watch watch;
    struct ut__summary summary;
    uint64_t joint;                    /* Joint frames so far. */
    uint32_t talked[UT_TALK_BOTH + 1]; /* Frames of the current second. */
    float power;                       /* Of the caller in the current second. */
    ut__trace_fn *trace;               /* NULL: nobody looks on. */
    void *trace_arg;
    uint32_t alerts;
    struct waiting event[EVENTS];
    uint32_t event_in, event_out;
    int has_update, has_agent, ended;
};

struct ut_call_config ut_call_config_default(void)
{
    return (struct ut_call_config){.caller_rate_hz = UT_RATE_HZ};
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
    struct ut_call_config fallback = ut_call_config_default();
    cfg = cfg ? cfg : &fallback;
    if (!out || !model || (!cfg->caller_rate_hz && !cfg->agent_rate_hz))
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
    call->has_agent = cfg->agent_rate_hz != 0;
    ut__presence_init(&call->presence);
    if (err) {
        ut_call_destroy(call);
        return err;
    }
    ut__stress_init(&call->stress, model);
    ut__turns_init(&call->turns, cfg->agent_rate_hz != 0);
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

/* ---- events ---- */

static void emit(struct ut_call *call, const struct ut_event *ev)
{
    uint32_t room = ev->type == UT_EVENT_SCORE ? EVENTS - EVENTS_KEPT : EVENTS;
    if (call->event_in - call->event_out >= room)
        return;
    struct waiting *slot = &call->event[call->event_in++ % EVENTS];
    slot->type = ev->type;
    if (ev->type == UT_EVENT_SCORE)
        slot->u.score = ev->u.score;
    else if (ev->type == UT_EVENT_TURNS)
        slot->u.turns = ev->u.turns;
    else if (ev->type == UT_EVENT_ALERT)
        memcpy(slot->u.alert, &ev->u.alert, ALERT_BYTES);
}

static double joint_time_s(const struct ut_call *call)
{
    return (double)call->joint * UT_HOP_MS / 1000;
}

static void emit_alert(struct ut_call *call, enum ut_alert_action action)
{
    struct ut_event ev = {.type = UT_EVENT_ALERT};
    struct ut_alert_event *alert = &ev.u.alert;
    alert->t_s = joint_time_s(call);
    alert->n = call->alerts;
    alert->action = action;
    alert->stress = call->now.stress;
    alert->for_s = (float)(alert->t_s - call->rule.onset_s);
    if (action == UT_ALERT_RAISED) {
        alert->reason_count = call->now.reason_count;
        memcpy(alert->reasons, call->now.reasons, sizeof alert->reasons);
    }
    emit(call, &ev);
}

static enum ut_state state_of(const struct ut_call *call, enum ut_why why)
{
    if (call->rule.standing)
        return UT_STATE_ALERT;
    if (why != UT_WHY_NONE)
        return UT_STATE_ABSTAIN;
    return call->now.stress >= call->model->tune[UT__TUNE_ELEVATED] ? UT_STATE_ELEVATED
                                                                    : UT_STATE_CALM;
}

static enum ut_talk most_talked(const struct ut_call *call)
{
    enum ut_talk most = UT_TALK_NONE;
    for (int t = UT_TALK_NONE; t <= UT_TALK_BOTH; t++)
        if (call->talked[t] > call->talked[most])
            most = (enum ut_talk)t;
    return most;
}

static enum ut_why why_now(const struct ut_call *call)
{
    if (!call->features)
        return UT_WHY_ROLE;
    enum ut_why why = ut__line_watch_why(&call->watch);
    return why == UT_WHY_NONE && !call->has_update ? UT_WHY_SPEECH : why;
}

/* A second is over: its score, or why there is none. */
static void emit_score(struct ut_call *call)
{
    struct ut_event ev = {.type = UT_EVENT_SCORE};
    struct ut_score *score = &ev.u.score;
    enum ut_why why = why_now(call);
    score->t_s = joint_time_s(call);
    score->stress = call->now.stress;
    score->arousal = call->now.arousal;
    score->valence = call->now.valence;
    score->confidence = call->now.confidence * ut__line_watch_quality(&call->watch);
    score->level_dbfs = fmaxf(10 * log10f(call->power / SECOND_FRAMES + 1e-12f), -120);
    score->speech_s = (float)call->watch.speech * UT_HOP_MS / 1000.0f;
    score->state = state_of(call, why);
    score->why = score->state == UT_STATE_ABSTAIN ? why : UT_WHY_NONE;
    score->talk = most_talked(call);
    if (score->state != UT_STATE_ABSTAIN && call->now.has_delta) {
        score->has_delta = 1;
        memcpy(score->delta, call->now.delta, sizeof score->delta);
    }
    emit(call, &ev);
    ut__summary_second(&call->summary, why);
    memset(call->talked, 0, sizeof call->talked);
    call->power = 0;
}

/* ---- the joint frame ---- */

/* A half second of caller speech was judged: the alert rule hears of it. */
static void act_on_update(struct ut_call *call)
{
    if (ut__line_watch_why(&call->watch) != UT_WHY_NONE)
        return;
    double t_s = joint_time_s(call);
    ut__summary_score(&call->summary, t_s, call->now.stress);
    const float speech_s = (float)UT__BLOCK_FRAMES * UT_HOP_MS / 1000.0f;
    if (call->trace)
        call->trace(call->trace_arg, &(struct ut__trace_step){.t_s = t_s,
                                                              .speech_s = speech_s,
                                                              .evidence = call->now.evidence});
    switch (ut__rule_push(&call->rule, t_s, speech_s, call->now.evidence)) {
    case UT__RULE_RAISE:
        call->alerts++;
        ut__summary_raised(&call->summary, call->rule.onset_s, t_s, call->now.stress);
        emit_alert(call, UT_ALERT_RAISED);
        return;
    case UT__RULE_CLEAR:
        ut__summary_cleared(&call->summary, t_s);
        emit_alert(call, UT_ALERT_CLEARED);
        return;
    case UT__RULE_NOTHING:
        if (call->rule.standing)
            ut__summary_stands(&call->summary, t_s, call->now.stress);
        return;
    }
}

static void joint_frame(struct ut_call *call)
{
    static const struct mark nobody = {.level_dbfs = -120};
    const struct line *caller = &call->line[UT_ROLE_CALLER], *agent = &call->line[UT_ROLE_AGENT];
    uint64_t index = call->joint++;
    const struct mark *c = call->features ? &caller->marks[index % MARKS] : &nobody;
    const struct mark *a = call->has_agent ? &agent->marks[index % MARKS] : &nobody;

    ut__line_watch_push(&call->watch, c->flags, c->speech);
    call->talked[ut__turns_push(&call->turns, c->speech, a->speech)]++;
    call->power += powf(10, c->level_dbfs / 10);
    while (call->update_out != call->update_in &&
           call->update[call->update_out % UPDATES].frame <= index) {
        call->now = call->update[call->update_out++ % UPDATES];
        call->has_update = 1;
        act_on_update(call);
    }
    if (call->joint % SECOND_FRAMES == 0)
        emit_score(call);
}

/* Looks at all frames that every channel of the call has reached. */
static void join(struct ut_call *call)
{
    uint64_t reached = UINT64_MAX;
    if (call->features)
        reached = call->line[UT_ROLE_CALLER].frames;
    if (call->has_agent && call->line[UT_ROLE_AGENT].frames < reached)
        reached = call->line[UT_ROLE_AGENT].frames;
    while (call->joint < reached)
        joint_frame(call);
}

/* ---- channels ---- */

static void mark(struct ut_call *call, enum ut_role role, struct mark frame)
{
    struct line *line = &call->line[role];
    line->marks[line->frames++ % MARKS] = frame;
    join(call);
}

static void mark_caller(struct ut_call *call, const struct ut_frame *frame)
{
    struct ut__stress_update *slot = &call->update[call->update_in % UPDATES];
    call->update_in += (uint32_t)ut__stress_push(&call->stress, frame, slot);
    mark(call, UT_ROLE_CALLER,
         (struct mark){.level_dbfs = frame->level_dbfs,
                       .flags = (uint16_t)frame->flags,
                       .speech = frame->speech});
}

static void mark_agent(struct ut_call *call, const struct ut__presence_frame *frame)
{
    mark(call, UT_ROLE_AGENT,
         (struct mark){.level_dbfs = frame->level_dbfs, .speech = frame->speech});
}

static void push_hop(struct ut_call *call, enum ut_role role, const float *hop, uint32_t flags)
{
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
    if (!call->line[other].channel.resample)
        return;
    while (call->line[role].frames >= call->line[other].frames + SKEW_FRAMES) {
        push_hop(call, other, nothing, UT_FRAME_GAP);
        call->line[other].owed++;
    }
}

static void push(struct ut_call *call, enum ut_role role, const float *pcm, size_t n,
                 uint32_t flags)
{
    if ((unsigned)role >= UT_ROLE_COUNT || !call->line[role].channel.resample || call->ended)
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

/* ---- the end ---- */

static void finish_channel(struct ut_call *call, enum ut_role role)
{
    struct ut__channel *channel = &call->line[role].channel;
    if (!channel->resample)
        return;
    if (ut__channel_finish(channel))
        push_hop(call, role, channel->hop, channel->hop_flags);
    struct ut_frame caller;
    struct ut__presence_frame agent;
    while (role == UT_ROLE_CALLER && ut_features_flush(call->features, &caller))
        mark_caller(call, &caller);
    while (role == UT_ROLE_AGENT &&
           ut__presence_flush(&call->presence, call->model->analysis, &agent))
        mark_agent(call, &agent);
}

/* A channel that ended early is silent until the other one ends. */
static void even_out(struct ut_call *call)
{
    struct line *caller = &call->line[UT_ROLE_CALLER], *agent = &call->line[UT_ROLE_AGENT];
    if (!call->features || !call->has_agent)
        return;
    while (caller->frames != agent->frames) {
        struct line *behind = caller->frames < agent->frames ? caller : agent;
        behind->marks[behind->frames++ % MARKS] = (struct mark){.level_dbfs = -120};
        join(call);
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

    struct ut_event ev = {.type = UT_EVENT_TURNS};
    ut__turns_get(&call->turns, duration_s(call), &ev.u.turns);
    emit(call, &ev);
    emit(call, &(struct ut_event){.type = UT_EVENT_SUMMARY});
}

static void summarise(const struct ut_call *call, struct ut_summary *out)
{
    float speech_s = (float)call->watch.speech * UT_HOP_MS / 1000.0f;
    ut__summary_get(&call->summary, duration_s(call), speech_s, out);
    if (!call->features)
        out->why = UT_WHY_ROLE;
}

int ut_call_read(struct ut_call *call, struct ut_event *ev)
{
    if (call->event_out == call->event_in)
        return 0;
    const struct waiting *slot = &call->event[call->event_out++ % EVENTS];
    *ev = (struct ut_event){.type = slot->type};
    switch (slot->type) {
    case UT_EVENT_SCORE:
        ev->u.score = slot->u.score;
        break;
    case UT_EVENT_TURNS:
        ev->u.turns = slot->u.turns;
        break;
    case UT_EVENT_SUMMARY:
        summarise(call, &ev->u.summary); /* The call has ended: it is what it was then. */
        break;
    case UT_EVENT_ALERT:
        memcpy(&ev->u.alert, slot->u.alert, ALERT_BYTES);
        ut__reason_text(ev->u.alert.text, sizeof ev->u.alert.text, &ev->u.alert);
        break;
    }
    return 1;
}

void ut__call_trace(struct ut_call *call, ut__trace_fn *fn, void *arg)
{
    call->trace = fn;
    call->trace_arg = arg;
}

int ut_call_get_baseline(const struct ut_call *call, uint8_t *buf, size_t cap)
{
    return ut__baseline_write(&call->stress.baseline, call->model->crc, buf, cap);
}

int ut_call_set_baseline(struct ut_call *call, const uint8_t *buf, size_t len)
{
    if (!buf || call->line[UT_ROLE_CALLER].frames > 0)
        return UT_EINVAL;
    return ut__baseline_read(&call->stress.baseline, call->model->crc, buf, len);
}

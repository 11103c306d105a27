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

#include "alert/rule.h"
#include "call/channel.h"
#include "call/echo.h"
#include "call/held.h"
#include "call/line_watch.h"
#include "call/reason_text.h"
#include "call/summary.h"
#include "call/trace.h"
#include "call/turns.h"
#include "features/analysis.h"
#include "features/presence.h"
#include "stress/listener.h"
#include "stress/model.h"
#include "stress/stress.h"

enum {
    ALIGNMENT = 64,
    SKEW_FRAMES = UT_SKEW_MAX_MS / UT_HOP_MS,
    MARKS = SKEW_FRAMES + 2, /* Frames that one channel may be ahead, and those at work. */
    READINGS = 4, /* Windows that end within MARKS frames, and one more; a power of two. */
    FOREIGN_MAX = UT__SECOND_FRAMES / 5,
    NOTE_FRAMES = 100, /* Speech that is not the caller's, before it is told. */
    EVENTS =
        UT_ALERTS_WAIT_MAX + 2, /* That wait to be read: with turns and summary; a power of 2. */
    SECOND_FRAMES = 1000 / UT_HOP_MS
};
_Static_assert((int)MARKS <= (int)UT__GATE_LATE_FRAMES, "no update is yet to come");

#define NOBODY_DBFS (-120.0f) /* Where there is no channel, or it has ended. */

struct line {
    struct ut__channel channel;
    uint64_t frames; /* Marks so far. */
    uint64_t hops;   /* Given to the analysis, which is behind by its look-ahead. */
    uint32_t owed;   /* Hops that were counted as lost: those that still come are dropped. */
    uint8_t heard;   /* 1: samples are taken; 0: nobody is there, or nobody said who is. */
};

/* What the second ear read out with the caller's frame of this number. */
struct reading {
    uint32_t frame;
    uint32_t heard; /* 0: the gate was shut, and nothing was said. */
    struct ut__reading said;
};

/* What is taken of an agent's frame. */
struct agent_mark {
    int16_t level, noise; /* 1/256 dB, as in struct ut__held. */
    uint8_t speech;
};

/*
 * An event that waits to be read, without what reading can make anew: an alert's text, turns and
 * the summary. Events are a tenth of a call's memory all the same, so the small things are bytes.
 */
struct waiting {
    uint32_t joint; /* Frames until then. */
    uint8_t type;   /* enum ut_event_type */
    union {
        struct {
            uint8_t state, why, talk, has_delta;
            uint8_t evidence[2]; /* 1/65535, high byte first. */
        } score;
        struct {
            uint8_t action_and_count; /* A bit and the rest. */
            uint8_t kind[UT_REASONS_MAX];
        } alert;
        struct {
            uint8_t kind;
        } note;
    } head;
    union {
        struct {
            float stress, arousal, valence, confidence, level_dbfs, speech_s;
            float delta[UT_REASON_COUNT];
        } score;
        struct {
            uint32_t n;
            float stress, for_s;
            float delta[UT_REASONS_MAX], share[UT_REASONS_MAX];
        } alert;
        struct {
            float level_db;
        } note;
    } u;
};
_Static_assert(sizeof(struct waiting) == 64, "nothing between the fields");
_Static_assert((EVENTS & (EVENTS - 1)) == 0, "their count may run over");

struct ut_call {
    const struct ut_model *model;
    struct ut__stress stress;
    struct ut_features *features; /* Of the caller. */
    struct ut__presence presence; /* Of the agent, if there is one. */
    struct line line[UT_ROLE_COUNT];
    struct ut__held caller[MARKS]; /* What the joint frame has not reached, by frame number. */
    struct agent_mark agent[MARKS];
    struct ut__second second;         /* Hears the caller's frames as they come, */
    struct reading reading[READINGS]; /* and what it reads out waits, too. */
    uint32_t reading_in, reading_out;
    uint32_t foreign; /* Frames since the last window that were not the caller's. */
    struct ut__echo echo;
    struct ut__stress_update now; /* The last one reached on a good line. */
    struct ut__rule rule;
    struct ut__turns turns;
    struct ut__line_watch watch;
    struct ut__summary summary;
    uint64_t joint;                    /* Joint frames so far. */
    uint32_t talked[UT_TALK_BOTH + 1]; /* Frames of the current second. */
    float power;                       /* Of the caller in the current second. */
    struct ut__trace trace;            /* Who looks on. */
    uint32_t alerts;
    struct waiting event[EVENTS];
    uint32_t event_in, event_out;
    uint64_t caller_from;    /* The hop that the caller's analysis began with. */
    int has_update;          /* The last one reached is `now`. */
    float evidence;          /* The highest that the rule saw in this second; 0: none. */
    uint8_t ended, off_rate; /* off_rate: the caller's samples are of another rate. */
    uint32_t told;           /* Kinds of notes that were told: a bit each. */
};

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

static int is_heard(const struct ut_call *call, enum ut_role role)
{
    return call->line[role].heard;
}

/* ---- events ---- */

static uint32_t room_for(enum ut_event_type type)
{
    return type == UT_EVENT_SCORE                            ? UT_SCORES_WAIT_MAX
           : type == UT_EVENT_ALERT || type == UT_EVENT_NOTE ? UT_ALERTS_WAIT_MAX
                                                             : EVENTS;
}

/* The place of an event that may wait; NULL: too many do. */
static struct waiting *emit(struct ut_call *call, enum ut_event_type type)
{
    if (call->event_in - call->event_out >= room_for(type))
        return NULL;
    struct waiting *slot = &call->event[call->event_in++ % EVENTS];
    slot->type = (uint8_t)type;
    slot->joint = (uint32_t)call->joint;
    return slot;
}

static double time_s(uint64_t joint)
{
    return (double)joint * UT_HOP_MS / 1000;
}

static void emit_alert(struct ut_call *call, enum ut_alert_action action)
{
    struct waiting *slot = emit(call, UT_EVENT_ALERT);
    uint32_t count = action == UT_ALERT_RAISED ? call->now.reason_count : 0;
    if (!slot)
        return;
    slot->head.alert.action_and_count = (uint8_t)((uint32_t)action | count << 1);
    slot->u.alert.n = call->alerts;
    slot->u.alert.stress = call->now.stress;
    slot->u.alert.for_s = (float)(time_s(call->joint) - call->rule.onset_s);
    for (uint32_t i = 0; i < count; i++) {
        slot->head.alert.kind[i] = (uint8_t)call->now.reasons[i].kind;
        slot->u.alert.delta[i] = call->now.reasons[i].delta;
        slot->u.alert.share[i] = call->now.reasons[i].share;
    }
}

static void read_alert(struct ut_alert_event *out, const struct waiting *slot)
{
    *out = (struct ut_alert_event){
        .t_s = time_s(slot->joint),
        .n = slot->u.alert.n,
        .action = (enum ut_alert_action)(slot->head.alert.action_and_count & 1),
        .stress = slot->u.alert.stress,
        .for_s = slot->u.alert.for_s,
        .reason_count = slot->head.alert.action_and_count >> 1,
    };
    for (uint32_t i = 0; i < out->reason_count; i++)
        out->reasons[i] = (struct ut_reason){.kind = (enum ut_reason_kind)slot->head.alert.kind[i],
                                             .delta = slot->u.alert.delta[i],
                                             .share = slot->u.alert.share[i]};
    ut__reason_text(out->text, sizeof out->text, out);
}

static void read_note(struct ut_note *out, const struct waiting *slot)
{
    *out = (struct ut_note){.t_s = time_s(slot->joint),
                            .kind = (enum ut_note_kind)slot->head.note.kind,
                            .level_db = slot->u.note.level_db};
    ut__note_text(out->text, sizeof out->text, out);
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

static enum ut_why why_now(const struct ut_call *call)
{
    if (!is_heard(call, UT_ROLE_CALLER) || call->echo.mixed || call->off_rate)
        return call->off_rate ? UT_WHY_RATE : UT_WHY_ROLE;
    enum ut_why why = ut__line_watch_why(&call->watch);
    return why == UT_WHY_NONE && !call->has_update ? UT_WHY_SPEECH : why;
}

/* A second is over: its score, or why there is none. */
static void emit_score(struct ut_call *call)
{
    enum ut_why why = why_now(call);
    enum ut_state state = state_of(call, why);
    struct waiting *slot = emit(call, UT_EVENT_SCORE);
    if (slot) {
        int has_delta = state != UT_STATE_ABSTAIN && call->now.has_delta;
        slot->head.score.state = (uint8_t)state;
        slot->head.score.why = (uint8_t)(state == UT_STATE_ABSTAIN ? why : UT_WHY_NONE);
        slot->head.score.talk = (uint8_t)ut__most_talked(call->talked);
        slot->head.score.has_delta = (uint8_t)has_delta;
        long evidence = lroundf(call->evidence * 65535);
        slot->head.score.evidence[0] = (uint8_t)(evidence >> 8);
        slot->head.score.evidence[1] = (uint8_t)(evidence & 0xff);
        slot->u.score.stress = call->now.stress;
        slot->u.score.arousal = call->now.arousal;
        slot->u.score.valence = call->now.valence;
        slot->u.score.confidence = call->now.confidence * ut__line_watch_quality(&call->watch);
        slot->u.score.level_dbfs = fmaxf(10 * log10f(call->power / SECOND_FRAMES + 1e-12f), -120);
        slot->u.score.speech_s = (float)call->watch.speech * UT_HOP_MS / 1000.0f;
        if (has_delta)
            memcpy(slot->u.score.delta, call->now.delta, sizeof slot->u.score.delta);
    }
    call->evidence = 0;
    ut__summary_second(&call->summary, why);
    memset(call->talked, 0, sizeof call->talked);
    call->power = 0;
}

static void read_score(struct ut_score *out, const struct waiting *slot)
{
    *out = (struct ut_score){
        .t_s = time_s(slot->joint),
        .stress = slot->u.score.stress,
        .arousal = slot->u.score.arousal,
        .valence = slot->u.score.valence,
        .confidence = slot->u.score.confidence,
        .level_dbfs = slot->u.score.level_dbfs,
        .speech_s = slot->u.score.speech_s,
        .state = (enum ut_state)slot->head.score.state,
        .why = (enum ut_why)slot->head.score.why,
        .talk = (enum ut_talk)slot->head.score.talk,
        .has_delta = slot->head.score.has_delta,
        .evidence =
            (float)(slot->head.score.evidence[0] << 8 | slot->head.score.evidence[1]) / 65535,
    };
    if (out->has_delta)
        memcpy(out->delta, slot->u.score.delta, sizeof out->delta);
}

/* ---- the joint frame ---- */

/* A half second of caller speech was judged on a good line: the alert rule hears of it. */
static void act_on_update(struct ut_call *call)
{
    double t_s = time_s(call->joint);
    ut__summary_score(&call->summary, t_s, call->now.stress);
    call->evidence = fmaxf(call->evidence, call->now.evidence);
    const float speech_s = (float)UT__BLOCK_FRAMES * UT_HOP_MS / 1000.0f;
    if (call->trace.step)
        call->trace.step(call->trace.arg, &(struct ut__trace_step){.t_s = t_s,
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

/* Tells once what makes a call less than it could be, when it has been so for seconds. */
static void tell_note(struct ut_call *call, enum ut_note_kind kind, float level_db)
{
    if (call->told & 1u << kind)
        return;
    struct waiting *slot = emit(call, UT_EVENT_NOTE);
    if (!slot)
        return;
    call->told |= 1u << kind;
    slot->head.note.kind = (uint8_t)kind;
    slot->u.note.level_db = level_db;
}

/* 1: what the caller's frame holds is not the caller: the agent's echo, or a mixture of both. */
static int is_foreign(struct ut_call *call, const struct ut_frame *frame, int speech,
                      const struct agent_mark *agent)
{
    if (!is_heard(call, UT_ROLE_CALLER) || !is_heard(call, UT_ROLE_AGENT))
        return 0;
    const struct ut__echo_frame both = {.caller_dbfs = frame->level_dbfs,
                                        .caller_noise_dbfs = frame->noise_dbfs,
                                        .caller_speech = (uint8_t)speech,
                                        .agent_dbfs = ut__db_held(agent->level),
                                        .agent_noise_dbfs = ut__db_held(agent->noise),
                                        .agent_speech = agent->speech};
    enum ut__echo_verdict verdict = ut__echo_push(&call->echo, &both);
    if (call->echo.echo_frames >= NOTE_FRAMES)
        tell_note(call, UT_NOTE_ECHO, call->echo.gain_db);
    if (call->echo.mixed_frames >= NOTE_FRAMES)
        tell_note(call, UT_NOTE_MIXTURE, 0);
    return verdict != UT__ECHO_NONE;
}

/* What the second ear read out when it had this frame; NULL when it read nothing then, or when too
 * much of what it heard was not the caller. */
static const struct ut__reading *reading_of(struct ut_call *call, const struct ut_frame *frame)
{
    const struct reading *next = &call->reading[call->reading_out % READINGS];
    if (call->reading_out == call->reading_in || next->frame != (uint32_t)frame->index)
        return NULL;
    uint32_t foreign = call->foreign;
    call->reading_out++;
    call->foreign = 0;
    return next->heard && foreign <= FOREIGN_MAX ? &next->said : NULL;
}

/* The caller's frame goes on to the model, and what it says of half a second to the rule. */
static void hear(struct ut_call *call, const struct ut_frame *frame)
{
    struct ut__stress_update update;
    if (!ut__stress_hear(&call->stress, frame, reading_of(call, frame), &update))
        return;
    call->has_update = ut__line_watch_why(&call->watch) == UT_WHY_NONE;
    if (!call->has_update)
        return; /* What a bad line made of the voice is no score once the line is good. */
    call->now = update;
    act_on_update(call);
}

static void joint_frame(struct ut_call *call)
{
    uint64_t index = call->joint++;
    uint32_t at = (uint32_t)(index % MARKS);
    static const struct agent_mark nobody = {.speech = 0};
    const struct agent_mark *agent = is_heard(call, UT_ROLE_AGENT) ? &call->agent[at] : &nobody;
    struct ut_frame frame = {.level_dbfs = NOBODY_DBFS};
    if (is_heard(call, UT_ROLE_CALLER))
        ut__held_get(&frame, &call->caller[at], index);
    /* Music is not the caller's talk, however much it looks like speech: singing does. */
    int speech = frame.speech && !(frame.flags & UT_FRAME_MUSIC);
    if (is_foreign(call, &frame, speech, agent)) {
        call->foreign += (uint32_t)ut__is_heard(&frame);
        frame.speech = 0;
    }
    speech = speech && frame.speech;

    ut__line_watch_push(&call->watch, frame.flags, speech);
    enum ut_talk talk = ut__turns_push(&call->turns, speech, agent->speech);
    call->talked[talk]++;
    if (call->trace.talk && call->turns.pushed > UT__TURNS_DELAY)
        call->trace.talk(call->trace.arg, talk);
    call->power += powf(10, frame.level_dbfs / 10);
    ut__stress_meet(&call->stress, agent != &nobody, call->turns.talk_frames[UT_ROLE_AGENT]);
    hear(call, &frame);
    if (call->joint % SECOND_FRAMES == 0)
        emit_score(call);
}

/* Looks at all frames that every channel heard has reached. */
static void join(struct ut_call *call)
{
    uint64_t reached = UINT64_MAX;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (call->line[role].heard && call->line[role].frames < reached)
            reached = call->line[role].frames;
    }
    while (reached != UINT64_MAX && call->joint < reached)
        joint_frame(call);
}

/* ---- channels ---- */

static void mark_caller(struct ut_call *call, const struct ut_frame *frame)
{
    uint64_t index = call->line[UT_ROLE_CALLER].frames++;
    ut__held_put(&call->caller[index % MARKS], frame);
    struct reading *slot = &call->reading[call->reading_in % READINGS];
    const float *samples = ut__features_samples(call->features);
    call->stress.gate.now = index;
    int heard =
        ut__model_hear(call->model, &call->second, frame, samples, &call->stress.gate, &slot->said);
    if (heard) { /* Of windows that are not heard, too, the foreign frames are counted. */
        slot->frame = (uint32_t)index, slot->heard = heard > 0;
        call->reading_in++;
    }
    join(call);
}

static void mark_agent(struct ut_call *call, const struct ut__presence_frame *frame)
{
    uint64_t index = call->line[UT_ROLE_AGENT].frames++;
    call->agent[index % MARKS] = (struct agent_mark){.level = ut__held_db(frame->level_dbfs),
                                                     .noise = ut__held_db(frame->noise_dbfs),
                                                     .speech = frame->speech && !frame->music};
    join(call);
}

/* A frame of a channel on which nobody is. */
static void mark_nobody(struct ut_call *call, enum ut_role role)
{
    static const struct ut_frame caller = {.level_dbfs = NOBODY_DBFS, .noise_dbfs = NOBODY_DBFS};
    static const struct ut__presence_frame agent = {.level_dbfs = NOBODY_DBFS,
                                                    .noise_dbfs = NOBODY_DBFS};
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
    if (!is_heard(call, other))
        return;
    while (call->line[role].frames >= call->line[other].frames + SKEW_FRAMES) {
        push_hop(call, other, nothing, UT_FRAME_GAP);
        call->line[other].owed++;
    }
}

static void push(struct ut_call *call, enum ut_role role, const float *pcm, size_t n,
                 uint32_t flags)
{
    if ((unsigned)role >= UT_ROLE_COUNT || !is_heard(call, role) || call->ended)
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

void ut_call_set_off_rate(struct ut_call *call, int off)
{
    call->off_rate = off != 0;
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
    join(call); /* The other one need not wait for it. */
}

/* A voice that was not there before: nothing that was learnt of another is about it. */
static void meet_caller(struct ut_call *call, uint64_t hop)
{
    (void)ut_features_init(call->features, call->model->analysis);
    ut__stress_init(&call->stress, call->model);
    ut__line_watch_init(&call->watch);
    call->now = (struct ut__stress_update){.frame = 0};
    call->has_update = 0;
    call->caller_from = hop;
}

/* A channel that begins at a hop of the call; up to there nobody was on it. */
static void begin_channel(struct ut_call *call, enum ut_role role, uint64_t hop)
{
    struct line *line = &call->line[role];
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

/* An alert is about one caller: it does not outlast their being known. */
static void forget_alert(struct ut_call *call)
{
    struct ut_alert_config alert = call->rule.cfg;
    if (call->rule.standing) {
        ut__summary_cleared(&call->summary, time_s(call->joint));
        emit_alert(call, UT_ALERT_CLEARED);
    }
    ut__rule_init(&call->rule, &alert);
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
        const struct line *line = &call->line[role];
        if (wanted[role] && !line->channel.resample)
            return UT_EINVAL;
        hop = line->heard && line->hops > hop ? line->hops : hop;
        changed |= wanted[role] != line->heard;
    }
    if (!changed || call->ended)
        return 0;
    if (wanted[UT_ROLE_CALLER] != call->line[UT_ROLE_CALLER].heard)
        forget_alert(call);
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
    if (!is_heard(call, role))
        return;
    if (ut__channel_finish(channel))
        push_hop(call, role, channel->hop, channel->hop_flags);
    flush(call, role);
}

/* A channel that ended early is silent until the other one ends. */
static void even_out(struct ut_call *call)
{
    const struct line *caller = &call->line[UT_ROLE_CALLER], *agent = &call->line[UT_ROLE_AGENT];
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

    (void)emit(call, UT_EVENT_TURNS);
    (void)emit(call, UT_EVENT_SUMMARY);
}

static void summarise(const struct ut_call *call, struct ut_summary *out)
{
    float speech_s = (float)call->watch.speech * UT_HOP_MS / 1000.0f;
    ut__summary_get(&call->summary, duration_s(call), speech_s, out);
    if (!is_heard(call, UT_ROLE_CALLER) && !out->scored)
        out->why = UT_WHY_ROLE;
}

int ut_call_read(struct ut_call *call, struct ut_event *ev)
{
    if (call->event_out == call->event_in)
        return 0;
    const struct waiting *slot = &call->event[call->event_out++ % EVENTS];
    *ev = (struct ut_event){.type = (enum ut_event_type)slot->type};
    switch (ev->type) {
    case UT_EVENT_SCORE:
        read_score(&ev->u.score, slot);
        break;
    case UT_EVENT_ALERT:
        read_alert(&ev->u.alert, slot);
        break;
    case UT_EVENT_NOTE:
        read_note(&ev->u.note, slot);
        break;
    /* The call has ended: these are what they were then. */
    case UT_EVENT_TURNS:
        ut__turns_get(&call->turns, duration_s(call), &ev->u.turns);
        break;
    case UT_EVENT_SUMMARY:
        summarise(call, &ev->u.summary);
        break;
    }
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

void ut_call_get_habit(const struct ut_call *call, struct ut_habit *out)
{
    ut__stress_habit(&call->stress, out);
    out->call_s = (float)duration_s(call);
}

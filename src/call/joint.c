/* SPDX-License-Identifier: MIT */
/*
 * The joint frame: what all channels of a call have reached, looked at together. Whose voice it is,
 * turn-taking, line quality, the caller's stress, the alert rule, and one score a second.
 */

#include "call/joint.h"

#include <math.h>
#include <string.h>

#include "stress/listener.h"

enum {
    FOREIGN_MAX = UT__SECOND_FRAMES / 5,
    NOTE_FRAMES = 100, /* Speech that is not the caller's, before it is told. */
    SECOND_FRAMES = 1000 / UT_HOP_MS
};

static void emit_alert(struct ut_call *call, enum ut_alert_action action)
{
    struct ut_alert_event alert = {.n = call->alerts,
                                   .action = action,
                                   .stress = call->now.stress,
                                   .for_s = (float)(ut__call_time_s(call) - call->rule.onset_s),
                                   .reason_count =
                                       action == UT_ALERT_RAISED ? call->now.reason_count : 0};
    memcpy(alert.reasons, call->now.reasons, alert.reason_count * sizeof alert.reasons[0]);
    (void)ut__events_put_alert(&call->events, call->joint, &alert);
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
    if (!ut__call_hears(call, UT_ROLE_CALLER) || call->echo.mixed || call->off_rate)
        return call->off_rate ? UT_WHY_RATE : UT_WHY_ROLE;
    enum ut_why why = ut__line_watch_why(&call->watch);
    return why == UT_WHY_NONE && !call->has_update ? UT_WHY_SPEECH : why;
}

/* A second is over: its score, or why there is none. */
static void emit_score(struct ut_call *call)
{
    enum ut_why why = why_now(call);
    enum ut_state state = state_of(call, why);
    struct ut_score score = {
        .state = state,
        .why = state == UT_STATE_ABSTAIN ? why : UT_WHY_NONE,
        .talk = ut__most_talked(call->talked),
        .has_delta = state != UT_STATE_ABSTAIN && call->now.has_delta,
        .evidence = call->evidence,
        .stress = call->now.stress,
        .arousal = call->now.arousal,
        .valence = call->now.valence,
        .confidence = call->now.confidence * ut__line_watch_quality(&call->watch),
        .level_dbfs = fmaxf(10 * log10f(call->power / SECOND_FRAMES + 1e-12f), -120),
        .speech_s = (float)call->watch.speech * UT_HOP_MS / 1000.0f};
    if (score.has_delta)
        memcpy(score.delta, call->now.delta, sizeof score.delta);
    (void)ut__events_put_score(&call->events, call->joint, &score);
    call->evidence = 0;
    ut__summary_second(&call->summary, why);
    memset(call->talked, 0, sizeof call->talked);
    call->power = 0;
}

/* A half second of caller speech was judged on a good line: the alert rule hears of it. */
static void act_on_update(struct ut_call *call)
{
    double t_s = ut__call_time_s(call);
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
    if (!(call->told & 1u << kind) &&
        ut__events_put_note(&call->events, call->joint, kind, level_db))
        call->told |= 1u << kind;
}

/* 1: what the caller's frame holds is not the caller: the agent's echo, or a mixture of both. */
static int is_foreign(struct ut_call *call, const struct ut_frame *frame, int speech,
                      const struct ut__agent_mark *agent)
{
    if (!ut__call_hears(call, UT_ROLE_CALLER) || !ut__call_hears(call, UT_ROLE_AGENT))
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
    const struct ut__call_reading *next = &call->reading[call->reading_out % UT__CALL_READINGS];
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
    const struct ut__reading *reading = reading_of(call, frame);
    if (call->off_rate || !ut__stress_hear(&call->stress, frame, reading, &update))
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
    uint32_t at = (uint32_t)(index % UT__CALL_MARKS);
    static const struct ut__agent_mark nobody = {.speech = 0};
    const struct ut__agent_mark *agent =
        ut__call_hears(call, UT_ROLE_AGENT) ? &call->agent[at] : &nobody;
    struct ut_frame frame = {.level_dbfs = UT__NOBODY_DBFS};
    if (ut__call_hears(call, UT_ROLE_CALLER))
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

void ut__call_join(struct ut_call *call)
{
    uint64_t reached = UINT64_MAX;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (call->line[role].heard && call->line[role].frames < reached)
            reached = call->line[role].frames;
    }
    while (reached != UINT64_MAX && call->joint < reached)
        joint_frame(call);
}

void ut__call_forget_alert(struct ut_call *call)
{
    struct ut_alert_config alert = call->rule.cfg;
    if (call->rule.standing) {
        ut__summary_cleared(&call->summary, ut__call_time_s(call));
        emit_alert(call, UT_ALERT_CLEARED);
    }
    ut__rule_init(&call->rule, &alert);
}

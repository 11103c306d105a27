/* SPDX-License-Identifier: MIT */
/* Events that wait to be read, packed: see events.h. */

#include "call/events.h"

#include <math.h>
#include <string.h>

#include "call/reason_text.h"

static uint32_t room_for(enum ut_event_type type)
{
    return type == UT_EVENT_SCORE                            ? UT_SCORES_WAIT_MAX
           : type == UT_EVENT_ALERT || type == UT_EVENT_NOTE ? UT_ALERTS_WAIT_MAX
                                                             : UT__EVENTS_MAX;
}

/* The place of an event that may wait; NULL: too many do. */
static struct ut__event_wait *place(struct ut__events *events, uint64_t joint,
                                    enum ut_event_type type)
{
    if (events->in - events->out >= room_for(type))
        return NULL;
    struct ut__event_wait *slot = &events->wait[events->in++ % UT__EVENTS_MAX];
    slot->type = (uint8_t)type;
    slot->joint = (uint32_t)joint;
    return slot;
}

int ut__events_put(struct ut__events *events, uint64_t joint, enum ut_event_type type)
{
    return place(events, joint, type) != NULL;
}

int ut__events_put_score(struct ut__events *events, uint64_t joint, const struct ut_score *score)
{
    struct ut__event_wait *slot = place(events, joint, UT_EVENT_SCORE);
    if (!slot)
        return 0;
    slot->head.score.state = (uint8_t)score->state;
    slot->head.score.why = (uint8_t)score->why;
    slot->head.score.talk = (uint8_t)score->talk;
    slot->head.score.has_delta = (uint8_t)score->has_delta;
    long evidence = lroundf(score->evidence * 65535);
    slot->head.score.evidence[0] = (uint8_t)(evidence >> 8);
    slot->head.score.evidence[1] = (uint8_t)(evidence & 0xff);
    slot->u.score.stress = score->stress;
    slot->u.score.arousal = score->arousal;
    slot->u.score.valence = score->valence;
    slot->u.score.confidence = score->confidence;
    slot->u.score.level_dbfs = score->level_dbfs;
    slot->u.score.speech_s = score->speech_s;
    if (score->has_delta)
        memcpy(slot->u.score.delta, score->delta, sizeof slot->u.score.delta);
    return 1;
}

int ut__events_put_alert(struct ut__events *events, uint64_t joint,
                         const struct ut_alert_event *alert)
{
    struct ut__event_wait *slot = place(events, joint, UT_EVENT_ALERT);
    if (!slot)
        return 0;
    slot->head.alert.action_and_count =
        (uint8_t)((uint32_t)alert->action | alert->reason_count << 1);
    slot->u.alert.n = alert->n;
    slot->u.alert.stress = alert->stress;
    slot->u.alert.for_s = alert->for_s;
    for (uint32_t i = 0; i < alert->reason_count; i++) {
        slot->head.alert.kind[i] = (uint8_t)alert->reasons[i].kind;
        slot->u.alert.delta[i] = alert->reasons[i].delta;
        slot->u.alert.share[i] = alert->reasons[i].share;
    }
    return 1;
}

int ut__events_put_note(struct ut__events *events, uint64_t joint, enum ut_note_kind kind,
                        float level_db)
{
    struct ut__event_wait *slot = place(events, joint, UT_EVENT_NOTE);
    if (!slot)
        return 0;
    slot->head.note.kind = (uint8_t)kind;
    slot->u.note.level_db = level_db;
    return 1;
}

static double time_s(uint64_t joint)
{
    return (double)joint * UT_HOP_MS / 1000;
}

static void read_score(struct ut_score *out, const struct ut__event_wait *slot)
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

static void read_alert(struct ut_alert_event *out, const struct ut__event_wait *slot)
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

static void read_note(struct ut_note *out, const struct ut__event_wait *slot)
{
    *out = (struct ut_note){.t_s = time_s(slot->joint),
                            .kind = (enum ut_note_kind)slot->head.note.kind,
                            .level_db = slot->u.note.level_db};
    ut__note_text(out->text, sizeof out->text, out);
}

int ut__events_take(struct ut__events *events, struct ut_event *out)
{
    if (events->out == events->in)
        return 0;
    const struct ut__event_wait *slot = &events->wait[events->out++ % UT__EVENTS_MAX];
    *out = (struct ut_event){.type = (enum ut_event_type)slot->type};
    if (out->type == UT_EVENT_SCORE)
        read_score(&out->u.score, slot);
    else if (out->type == UT_EVENT_ALERT)
        read_alert(&out->u.alert, slot);
    else if (out->type == UT_EVENT_NOTE)
        read_note(&out->u.note, slot);
    return 1;
}

/* SPDX-License-Identifier: MIT */
/* A call's events, gathered. */

#include <stdlib.h>

#include "export/export.h"

#include "base/grow.h"

#define ADD(call, list, count, list_room, value)                                                   \
    do {                                                                                           \
        void *bigger = ut__grow((call)->list, (call)->count, &(call)->list_room, sizeof(value));   \
        if (!bigger) {                                                                             \
            (call)->no_memory = 1;                                                                 \
            return;                                                                                \
        }                                                                                          \
        (call)->list = bigger;                                                                     \
        (call)->list[(call)->count++] = (value);                                                   \
    } while (0)

void ut__export_event(void *arg, const struct ut_event *ev)
{
    struct ut__export_call *call = arg;
    switch (ev->type) {
    case UT_EVENT_SCORE:
        ADD(call, score, scores, score_room, ev->u.score);
        break;
    case UT_EVENT_ALERT:
        ADD(call, alert, alerts, alert_room, ev->u.alert);
        break;
    case UT_EVENT_NOTE:
        ADD(call, note, notes, note_room, ev->u.note);
        break;
    case UT_EVENT_TURNS:
        call->turns = ev->u.turns;
        break;
    case UT_EVENT_SUMMARY:
        call->summary = ev->u.summary;
        break;
    }
}

void ut__export_talk(void *arg, enum ut_talk talk)
{
    struct ut__export_call *call = arg;
    struct ut__export_talk *last = call->talks ? &call->talk[call->talks - 1] : NULL;
    if (last && last->talk == talk) {
        last->to++;
        return;
    }
    uint32_t at = last ? last->to : 0;
    const struct ut__export_talk next = {.from = at, .to = at + 1, .talk = talk};
    ADD(call, talk, talks, talk_room, next);
}

void ut__export_free(struct ut__export_call *call)
{
    free(call->score);
    free(call->talk);
    free(call->alert);
    free(call->note);
    *call = (struct ut__export_call){.path = NULL};
}

/* SPDX-License-Identifier: MIT */
/*
 * The timeline for people: one line for each turn of the caller, or 5 s of it.
 *
 *     scores, one a second -> span -> line with time, bar, score, state, reason
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "terminal/message.h"
#include "terminal/print.h"

enum {
    SPAN_S = 5,        /* A line tells at most as much of the caller's speech. */
    QUIET_SPAN_S = 60, /* And of anything else. */
    BAR_COLUMNS = 20,
    STATE_COLUMNS = 10,
    REASONS_MAX = 2 /* A line has room for as many. */
};

/* What counts as a step of each reason, so that they can be compared: about what a listener hears
 * at once. */
static const float reason_step[UT_REASON_COUNT] = {
    [UT_REASON_F0] = 1.0f,        [UT_REASON_EFFORT] = 2.0f,    [UT_REASON_RATE] = 0.7f,
    [UT_REASON_HARSHNESS] = 2.0f, [UT_REASON_VARIATION] = 1.0f,
};

static void put_reason(char *buf, size_t cap, enum ut_reason_kind kind, float delta)
{
    double d = fabs((double)delta);
    int up = delta > 0;
    switch (kind) {
    case UT_REASON_F0:
        snprintf(buf, cap, "pitch %.1f semitones %s", d, up ? "up" : "down");
        break;
    case UT_REASON_EFFORT:
        snprintf(buf, cap, "voice %.0f dB %s", d, up ? "stronger" : "softer");
        break;
    case UT_REASON_RATE:
        snprintf(buf, cap, "speaking %s", up ? "faster" : "slower");
        break;
    case UT_REASON_HARSHNESS:
        snprintf(buf, cap, "voice %.0f dB %s", d, up ? "harsher" : "clearer");
        break;
    case UT_REASON_VARIATION:
        snprintf(buf, cap, "%s by %.1f semitones", up ? "livelier" : "flatter", d);
        break;
    default:
        buf[0] = '\0';
    }
}

/* The strongest deviations of a span, in words; empty when none is worth a word. */
static void put_reasons(char *buf, size_t cap, const struct ut__print_span *s)
{
    int used[UT_REASON_COUNT] = {0};
    size_t len = 0;
    buf[0] = '\0';
    for (int n = 0; n < REASONS_MAX && s->deltas; n++) {
        int best = -1;
        float best_steps = 1;
        for (int k = 0; k < UT_REASON_COUNT; k++) {
            float steps = fabsf(s->delta[k]) / (float)s->deltas / reason_step[k];
            if (!used[k] && steps >= best_steps) {
                best = k;
                best_steps = steps;
            }
        }
        if (best < 0)
            return;
        used[best] = 1;
        char part[64];
        put_reason(part, sizeof part, (enum ut_reason_kind)best, s->delta[best] / (float)s->deltas);
        int wrote = snprintf(buf + len, cap - len, "%s%s", len ? ", " : "", part);
        len += wrote > 0 && (size_t)wrote < cap - len ? (size_t)wrote : 0;
    }
}

static void put_bar(char *buf, size_t cap, float stress, int utf8)
{
    int full = (int)lrintf(stress * BAR_COLUMNS);
    size_t at = 0;
    for (int i = 0; i < BAR_COLUMNS; i++) {
        const char *cell = utf8 ? (i < full ? "\u2588" : "\u2591") : (i < full ? "#" : ".");
        size_t n = strlen(cell);
        if (at + n >= cap)
            break;
        memcpy(buf + at, cell, n);
        at += n;
    }
    buf[at] = '\0';
}

static void print_scored(struct ut__print *p, const struct ut__print_span *s)
{
    static const enum ut__print_color colors[] = {[UT_STATE_ABSTAIN] = UT__DIM,
                                                  [UT_STATE_CALM] = UT__GREEN,
                                                  [UT_STATE_ELEVATED] = UT__YELLOW,
                                                  [UT_STATE_ALERT] = UT__RED};
    char t[24], bar[BAR_COLUMNS * 3 + 1], reasons[160] = "";
    put_bar(bar, sizeof bar, s->stress_max, p->style.utf8);
    if (s->state != UT_STATE_CALM)
        put_reasons(reasons, sizeof reasons, s);
    ut__print_line(p, "  %7s  %s%s%s  %.2f  %-*s%s\n", ut__print_time(t, s->from_s),
                   ut__color_code(p, colors[s->state]), bar, ut__color_code(p, UT__PLAIN),
                   (double)s->stress_max, reasons[0] ? STATE_COLUMNS : 0, ut_state_name(s->state),
                   reasons);
}

/* A span without a score of caller speech: who speaks instead, or why there is no score. */
static void print_quiet(struct ut__print *p, const struct ut__print_span *s)
{
    char t[24];
    const char *what = "silence";
    char words[80];
    if (s->caller_s && s->abstained) {
        snprintf(words, sizeof words, "no score: %s", ut__print_why(s->why));
        what = words;
    } else if (s->abstained && s->why != UT_WHY_SPEECH && s->why != UT_WHY_NONE) {
        what = ut__print_why(s->why);
    } else if (s->agent_s) {
        what = "the agent speaks";
    }
    ut__print_line(p, "  %7s  %s%-*s  %s%s\n", ut__print_time(t, s->from_s),
                   ut__color_code(p, UT__DIM), BAR_COLUMNS + 4, "", what,
                   ut__color_code(p, UT__PLAIN));
}

static void end_span(struct ut__print *p)
{
    const struct ut__print_span *s = &p->span;
    if (s->seconds) {
        if (s->caller_s && s->scored)
            print_scored(p, s);
        else
            print_quiet(p, s);
    }
    p->span = (struct ut__print_span){.from_s = s->to_s, .to_s = s->to_s};
}

static void add_score(struct ut__print *p, const struct ut_score *sc)
{
    int caller = sc->talk == UT_TALK_CALLER || sc->talk == UT_TALK_BOTH;
    struct ut__print_span *s = &p->span;
    if (s->seconds && (s->caller_s > 0) != caller &&
        (caller || sc->talk == UT_TALK_AGENT || s->seconds >= SPAN_S))
        end_span(p);
    s->to_s = sc->t_s;
    s->seconds++;
    s->caller_s += caller ? 1 : 0;
    s->agent_s += sc->talk == UT_TALK_AGENT ? 1 : 0;
    if (sc->state == UT_STATE_ABSTAIN) {
        s->abstained++;
        s->why = sc->why;
    } else {
        s->scored++;
        s->stress_max = fmaxf(s->stress_max, sc->stress);
        s->state = sc->state > s->state ? sc->state : s->state;
    }
    if (sc->has_delta && caller) {
        s->deltas++;
        for (int k = 0; k < UT_REASON_COUNT; k++)
            s->delta[k] += sc->delta[k];
    }
    if (s->seconds >= (s->caller_s ? SPAN_S : QUIET_SPAN_S))
        end_span(p);
}

static void print_alert(struct ut__print *p, const struct ut_alert_event *a)
{
    char t[24];
    end_span(p);
    int raised = a->action == UT_ALERT_RAISED;
    const char *mark = p->style.utf8 ? (raised ? "\u25b2 " : "\u25bc ") : "";
    if (raised)
        ut__print_line(p, "  %7s  %s%sALERT %u  %.2f  %s%s\n", ut__print_time(t, a->t_s),
                       ut__color_code(p, UT__RED), mark, (unsigned)a->n, (double)a->stress, a->text,
                       ut__color_code(p, UT__PLAIN));
    else
        ut__print_line(p, "  %7s  %s%salert %u cleared after %.0f s%s\n", ut__print_time(t, a->t_s),
                       ut__color_code(p, UT__GREEN), mark, (unsigned)a->n, (double)a->for_s,
                       ut__color_code(p, UT__PLAIN));
}

void ut__print_text_event(struct ut__print *p, const struct ut_event *ev)
{
    switch (ev->type) {
    case UT_EVENT_SCORE:
        add_score(p, &ev->u.score);
        break;
    case UT_EVENT_ALERT:
        print_alert(p, &ev->u.alert);
        break;
    case UT_EVENT_NOTE:
        ut__print_text_note(p, ev->u.note.text);
        break;
    case UT_EVENT_TURNS:
        p->turns = ev->u.turns;
        p->has_turns = 1;
        break;
    case UT_EVENT_SUMMARY:
        end_span(p);
        ut__print_text_summary(p, &ev->u.summary);
        break;
    }
}

void ut__print_text_call(struct ut__print *p, const struct ut__print_call *call)
{
    char name[UT__SAFE_MAX], t[24], duration[40] = "", where[80] = "";
    if (call->duration_s > 0)
        snprintf(duration, sizeof duration, "%s, ", ut__print_time(t, call->duration_s));
    if (call->caller_channel && call->agent_channel)
        snprintf(where, sizeof where, ", caller on %u, agent on %u", (unsigned)call->caller_channel,
                 (unsigned)call->agent_channel);
    else if (call->caller_channel)
        snprintf(where, sizeof where, ", caller on %u", (unsigned)call->caller_channel);
    ut__print_line(p, "%s%s%s  (%s%u channel%s%s%s%s)\n", ut__color_code(p, UT__BOLD),
                   ut__safe_name(name, sizeof name, call->file ? call->file : call->id),
                   ut__color_code(p, UT__PLAIN), duration, (unsigned)call->channels,
                   call->channels == 1 ? "" : "s", where, call->format ? ", " : "",
                   call->format ? call->format : "");
}

void ut__print_text_note(struct ut__print *p, const char *text)
{
    end_span(p);
    ut__print_line(p, "  note: %s\n", text);
}

/* SPDX-License-Identifier: MIT */
/*
 * Levels of both legs in steps of 100 ms. A step is speech when it lies well above the leg's own
 * quiet. People take turns: in a sound recording they speak at once in a tenth of the time at most.
 * Where they do so in a third of it, and hardly once one leg is moved by some seconds, that leg was
 * recorded late.
 */

#include "commands/legs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SHIFT_MAX = 80,       /* Steps: 8 s. */
    SHIFT_MIN = 10,       /* Less may be the delay of a satellite. */
    SPEECH_MIN = 150,     /* Steps of each leg before overlaps tell anything. */
    CALL_MIN = 300,       /* Steps of a call of whose agent silence is odd. */
    AGENT_SPEECH_MAX = 5, /* Steps that may be clicks. */
    MUSIC_MIN_S = 10,
    QUIET_STEPS_MAX = 4096, /* Looked at for the quiet of a leg. */
    STEPS_MAX = 72000       /* Kept of a leg: two hours tell as much as twelve. */
};
#define OVER_QUIET    16.0f /* 12 dB. */
#define SPEECH_FLOOR  1e-5f /* -50 dBFS. */
#define OVERLAP_WRONG 0.30f /* Of the shorter leg's speech. */
#define OVERLAP_RIGHT 0.12f
#define OVERLAP_FALL  0.35f /* What the move leaves of the overlap. */

void ut__legs_push(struct ut__legs *legs, enum ut_role role, const float *pcm, size_t n)
{
    struct ut__leg *leg = &legs->leg[role];
    size_t step = (size_t)legs->rate_hz[role] * UT__LEGS_STEP_MS / 1000;
    if (legs->rate_hz[UT_ROLE_CALLER] == 0 || legs->rate_hz[UT_ROLE_AGENT] == 0)
        return; /* One leg has nothing to be late to. */
    for (size_t i = 0; i < n && step && !legs->no_memory; i++) {
        double v = pcm ? (double)pcm[i] : 0;
        leg->sum += isfinite(v) ? v * v : 0;
        if (++leg->n < step)
            continue;
        float level = (float)(leg->sum / (double)step);
        leg->sum = 0;
        leg->n = 0;
        if (leg->steps == STEPS_MAX) {
            leg->later += level > SPEECH_FLOOR;
            continue;
        }
        if (leg->steps == leg->room) {
            size_t room = leg->room ? 2 * leg->room : 1024;
            float *more = realloc(leg->level, room * sizeof more[0]);
            legs->no_memory |= !more;
            if (!more)
                return;
            leg->level = more;
            leg->room = room;
        }
        leg->level[leg->steps++] = level;
    }
}

static int rising(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Above this a step of the leg is speech: its tenth quietest level, and 12 dB. */
static float threshold_of(const struct ut__leg *leg)
{
    float some[QUIET_STEPS_MAX / 2];
    size_t n = 0, room = sizeof some / sizeof some[0], every = leg->steps / room + 1;
    for (size_t i = 0; i < leg->steps && n < room; i += every)
        some[n++] = leg->level[i];
    qsort(some, n, sizeof some[0], rising);
    float over = n ? some[n / 10] * OVER_QUIET : 0;
    return over > SPEECH_FLOOR ? over : SPEECH_FLOOR;
}

static size_t speech_of(const struct ut__leg *leg, float threshold, size_t *first)
{
    size_t n = 0;
    *first = leg->steps;
    for (size_t i = 0; i < leg->steps; i++) {
        if (leg->level[i] <= threshold)
            continue;
        if (n++ == 0)
            *first = i;
    }
    return n;
}

/* Steps in which both speak when the agent is moved earlier by so many. */
static size_t overlap(const struct ut__legs *legs, const float *threshold, int shift)
{
    const struct ut__leg *c = &legs->leg[UT_ROLE_CALLER], *a = &legs->leg[UT_ROLE_AGENT];
    size_t n = 0;
    for (size_t i = shift < 0 ? (size_t)-shift : 0; i < c->steps; i++) {
        size_t k = shift < 0 ? i - (size_t)-shift : i + (size_t)shift;
        if (k >= a->steps)
            break;
        n += c->level[i] > threshold[UT_ROLE_CALLER] && a->level[k] > threshold[UT_ROLE_AGENT];
    }
    return n;
}

static int note_late(const struct ut__legs *legs, const float *threshold, size_t shorter,
                     char *text)
{
    size_t now = overlap(legs, threshold, 0), least = now;
    int best = 0, last = 0;
    if (legs->echoes || shorter < SPEECH_MIN || (float)now < OVERLAP_WRONG * (float)shorter)
        return 0;
    for (int shift = -SHIFT_MAX; shift <= SHIFT_MAX; shift++) {
        size_t n = overlap(legs, threshold, shift);
        if (n < least)
            best = shift;
        if (n < least || (n == least && shift == last + 1))
            last = shift;
        least = n < least ? n : least;
    }
    best = (best + last) / 2; /* Of the moves that are as good. */
    if (abs(best) < SHIFT_MIN || (float)least > OVERLAP_RIGHT * (float)shorter ||
        (float)least > OVERLAP_FALL * (float)now)
        return 0;
    snprintf(text, UT__LEGS_TEXT_MAX,
             "the %s's leg looks about %.0f s late: both speak at once for %.0f s, and for %.0f s "
             "were it "
             "moved; turn-taking is not to be trusted",
             best > 0 ? "agent" : "caller", abs(best) * UT__LEGS_STEP_MS / 1000.0,
             (double)now * UT__LEGS_STEP_MS / 1000, (double)least * UT__LEGS_STEP_MS / 1000);
    return 1;
}

static int note_silent(const struct ut__legs *legs, const size_t *speech, char *text)
{
    if (legs->leg[UT_ROLE_CALLER].steps < CALL_MIN || speech[UT_ROLE_CALLER] < SPEECH_MIN / 3 ||
        speech[UT_ROLE_AGENT] + legs->leg[UT_ROLE_AGENT].later > AGENT_SPEECH_MAX)
        return 0;
    snprintf(text, UT__LEGS_TEXT_MAX,
             "the agent is silent throughout: the channel is empty, or both are on the caller's "
             "(then do not have it scored)");
    return 1;
}

static int note_swapped(const struct ut__legs *legs, const size_t *first, char *text)
{
    size_t music = legs->music_s * (1000 / UT__LEGS_STEP_MS);
    if (legs->music_s < MUSIC_MIN_S || legs->music_quiet * 10 < music * 8 ||
        first[UT_ROLE_CALLER] + 10 > first[UT_ROLE_AGENT])
        return 0;
    snprintf(
        text, UT__LEGS_TEXT_MAX,
        "the channels look swapped: %u s of music are on the caller's, and who is on hold hears "
        "it from the agent's side; --caller-channel 2 turns them round",
        legs->music_s);
    return 1;
}

void ut__legs_music(struct ut__legs *legs, double t_s)
{
    const struct ut__leg *agent = &legs->leg[UT_ROLE_AGENT];
    const size_t second = 1000 / UT__LEGS_STEP_MS;
    size_t end = (size_t)(t_s * (double)second);
    if (end > STEPS_MAX)
        return;
    legs->music_s++;
    for (size_t i = end > second ? end - second : 0; i < end; i++)
        legs->music_quiet += i >= agent->steps || agent->level[i] <= SPEECH_FLOOR;
}

int ut__legs_note(const struct ut__legs *legs, int which, char *text)
{
    float threshold[UT_ROLE_COUNT];
    size_t speech[UT_ROLE_COUNT], first[UT_ROLE_COUNT];
    if (which > 2 || legs->no_memory || legs->rate_hz[UT_ROLE_CALLER] == 0 ||
        legs->rate_hz[UT_ROLE_AGENT] == 0)
        return -1;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        threshold[role] = threshold_of(&legs->leg[role]);
        speech[role] = speech_of(&legs->leg[role], threshold[role], &first[role]);
    }
    size_t shorter = speech[0] < speech[1] ? speech[0] : speech[1];
    return which == 0   ? note_silent(legs, speech, text)
           : which == 1 ? note_late(legs, threshold, shorter, text)
                        : note_swapped(legs, first, text);
}

void ut__legs_free(struct ut__legs *legs)
{
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        free(legs->leg[role].level);
    *legs = (struct ut__legs){.music_s = 0};
}

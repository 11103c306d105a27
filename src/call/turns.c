/* SPDX-License-Identifier: MIT */
/* Turn-taking. Speech flags are first made into talk spurts, then spurts into turns. */

#include "call/turns.h"

enum {
    VOTE_MAX = 30,            /* A pause of 300 ms ends a talk spurt. */
    VOTE_ON = 12,             /* 120 ms of speech begin one. */
    TURN_FRAMES = 50,         /* Shorter spurts are back-channels ("mhm"), no turns. */
    HOLD_FRAMES = 50,         /* Who has talked this long holds the turn. */
    INTERRUPT_FRAMES = 100,   /* An interruption lasts a second at least ... */
    INTERRUPT_GIVE_UP = 200,  /* ... and the other falls silent within two. */
    LONG_SILENCE_FRAMES = 300 /* 3 s: what callers notice. */
};

void ut__turns_init(struct ut__turns *turns, int has_agent)
{
    *turns = (struct ut__turns){.last = -1, .has_agent = has_agent};
}

static void vote(struct ut__talker *t, int speech)
{
    t->vote += speech ? 1 : -1;
    t->vote = t->vote < 0 ? 0 : t->vote > VOTE_MAX ? VOTE_MAX : t->vote;
    int talking = t->talking ? t->vote > 0 : t->vote >= VOTE_ON;
    if (talking == t->talking) {
        t->age++;
        return;
    }
    t->talking = talking;
    t->age = 0;
    t->counted = 0;
    t->interrupting = 0;
    if (talking)
        t->vote = VOTE_MAX; /* From here on a pause of VOTE_MAX frames ends it. */
}

static void silence(struct ut__turns *turns, int silent)
{
    if (!silent) {
        turns->silence = 0;
        return;
    }
    turns->silent_frames++;
    turns->silence++;
    if (turns->silence > turns->longest_silence)
        turns->longest_silence = turns->silence;
    if (turns->silence == LONG_SILENCE_FRAMES)
        turns->long_silences++;
}

static void take_turn(struct ut__turns *turns, int role)
{
    struct ut__talker *me = &turns->talker[role];
    const struct ut__talker *other = &turns->talker[!role];
    if (!me->talking)
        return;
    turns->talk_frames[role]++;
    if (me->age == 0 && other->talking && other->age >= HOLD_FRAMES)
        me->interrupting = 1;
    if (me->age >= TURN_FRAMES && !me->counted) {
        me->counted = 1;
        turns->turns[role] += turns->last != role;
        turns->last = role;
    }
    if (me->interrupting && me->age >= INTERRUPT_FRAMES && !other->talking) {
        turns->interruptions[role]++;
        me->interrupting = 0;
    }
    if (me->age > INTERRUPT_GIVE_UP)
        me->interrupting = 0;
}

enum ut_talk ut__turns_push(struct ut__turns *turns, int caller_speech, int agent_speech)
{
    vote(&turns->talker[UT_ROLE_CALLER], caller_speech);
    vote(&turns->talker[UT_ROLE_AGENT], agent_speech);
    take_turn(turns, UT_ROLE_CALLER);
    take_turn(turns, UT_ROLE_AGENT);
    int caller = turns->talker[UT_ROLE_CALLER].talking;
    int agent = turns->talker[UT_ROLE_AGENT].talking;
    turns->over_frames += caller && agent;
    silence(turns, !caller && !agent);
    return caller && agent ? UT_TALK_BOTH
           : caller        ? UT_TALK_CALLER
           : agent         ? UT_TALK_AGENT
                           : UT_TALK_NONE;
}

static float seconds(uint32_t frames)
{
    return (float)frames * UT_HOP_MS / 1000.0f;
}

void ut__turns_get(const struct ut__turns *turns, double t_s, struct ut_turns *out)
{
    const uint32_t *talk = turns->talk_frames;
    uint32_t all = talk[UT_ROLE_CALLER] + talk[UT_ROLE_AGENT];
    *out = (struct ut_turns){
        .t_s = t_s,
        .caller_talk_s = seconds(talk[UT_ROLE_CALLER]),
        .agent_talk_s = seconds(talk[UT_ROLE_AGENT]),
        .talk_over_s = seconds(turns->over_frames),
        .silence_s = seconds(turns->silent_frames),
        .longest_silence_s = seconds(turns->longest_silence),
        .listening_ratio = all ? (float)talk[UT_ROLE_CALLER] / (float)all : 0,
        .caller_turns = turns->turns[UT_ROLE_CALLER],
        .agent_turns = turns->turns[UT_ROLE_AGENT],
        .caller_interruptions = turns->interruptions[UT_ROLE_CALLER],
        .agent_interruptions = turns->interruptions[UT_ROLE_AGENT],
        .long_silences = turns->long_silences,
    };
    if (!turns->has_agent)
        out->listening_ratio = 0; /* Nothing is known of the agent's share. */
}

/* SPDX-License-Identifier: MIT */
/* Speech flags -> talk, by what follows -> turns, interruptions, silences. The rules: TURNS.md. */

#include "call/turns.h"

enum {
    DELAY = UT__TURNS_DELAY,
    BEGIN_FRAMES = 12,        /* Of speech within DELAY: less is a click. */
    TURN_FRAMES = 50,         /* Shorter talk is a back-channel ("mhm"), no turn; */
    TURN_OVER_FRAMES = 100,   /* and while the other one talks on, up to here ("yes, I see"). */
    HOLD_FRAMES = 50,         /* Who has talked this long holds the turn. */
    OVERLAP_LEAST = 20,       /* Shorter overlaps are how turns meet; */
    OVERLAP_MOST = 300,       /* after longer ones nobody can say who gave way to whom. */
    INTERRUPT_FRAMES = 100,   /* An interruption lasts a second at least. */
    LONG_SILENCE_FRAMES = 300 /* 3 s: what callers notice. */
};

void ut__turns_init(struct ut__turns *turns, int has_agent)
{
    *turns = (struct ut__turns){.last = -1, .has_agent = has_agent};
}

/* Whether the frame DELAY frames ago was talk: the lowest bits are what followed it. */
static int talks(const struct ut__talker *t)
{
    const uint64_t after = ((uint64_t)1 << DELAY) - 1;
    uint64_t here = t->speech >> DELAY & 1;
    if (t->talking)
        return here || (t->speech & after) != 0;
    return here && __builtin_popcountll(t->speech & after) + 1 >= BEGIN_FRAMES;
}

static void step(struct ut__talker *me, const struct ut__talker *other, int talking)
{
    if (talking && !me->talking)
        *me = (struct ut__talker){.speech = me->speech, .over = other->talking};
    me->talking = (uint8_t)talking;
    me->length += (uint32_t)talking;
}

/* A turn is counted as soon as it is one; the same person's next talk goes on with it. */
static void count_turn(struct ut__turns *turns, int role)
{
    struct ut__talker *me = &turns->talker[role];
    const struct ut__talker *other = &turns->talker[!role];
    uint32_t least = me->over && other->talking ? TURN_OVER_FRAMES : TURN_FRAMES;
    if (!me->talking || me->counted || me->length < least)
        return;
    me->counted = 1;
    turns->turns[role] += turns->last != role;
    turns->last = role;
}

/* The other one has stopped: was it me? And have I gone on for long enough since? */
static void count_interruption(struct ut__turns *turns, int role, int other_stopped)
{
    struct ut__talker *me = &turns->talker[role];
    const struct ut__talker *other = &turns->talker[!role];
    uint32_t overlap = me->length - 1; /* The frame in which the other one no longer talks. */
    if (other_stopped && me->talking && me->over && other->length >= overlap + HOLD_FRAMES &&
        overlap > OVERLAP_LEAST && overlap <= OVERLAP_MOST)
        me->interrupting = 1;
    if (me->talking && me->interrupting && me->length >= INTERRUPT_FRAMES) {
        turns->interruptions[role]++;
        me->interrupting = 0;
    }
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

/* The frame DELAY frames ago. */
static enum ut_talk judge(struct ut__turns *turns)
{
    struct ut__talker *caller = &turns->talker[UT_ROLE_CALLER];
    struct ut__talker *agent = &turns->talker[UT_ROLE_AGENT];
    int caller_talks = talks(caller), agent_talks = talks(agent);
    int caller_stopped = caller->talking && !caller_talks;
    int agent_stopped = agent->talking && !agent_talks;
    struct ut__talker before = *caller;
    step(caller, agent, caller_talks);
    step(agent, &before, agent_talks);
    count_interruption(turns, UT_ROLE_CALLER, agent_stopped);
    count_interruption(turns, UT_ROLE_AGENT, caller_stopped);
    count_turn(turns, UT_ROLE_CALLER);
    count_turn(turns, UT_ROLE_AGENT);
    turns->talk_frames[UT_ROLE_CALLER] += (uint32_t)caller_talks;
    turns->talk_frames[UT_ROLE_AGENT] += (uint32_t)agent_talks;
    turns->over_frames += (uint32_t)(caller_talks && agent_talks);
    silence(turns, !caller_talks && !agent_talks);
    return caller_talks && agent_talks ? UT_TALK_BOTH
           : caller_talks              ? UT_TALK_CALLER
           : agent_talks               ? UT_TALK_AGENT
                                       : UT_TALK_NONE;
}

enum ut_talk ut__turns_push(struct ut__turns *turns, int caller_speech, int agent_speech)
{
    struct ut__talker *caller = &turns->talker[UT_ROLE_CALLER];
    struct ut__talker *agent = &turns->talker[UT_ROLE_AGENT];
    caller->speech = caller->speech << 1 | (caller_speech != 0);
    agent->speech = agent->speech << 1 | (agent_speech != 0);
    return turns->pushed++ < DELAY ? UT_TALK_NONE : judge(turns);
}

static float seconds(uint32_t frames)
{
    return (float)frames * UT_HOP_MS / 1000.0f;
}

enum ut_talk ut__most_talked(const uint32_t frames[])
{
    enum ut_talk most = UT_TALK_NONE;
    for (int t = UT_TALK_NONE; t <= UT_TALK_BOTH; t++)
        if (frames[t] > frames[most])
            most = (enum ut_talk)t;
    return most;
}

void ut__turns_get(const struct ut__turns *turns, double t_s, struct ut_turns *out)
{
    struct ut__turns end = *turns;
    for (uint32_t i = 0; i < DELAY && i < turns->pushed; i++)
        (void)ut__turns_push(&end, 0, 0);
    const uint32_t *talk = end.talk_frames;
    uint32_t all = talk[UT_ROLE_CALLER] + talk[UT_ROLE_AGENT];
    *out = (struct ut_turns){
        .t_s = t_s,
        .caller_talk_s = seconds(talk[UT_ROLE_CALLER]),
        .agent_talk_s = seconds(talk[UT_ROLE_AGENT]),
        .talk_over_s = seconds(end.over_frames),
        .silence_s = seconds(end.silent_frames),
        .longest_silence_s = seconds(end.longest_silence),
        .listening_ratio = all ? (float)talk[UT_ROLE_CALLER] / (float)all : 0,
        .caller_turns = end.turns[UT_ROLE_CALLER],
        .agent_turns = end.turns[UT_ROLE_AGENT],
        .caller_interruptions = end.interruptions[UT_ROLE_CALLER],
        .agent_interruptions = end.interruptions[UT_ROLE_AGENT],
        .long_silences = end.long_silences,
    };
    if (!end.has_agent)
        out->listening_ratio = 0; /* Nothing is known of the agent's share. */
}

/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_TURNS_H
#define UT_CALL_TURNS_H

#include <stdint.h>

#include <undertone/call.h>
#include <undertone/event.h>

/*
 * Turn-taking of two channels, from speech flags alone (terms after Sacks, Schegloff and Jefferson,
 * 1974, and Heldner and Edlund, 2010, "Pauses, gaps and overlaps in conversations").
 */

struct ut__talker {
    int vote; /* Leaky count of speech frames. */
    int talking;
    uint32_t age;     /* Frames since talking changed. */
    int counted;      /* This talk spurt was counted as a turn. */
    int interrupting; /* It began while the other held the turn. */
};

struct ut__turns {
    struct ut__talker talker[UT_ROLE_COUNT];
    uint32_t talk_frames[UT_ROLE_COUNT];
    uint32_t turns[UT_ROLE_COUNT];
    uint32_t interruptions[UT_ROLE_COUNT];
    uint32_t over_frames, silent_frames, longest_silence, silence, long_silences;
    int last; /* The role that had the last turn; -1 before the first. */
    int has_agent;
};

void ut__turns_init(struct ut__turns *turns, int has_agent);

/** One joint frame: speech flags of both channels. Returns who talks. */
enum ut_talk ut__turns_push(struct ut__turns *turns, int caller_speech, int agent_speech);

/** The result so far. t_s: media time. */
void ut__turns_get(const struct ut__turns *turns, double t_s, struct ut_turns *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_TURNS_H
#define UT_CALL_TURNS_H

#include <stdint.h>

#include <undertone/call.h>
#include <undertone/event.h>

/*
 * Turn-taking of two channels, from speech flags alone (terms after Sacks, Schegloff and Jefferson,
 * 1974, and Heldner and Edlund, 2010, "Pauses, gaps and overlaps in conversations"). The rules:
 * TURNS.md. A frame is judged when the 300 ms after it are known, so that talk begins with its
 * first frame of speech and ends with its last.
 */

enum { UT__TURNS_DELAY = 30 /* Frames: a pause as long ends no talk. */ };

struct ut__talker {
    uint64_t speech; /* A bit a frame, the newest the lowest. */
    uint32_t length; /* Of the talk that goes on, or of the last one; frames. */
    uint32_t alone;  /* Of it, frames before the other one began: what was held. */
    uint8_t talking;
    uint8_t over;         /* It began while the other one talked. */
    uint8_t counted;      /* It was counted as a turn. */
    uint8_t interrupting; /* The other one, who held the turn, has given way to it. */
};

struct ut__turns {
    struct ut__talker talker[UT_ROLE_COUNT];
    uint32_t pushed;
    uint32_t talk_frames[UT_ROLE_COUNT];
    uint32_t turns[UT_ROLE_COUNT];
    uint32_t interruptions[UT_ROLE_COUNT];
    uint32_t over_frames, silent_frames, longest_silence, silence, long_silences;
    int last; /* The role that had the last turn; -1 before the first. */
    int has_agent;
};

void ut__turns_init(struct ut__turns *turns, int has_agent);

/** One joint frame: speech flags of both channels. Returns who talked UT__TURNS_DELAY frames ago. */
enum ut_talk ut__turns_push(struct ut__turns *turns, int caller_speech, int agent_speech);

/** Who talked in most frames; frames: [UT_TALK_BOTH + 1] by enum ut_talk. */
enum ut_talk ut__most_talked(const uint32_t frames[]);

/** The result, were this the end. t_s: media time. */
void ut__turns_get(const struct ut__turns *turns, double t_s, struct ut_turns *out);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_LEGS_H
#define UT_COMMANDS_LEGS_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>

/*
 * What the two legs of a recording tell of how it was made, from their levels alone: an agent who is
 * never heard, a leg that was recorded late, channels that look swapped. Notes for who reads the
 * replay; nothing is scored by them.
 */

enum { UT__LEGS_STEP_MS = 100, UT__LEGS_TEXT_MAX = 240 };

struct ut__leg {
    float *level;       /* [steps] mean square of each step. */
    size_t steps, room; /* Those of the first two hours are kept, */
    size_t later;       /* of the others how many were loud enough for speech. */
    double sum;         /* Of the step that is being heard, */
    size_t n;           /* of so many samples. */
};

struct ut__legs {
    struct ut__leg leg[UT_ROLE_COUNT];
    uint32_t rate_hz[UT_ROLE_COUNT];
    unsigned music_s;   /* On the caller's channel, as the scores tell. */
    size_t music_quiet; /* Steps of it while the agent's channel was silent. */
    int echoes;    /* 1: the one is heard in the other, as the call tells, so both sound at once. */
    int no_memory; /* 1: it heard no more from then on. */
};

/** Hears samples of a leg; pcm NULL: they were lost. Allocates. */
void ut__legs_push(struct ut__legs *legs, enum ut_role role, const float *pcm, size_t n);

/** Tells that a second, up to t_s, was music on the caller's channel. */
void ut__legs_music(struct ut__legs *legs, double t_s);

/**
 * The notes, once the call is over. text: [UT__LEGS_TEXT_MAX]. which: from 0. Returns 1 with a note;
 * 0: that one does not apply; -1: there are no more.
 */
int ut__legs_note(const struct ut__legs *legs, int which, char *text);

void ut__legs_free(struct ut__legs *legs);

#endif

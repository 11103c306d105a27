/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_HELD_H
#define UT_CALL_HELD_H

#include <stdint.h>

#include <undertone/features.h>

enum ut__held_is { UT__HELD_SPEECH = 1, UT__HELD_VOICED = 2, UT__HELD_NUCLEUS = 4 };

/*
 * A frame of the caller that waits for the agent's: whether it is the caller's own is known when
 * both are there. A channel may be a second ahead, so that a hundred wait; each in a quarter of its
 * size, in steps far below what any measure tells: 1/256 dB, 1/128 Hz, 1/32768 of a share; a third
 * of a dB for the mel bands from the floor on at which the model takes them.
 */
struct ut__held {
    int16_t level, noise, hnr, alpha_ratio; /* 1/256 dB. */
    uint16_t f0, voicing, flux, jitter, shimmer, rate, nuclei;
    uint16_t flags;
    uint8_t is; /* Of enum ut__held_is. */
    uint8_t mel[UT_MEL_BANDS];
};

/** A level in those steps, and back. */
int16_t ut__held_db(float db);
float ut__db_held(int16_t steps);

void ut__held_put(struct ut__held *to, const struct ut_frame *frame);

/** index: of the frame. What is not held is 0: what neither model nor reasons look at. */
void ut__held_get(struct ut_frame *frame, const struct ut__held *from, uint64_t index);

#endif

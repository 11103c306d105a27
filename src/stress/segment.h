/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_SEGMENT_H
#define UT_STRESS_SEGMENT_H

#include <stdint.h>

#include <undertone/event.h>

#include "stress/shape.h"

/*
 * Sums over blocks of half a second of speech, and the vector of the last blocks together: means
 * and spreads of the encoder's units (statistics pooling: Snyder and others, 2018, "X-vectors", eq.
 * 1-2), and what people understand of the voice (pitch, effort, rate, harshness) for the
 * explanation.
 */

/* Measures in units that a person knows, by enum ut_reason_kind. */
enum ut__measure_sum {
    UT__SUM_F0, /* Semitones over 100 Hz, voiced frames. */
    UT__SUM_F0_SQUARE,
    UT__SUM_VOICED, /* Voiced frames. */
    UT__SUM_EFFORT, /* Alpha ratio in dB, voiced frames. */
    UT__SUM_HNR,    /* dB, voiced frames. */
    UT__SUM_RATE,   /* Syllables a second, of the frames that tell it: */
    UT__SUM_RATED,  /* so many. */
    UT__SUM_LEVEL,  /* Mean log-mel level of all speech frames, dB. */
    UT__SUMS
};

struct ut__segment_sums {
    _Alignas(64) float unit[UT__ENC3];
    _Alignas(64) float unit_square[UT__ENC3];
    float sum[UT__SUMS];
    uint32_t frames; /* Speech frames. */
    uint32_t units;  /* Encoder outputs. */
};

struct ut__segment {
    /* A ring: block number n lies at n modulo its size. A new block takes the place of the oldest,
     * but not before its first frame comes. */
    struct ut__segment_sums block[UT__SEGMENT_BLOCKS];
    uint32_t complete;            /* Blocks so far; the next number is the one that is filling. */
    uint32_t filling;             /* 1: that one has begun. */
    struct ut__segment_sums *all; /* The complete ones together; NULL: nobody asks for the whole. */
};

/** all: where everything is summed up, the caller's as long as the segment is used; or NULL. */
void ut__segment_init(struct ut__segment *seg, struct ut__segment_sums *all);

/** 1: the next frame completes the block that is filling. */
static inline int ut__segment_last(const struct ut__segment *seg)
{
    const struct ut__segment_sums *b = &seg->block[seg->complete % UT__SEGMENT_BLOCKS];
    return seg->filling && b->frames + 1 == UT__BLOCK_FRAMES;
}

/** Adds a vector of the encoder's, [UT__ENC3], to the block that is filling. No allocation. */
void ut__segment_add(struct ut__segment *seg, const float *unit);

/** Adds a speech frame. Returns 1 when it completed a block. No allocation. */
int ut__segment_push(struct ut__segment *seg, const struct ut_frame *frame);

/**
 * Sums of the newest complete blocks: UT__SEGMENT_BLOCKS at most, one fewer once the next block has
 * begun.
 */
void ut__segment_recent(const struct ut__segment *seg, struct ut__segment_sums *out);

/** Sums of everything so far, the unfinished block included; only where `all` was given. */
void ut__segment_whole(const struct ut__segment *seg, struct ut__segment_sums *out);

/** The vector of a block's sums: [UT__VECTOR]; 0 when it holds too little speech. */
int ut__segment_vector(const struct ut__segment_sums *sums, float *vector);

/** The measures of a block's sums: [UT_REASON_COUNT], in the kinds' units, absolute; 0 when there
 * is too little voiced speech. */
int ut__segment_measures(const struct ut__segment_sums *sums, float *measures);

#endif

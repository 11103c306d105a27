/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_CHANNEL_H
#define UT_CALL_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/features.h>

#include "audio/resample.h"

/*
 * One channel's way from samples of any rate to hops of 80 at 8 kHz: made finite, clamped,
 * resampled, framed. A hop that holds a lost sample is flagged as a gap.
 */
struct ut__channel {
    struct ut__resample *resample; /* NULL: the call has no such channel. */
    float *out; /* [ut__resample_out_max] what one push of the resampler gave; NULL at 8 kHz. */
    size_t out_len, out_at;
    float hop[UT_HOP_SAMPLES];
    uint32_t hop_len, hop_flags;
    uint64_t samples; /* Taken so far, at the channel's own rate. */
    uint32_t rate_hz;
};

/** rate_hz: 0 leaves the channel out. Returns 0, UT_EINVAL, UT_ENOMEM. Allocates. */
int ut__channel_create(struct ut__channel *ch, uint32_t rate_hz) UT_MUST_CHECK;
void ut__channel_destroy(struct ut__channel *ch);

/** Begins anew with the same rate. No allocation. */
void ut__channel_reset(struct ut__channel *ch);

/**
 * Takes samples until a hop is complete or all are taken.
 *
 * pcm: [*n], advanced past what was taken, as is *n; NULL: lost samples. flags: UT_FRAME_GAP or 0.
 * Returns 1 when ch->hop is complete with its ch->hop_flags; the next call begins a new one.
 */
int ut__channel_take(struct ut__channel *ch, const float **pcm, size_t *n, uint32_t flags);

/** Fills an unfinished hop with silence. Returns 1 when there was one. */
int ut__channel_finish(struct ut__channel *ch);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_AUDIO_RESAMPLE_H
#define UT_AUDIO_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Any rate from 8 to 96 kHz down to the analysis rate, through liquid-dsp's msresamp_rrrf
 * (half-band stages and an arbitrary polyphase stage), 60 dB of stop band.
 */
struct ut_resample;

/** Samples taken by one ut_resample_push at most. */
enum { UT_RESAMPLE_CHUNK = 480 };

/**
 * rate_hz: UT_RATE_MIN_HZ..UT_RATE_MAX_HZ. At 8000 samples pass unchanged.
 * Returns 0, UT_EINVAL or UT_ENOMEM. Allocates; destroy takes NULL.
 */
int ut_resample_create(struct ut_resample **out, uint32_t rate_hz) UT_MUST_CHECK;
void ut_resample_destroy(struct ut_resample *rs);

/** The most samples that one push of UT_RESAMPLE_CHUNK can give. */
size_t ut_resample_out_max(const struct ut_resample *rs);

/**
 * in: [n], n <= UT_RESAMPLE_CHUNK. out: [ut_resample_out_max()].
 * Returns the samples written; they depend on the samples so far, not on how they were cut.
 * No allocation.
 */
size_t ut_resample_push(struct ut_resample *rs, float *out, const float *in, size_t n);

#endif

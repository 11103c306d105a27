/* SPDX-License-Identifier: MIT */
#ifndef UT_AUDIO_RESAMPLE_H
#define UT_AUDIO_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * Any rate from 8 to 96 kHz down to the analysis rate, by one polyphase filter:
 * flat to 0.05 dB up to 3.5 kHz, and 65 dB down from 4.5 kHz, so that what folds back does
 * so above 3.5 kHz only. 36 taps per ratio of the rates.
 *
 * liquid-dsp with filters as long, as flat and as steep takes 2.1 to 7 times as long (rresamp_rrrf),
 * 4.2 to 6.2 times (firdecim_rrrf), 3.6 to 7.4 times (firpfb_rrrf), and 107 times to design one
 * (tools/bench-libraries). Its msresamp_rrrf folds back what lies at 4.6 kHz 13 dB down.
 *
 * Delay: none in time. Output sample m stands for the instant m / 8000 s of the input; it is given
 * once the input has gone 2.25 ms further, so that a stream ends that much before its last sample.
 */
struct ut__resample;

/** Samples taken by one ut__resample_push at most. */
enum { UT__RESAMPLE_CHUNK = 480 };

/**
 * rate_hz: UT_RATE_MIN_HZ..UT_RATE_MAX_HZ. At 8000 samples pass unchanged.
 * Returns 0, UT_EINVAL or UT_ENOMEM. Allocates; destroy takes NULL.
 */
int ut__resample_create(struct ut__resample **out, uint32_t rate_hz) UT_MUST_CHECK;
void ut__resample_destroy(struct ut__resample *rs);

/** Begins anew at the same rate. No allocation. */
void ut__resample_reset(struct ut__resample *rs);

/** The most samples that one push of UT__RESAMPLE_CHUNK can give. */
size_t ut__resample_out_max(const struct ut__resample *rs);

/**
 * in: [n], n <= UT__RESAMPLE_CHUNK; what is not a number counts as 0, unless the rate is 8000.
 * out: [ut__resample_out_max()].
 * Returns the samples written; they depend on the samples so far, not on how they were cut.
 * No allocation.
 */
size_t ut__resample_push(struct ut__resample *rs, float *out, const float *in, size_t n);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_SECOND_NET_H
#define UT_STRESS_SECOND_NET_H

#include "stress/second.h"

/* Bands in steps above their floor, in natural log: .35 dB, far below what a line does. */
#define UT__SECOND_STEP_LN  0.08f
#define UT__SECOND_FLOOR_LN -11.5129255f

/**
 * vector: [UT__SECOND_VECTOR]. ring: of frames; `first` is the oldest of `count`,
 * UT__SECOND_MIN_FRAMES..UT__SECOND_FRAMES. weights: [UT__SECOND_WEIGHTS]. No allocation.
 */
void ut__second_net(float *vector, const uint8_t (*ring)[UT__SECOND_BANDS], size_t first,
                    size_t count, const float *weights);

#endif

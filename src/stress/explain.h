/* SPDX-License-Identifier: MIT */
#ifndef UT_STRESS_EXPLAIN_H
#define UT_STRESS_EXPLAIN_H

#include <undertone/event.h>

#include "stress/model.h"

/*
 * Why a segment scores as it does, asked of the model itself.
 *
 * Training leaves, for each measure that a person knows, how the segment vector moves on average
 * with one unit of it (multiple regression over all speakers, against their baselines). To ask what
 * pitch did, that much of the caller's rise in pitch is taken out of the vector, and the model
 * judges again: the fall of its log odds is the contribution (removal of a feature by its
 * conditional expectation: Covert, Lundberg and Lee, 2021, "Explaining by removing", JMLR 22).
 * Shares are the positive falls, scaled to sum to one.
 */

/**
 * delta: [UT_REASON_COUNT] of the segment against the baseline. reasons: [UT_REASONS_MAX],
 * strongest first. Returns how many; 0 when nothing known to a person raised the score. No
 * allocation.
 */
uint32_t ut__explain(const struct ut_model *model, const float *vector, const float *baseline,
                     float trust, const float *delta, struct ut_reason *reasons);

#endif

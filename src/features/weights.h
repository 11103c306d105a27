/* SPDX-License-Identifier: MIT */
#ifndef UT_FEATURES_WEIGHTS_H
#define UT_FEATURES_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "features/analysis.h"

/*
 * The small networks of speech activity, syllables and pitch, and the weights of the rate, lie in
 * models/features.utm, a file of arrays as base/arrays.h describes them, which is built in.
 * tools/fit-activity, fit-syllables, fit-rate and fit-pitch replace their arrays in it.
 */
enum {
    UT__WEIGHTS_VERSION = 1,
    UT__WEIGHTS_SET = 1 /* Raised whenever an input of these networks changes its meaning. */
};

/**
 * Fills in the networks of an analysis. bytes: borrowed; hostile input is fine. Returns 0 or an
 * error of ut__arrays_open and ut__arrays_copy; then the analysis must not be used. No allocation.
 */
int ut__weights_read(struct ut_analysis *an, const uint8_t *bytes, size_t len_bytes) UT_MUST_CHECK;

/** The file that is built in. */
const uint8_t *ut__weights_default(size_t *len_bytes);

#endif

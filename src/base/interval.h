/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_INTERVAL_H
#define UT_BASE_INTERVAL_H

/** Ends of an interval, low <= high. */
struct ut__interval {
    double low, high;
};

/**
 * The 95 % interval of a share of which k of n cases are known, 0 <= k <= n (E. B. Wilson, 1927,
 * "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22). It stays within
 * 0..1 and holds for few cases. With n = 0 nothing is known: 0..1. Any thread.
 */
struct ut__interval ut__wilson(double k, double n);

/** The 95 % interval of a mean of n values with this sample variance; n < 2: of no width. Any thread. */
struct ut__interval ut__mean_interval(double mean, double variance, double n);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_EXPORT_REPORT_CHANGE_H
#define UT_EXPORT_REPORT_CHANGE_H

#include <stddef.h>

#include "base/interval.h"

enum { UT__CHANGE_MIN = 20 /* Fewer calls on either side allow no claim. */ };

/**
 * The 95 % interval of the difference of two shares, a_k of a_n less b_k of b_n, after R. G. Newcombe,
 * 1998, "Interval estimation for the difference between independent proportions", method 10.
 */
struct ut__interval ut__change(double a_k, double a_n, double b_k, double b_n);

/**
 * 1: it has risen, -1: fallen; 0: neither can be said, or there are too few. tries: of how many such
 * comparisons this is one; with many, chance alone would change some (Bonferroni). A claim's interval
 * excludes no change, and the chance of any wrong one among all is 5 % at most.
 */
int ut__change_claim(double a_k, double a_n, double b_k, double b_n, size_t tries);

#endif

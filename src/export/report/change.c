/* SPDX-License-Identifier: MIT */
/* Whether a share has changed. */

#include "export/report/change.h"

#include <math.h>

struct ut__interval ut__change(double a_k, double a_n, double b_k, double b_n)
{
    struct ut__interval a = ut__wilson(a_k, a_n), b = ut__wilson(b_k, b_n);
    if (!(a_n > 0) || !(b_n > 0))
        return (struct ut__interval){-1, 1};
    double pa = a_k / a_n, pb = b_k / b_n, d = pa - pb;
    return (struct ut__interval){d - hypot(pa - a.low, b.high - pb),
                                 d + hypot(a.high - pa, pb - b.low)};
}

int ut__change_claim(double a_k, double a_n, double b_k, double b_n, size_t tries)
{
    struct ut__interval x = ut__change(a_k, a_n, b_k, b_n);
    if (a_n < UT__CHANGE_MIN || b_n < UT__CHANGE_MIN || (x.low <= 0 && x.high >= 0))
        return 0;
    double both = (a_k + b_k) / (a_n + b_n);
    double error = sqrt(both * (1 - both) * (1 / a_n + 1 / b_n));
    double chance = erfc(fabs(a_k / a_n - b_k / b_n) / error / sqrt(2));
    if (chance * (double)(tries ? tries : 1) > 0.05)
        return 0;
    return x.low > 0 ? 1 : -1;
}

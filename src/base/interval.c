/* SPDX-License-Identifier: MIT */
/* How much a count and a mean can be trusted. */

#include "base/interval.h"

#include <math.h>

static const double Z95 = 1.959963984540054;

struct ut__interval ut__wilson(double k, double n)
{
    if (!(n > 0))
        return (struct ut__interval){0, 1};
    double p = k / n, z2 = Z95 * Z95;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    return (struct ut__interval){fmax(middle - half, 0), fmin(middle + half, 1)};
}

/* Quantiles .975 of Student's t for few degrees of freedom (W. S. Gosset, 1908); from 30 on that of the
 * normal distribution, with the first two terms of Cornish and Fisher (1937). */
static double student(double freedom)
{
    static const double few[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                 2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                 2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                 2.060,  2.056, 2.052, 2.048, 2.045};
    if (freedom <= (double)(sizeof few / sizeof few[0]))
        return few[(int)freedom - 1];
    return Z95 + (Z95 * Z95 * Z95 + Z95) / (4 * freedom);
}

struct ut__interval ut__mean_interval(double mean, double variance, double n)
{
    double half = n >= 2 && variance > 0 ? student(n - 1) * sqrt(variance / n) : 0;
    return (struct ut__interval){mean - half, mean + half};
}

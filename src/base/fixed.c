/* SPDX-License-Identifier: MIT */
/* Decimal text that is the same in every locale. */

#include "base/fixed.h"

#include <math.h>
#include <stdint.h>

#define VALUE_MAX 1e12

size_t ut__fixed(char *buf, double value, int decimals)
{
    static const uint64_t scales[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    if (!isfinite(value))
        value = 0.0;
    value = fmin(fmax(value, -VALUE_MAX), VALUE_MAX);
    decimals = decimals < 0 ? 0 : decimals > 6 ? 6 : decimals;

    uint64_t scaled = (uint64_t)floor(fabs(value) * (double)scales[decimals] + 0.5);
    char digits[UT__FIXED_MAX];
    int n = 0;
    do {
        digits[n++] = (char)('0' + scaled % 10);
        scaled /= 10;
        if (n == decimals)
            digits[n++] = '.';
    } while (scaled > 0 || n <= decimals + (decimals > 0));

    size_t len = 0;
    int any = 0;
    for (int i = 0; i < n; i++)
        any |= digits[i] >= '1' && digits[i] <= '9';
    if (value < 0 && any)
        buf[len++] = '-';
    while (n > 0)
        buf[len++] = digits[--n];
    buf[len] = '\0';
    return len;
}

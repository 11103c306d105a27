/* SPDX-License-Identifier: MIT */
/* How long the record keeps a call. */

#include "daemon/retain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/error.h>

enum { DAYS_MAX = 36500 };

int ut__serve_days(const char *text)
{
    char *rest = NULL;
    long n = strtol(text, &rest, 10);
    if (rest == text || n < 0 || n > DAYS_MAX)
        return UT_EINVAL;
    if (strcmp(rest, "w") == 0)
        n *= 7;
    else if (strcmp(rest, "y") == 0)
        n *= 365;
    else if (strcmp(rest, "d") != 0 && !(n == 0 && !*rest))
        return UT_EINVAL;
    return n <= DAYS_MAX ? (int)n : UT_EINVAL;
}

int ut__serve_check_days(const char *text, char *why, size_t why_cap)
{
    if (ut__serve_days(text) >= 0)
        return 0;
    snprintf(why, why_cap, "retain must be a span such as 90d, 12w or 1y; 0 keeps all");
    return UT_EINVAL;
}

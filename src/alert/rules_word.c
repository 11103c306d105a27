/* SPDX-License-Identifier: MIT */
/* Words of operators' rules as values. */

#include "alert/rules_word.h"

#include <string.h>

int ut__word_is(const char *w, size_t n, const char *text)
{
    return n == strlen(text) && memcmp(w, text, n) == 0;
}

/* Digits with at most one point. Returns its bytes, 0 for none. Not strtof: its point is the locale's. */
static size_t number(const char *w, size_t n, float *out)
{
    double v = 0, unit = 1;
    size_t i = 0, digits = 0;
    int point = 0;
    for (; i < n && i < 12 && ((w[i] >= '0' && w[i] <= '9') || (w[i] == '.' && !point)); i++) {
        if (w[i] == '.') {
            point = 1;
            continue;
        }
        digits++;
        v = v * 10 + (w[i] - '0');
        unit *= point ? 10 : 1;
    }
    *out = (float)(v / unit);
    return digits ? i : 0;
}

int ut__word_seconds(const char *w, size_t n, float *out)
{
    size_t used = number(w, n, out);
    const char *unit = w + used;
    size_t left = n - used;
    if (!used)
        return 0;
    if (ut__word_is(unit, left, "m") || ut__word_is(unit, left, "min"))
        *out *= 60;
    else if (ut__word_is(unit, left, "h"))
        *out *= 3600;
    else if (left && !ut__word_is(unit, left, "s"))
        return 0;
    return 1;
}

int ut__word_compare(const char *w, size_t n)
{
    static const char *const signs[] = {">", ">=", "<", "<="};
    for (int i = 0; i < 4; i++)
        if (ut__word_is(w, n, signs[i]))
            return i;
    return -1;
}

int ut__word_value(enum ut_fact_kind what, const char *w, size_t n, float *out)
{
    size_t used;
    switch (what) {
    case UT_FACT_SILENCE:
    case UT_FACT_HOLD:
    case UT_FACT_LENGTH:
    case UT_FACT_UNANSWERED:
        return ut__word_seconds(w, n, out);
    default:
        used = number(w, n, out);
        if (used && used + 1 == n && w[used] == '%' && what != UT_FACT_RETURNING) {
            *out /= 100;
            return 1;
        }
        return used && used == n;
    }
}

int ut__word_day(const char *w, size_t n)
{
    static const char days[] = "montuewedthufrisatsun";
    for (int i = 0; i < 7; i++)
        if (n == 3 && memcmp(w, days + (ptrdiff_t)i * 3, 3) == 0)
            return i;
    return -1;
}

int ut__word_minute(const char *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (n != 5 || (i == 2 ? w[i] != ':' : w[i] < '0' || w[i] > '9'))
            return -1;
    int h = n == 5 ? (w[0] - '0') * 10 + w[1] - '0' : 99;
    int m = n == 5 ? (w[3] - '0') * 10 + w[4] - '0' : 99;
    return (h < 24 && m < 60) || (h == 24 && m == 0) ? h * 60 + m : -1;
}

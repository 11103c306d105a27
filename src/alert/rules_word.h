/* SPDX-License-Identifier: MIT */
#ifndef UT_ALERT_RULES_WORD_H
#define UT_ALERT_RULES_WORD_H

/* Words of operators' rules as values. w: [n] bytes, without NUL. */

#include "alert/rules.h"

/** Is this word this text? */
int ut__word_is(const char *w, size_t n, const char *text);
/** "45", "45s", "2m", "1h" as seconds; 1: it is one. */
int ut__word_seconds(const char *w, size_t n, float *out);
/** enum ut__rules_compare; -1: it is none. */
int ut__word_compare(const char *w, size_t n);
/** A value of its fact's kind. 1: it is one. */
int ut__word_value(enum ut_fact_kind what, const char *w, size_t n, float *out);
/** "mon" .. "sun": 0 .. 6; -1: none. */
int ut__word_day(const char *w, size_t n);
/** "08:30" as minutes; -1: it is none. */
int ut__word_minute(const char *w, size_t n);

#endif

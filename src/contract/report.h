/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_REPORT_H
#define UT_CONTRACT_REPORT_H

/*
 * What a span of the record comes to, beside the span of the same length before it. The store fills
 * it, and whoever writes reports reads it.
 */

#include <stddef.h>
#include <stdint.h>

#include "contract/stream.h"

enum ut__report_by { UT__REPORT_BY_QUEUE, UT__REPORT_BY_AGENT, UT__REPORT_BY_HOUR };

enum { UT__REPORT_CALLS_MAX = 5, UT__REPORT_HOURS = 24 };

/* Sums over calls that have ended, by their start. */
struct ut__report_counts {
    uint64_t calls, imported, scored;
    uint64_t alerted;           /* Scored calls with an alert. */
    uint64_t why[UT_WHY_COUNT]; /* Calls without a score, by enum ut_why. */
    uint64_t alerts;            /* Of calls heard live, as the next two; */
    uint64_t answered, in_time; /* in_time: before somebody else was asked. */
    uint64_t verdicts, right;   /* Of all alerts with a verdict: there was something to tell of. */
    double peak_sum, peak_squares, end_sum; /* Of scored calls. */
    double call_s, elevated_s, alert_s;
};

struct ut__report_group {
    char name[UT__CALL_LABEL_MAX];
    struct ut__report_counts now, before;
};

struct ut__report_call {
    char call[UT__CALL_ID_MAX], queue[UT__CALL_LABEL_MAX], agent[UT__CALL_LABEL_MAX];
    int64_t started_ms;
    double peak, end, peak_end, recovery;
    int64_t alerts;
};

struct ut__report {
    int64_t from_ms, to_ms; /* [from, to), Unix time. */
    struct ut__report_counts now, before;
    struct ut__report_group *queue; /* [queues], by name; "" has none. */
    struct ut__report_group *agent; /* [agents] */
    size_t queues, agents;
    struct ut__report_group hour[UT__REPORT_HOURS]; /* Of this machine's zone. */
    /* The worst by peak-end; and of the rescued, who had an alert and ended below half of the peak,
     * those who recovered most. */
    struct ut__report_call worst[UT__REPORT_CALLS_MAX], rescued[UT__REPORT_CALLS_MAX];
    size_t worst_count, rescued_count;
    uint64_t rescued_all;
    uint64_t returning; /* Callers with a call in the span and an earlier one in it or before; */
    uint64_t returned;  /* of them, those with an alert in the later call. */
};

/* What is asked of whoever writes reports. */
struct ut__report_wish {
    int64_t from_ms, to_ms; /* [from, to), Unix time. */
    enum ut__report_by by;
    const char *language;     /* "en", "es" or "vi". */
    const _Atomic int *ended; /* Becomes 1 when nobody waits for it any more; NULL: never. */
};

/* A report, written. Owned: free() each. */
struct ut__report_texts {
    char *text;  /* Its first line is a title. */
    char *page;  /* HTML. */
    char *table; /* CSV. */
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_DESK_H
#define UT_STORE_DESK_H

/*
 * Marks as verdicts. An alert holds from the stress that led to it to its end; who marks a moment
 * therein as stressed or calm says that it was right or wrong, unless a verdict says so. A stressed
 * moment outside of all alerts is one at which an alert was missed.
 */

/* The alerts `a` that a mark `k` lies within. */
#define UT__SQL_MARK_IN                                                                            \
    "k.call_id = a.call_id AND k.t BETWEEN a.t - max(a.for_s, 10) AND coalesce(a.cleared_t, a.t +" \
    " 30)"

/* 1, 0 or null of an alert `a`: was it right? */
#define UT__SQL_RIGHT                                                                              \
    "coalesce(ut_right(a.outcome), (SELECT k.kind = 'stressed' FROM marks k WHERE k.kind IN"       \
    " ('stressed', 'calm') AND " UT__SQL_MARK_IN " ORDER BY k.id DESC LIMIT 1))"

/* (call_id, t): where alerts were missed, once a moment. 10 s as in verdict.c. */
#define UT__SQL_MISSES                                                                             \
    "(SELECT call_id, t FROM missed UNION ALL SELECT k.call_id, k.t FROM marks k WHERE k.kind ="   \
    " 'stressed' AND k.t IS NOT NULL AND NOT EXISTS(SELECT 1 FROM alerts a WHERE " UT__SQL_MARK_IN \
    ") AND NOT EXISTS(SELECT 1 FROM missed x WHERE x.call_id = k.call_id AND abs(x.t - k.t) <"     \
    " 10))"

/* All of the call `c`, each as a text of a JSON array. */
extern const char ut__sql_marks[], ut__sql_follow_ups[];

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_QUERY_H
#define UT_STORE_QUERY_H

/* Calls and alerts as the OpenAPI file has them. Store's thread. */

#include <stdint.h>

struct ut__store;
struct ut__answer;

/* SQL expressions that give a call and an alert as the OpenAPI file has them. */
extern const char ut__sql_call[];
extern const char ut__sql_alert[];
extern const char ut__sql_alert_from[];

/**
 * Alerts as values into an answer, as ut__sql_rows does. where: a condition, with ?1 the row and ?2 the
 * name; what follows it.
 */
int ut__alert_rows(struct ut__store *s, struct ut__answer *out, const char *where, int64_t row,
                   const char *name);

/* A call that began stressed and ended calm: somebody has done well. */
#define UT__SQL_RESCUED "coalesce(arrival >= 0.5 AND end_stress < 0.3, 0)"

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_QUERY_H
#define UT_STORE_QUERY_H

/* Calls and alerts as the OpenAPI file has them. Store's thread. */

struct ut__store;

/* SQL expressions that give a call and an alert as the OpenAPI file has them. */
extern const char ut__sql_call[];
extern const char ut__sql_alert[];
extern const char ut__sql_alert_from[];

/* A call that began stressed and ended calm: somebody has done well. */
#define UT__SQL_RESCUED "coalesce(arrival >= 0.5 AND end_stress < 0.3, 0)"

#endif

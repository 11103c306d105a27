/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_VERDICT_H
#define UT_STORE_VERDICT_H

/* What people say of alerts. Store's thread. */

#include "contract/inquiry.h"

struct ut__store;

/** 1 for a known outcome; else 0, and it has been answered. */
int ut__good_outcome(const char *outcome, struct ut__answer *out);
extern const char ut__sql_missed[], ut__sql_feedback[];

#endif

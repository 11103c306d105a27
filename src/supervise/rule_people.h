/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_RULE_PEOPLE_H
#define UT_SUPERVISE_RULE_PEOPLE_H

#include <stddef.h>

struct ut__supervise;

/**
 * Looks for a rule, in a text of rules, whose alerts are `to` somebody who is not there or may not act.
 * Returns 1, and the first such name; 0: there is none. Hub thread.
 */
int ut__rule_nobody(const struct ut__supervise *sv, const char *text, char *name, size_t cap);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_PROBLEMS_H
#define UT_SUPERVISE_PROBLEMS_H

/* What is wrong now, each with its remedy. Hub thread. */

struct ut__supervise;

void ut__problem_raise(struct ut__supervise *sv, const char *code, const char *message,
                       const char *remedy);
int ut__problem_is(struct ut__supervise *sv, const char *code);
void ut__problem_clear(struct ut__supervise *sv, const char *code);

#endif

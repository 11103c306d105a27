/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_RECOVERY_H
#define UT_STORE_RECOVERY_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

/*
 * Whose callers recover, fairly. Only calls with an episode count: a calm caller has nothing to recover
 * from. Each call's recovery is adjusted for the queue and for how stressed the caller was at the start
 * (analysis of covariance with one slope within queues; R. A. Fisher, 1932), so that nobody is praised
 * for easy calls or blamed for hard ones. With fewer than UT__RECOVERY_LEAST such calls nobody has a rank.
 */

enum { UT__RECOVERY_LEAST = 20, UT__RECOVERY_SUGGESTED = 3 };

/* A queue or an agent. */
struct ut__recovery {
    char name[64];
    uint32_t n;             /* Calls with an episode. */
    double sum, sum_square; /* Of their adjusted recoveries. */
    double mean, low, high; /* Adjusted, with the 95 % interval; n < 2: of no width. */
    uint32_t rank;          /* From 1; 0: too few calls. */
};

/**
 * All agents (or all queues: then adjusted for the start alone) of a window, in the order of their
 * names. scope: the queues that count, a JSON array; NULL: all. *list: to free(). *mean: of all their calls. Returns an SQLite code.
 */
int ut__recovery(sqlite3 *db, int by_agent, int64_t from_ms, int64_t to_ms, const char *scope,
                 struct ut__recovery **list, size_t *n, double *mean);

/**
 * The agents to be asked for help with a caller of a queue, as a JSON array of names to free(): those
 * with a rank whose lower bound is above the queue's mean, the best first, and never `except`, who is on
 * the call. Returns an SQLite code.
 */
int ut__recovery_good(sqlite3 *db, const char *queue, const char *except, int64_t now_ms,
                      char **json);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_TRUTH_H
#define UT_STORE_TRUTH_H

#include "base/text.h"
#include "store/schema.h"

/* How many calls of a record people have said something of. */
struct ut__truth {
    size_t rows;      /* Written: their recordings are known. */
    size_t escalated; /* Of them, those where an alert is right. */
    size_t elsewhere; /* Heard live: their recordings are not known here. */
};

/**
 * What people said of a record's calls, by verdicts and marks, as labels for `undertone tune`: CSV with file
 * and onset_s, a row a call of an imported recording. The onset is where the first right alert began, was
 * missed, or somebody marked stress; none: what was said is that no alert is right. By a connection of
 * its own: a daemon may be using the record.
 *
 * Returns 0; or UT_EIO with *problem filled. A failed allocation shows in csv->failed.
 */
int ut__truth_read(const char *dir, struct ut__text *csv, struct ut__truth *truth,
                   struct ut__problem *problem);

#endif

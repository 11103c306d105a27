/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_PROPOSAL_H
#define UT_STORE_PROPOSAL_H

#include "store/schema.h"

/**
 * What the record of a folder proposes for each queue, by a connection of its own: a daemon may be using it.
 *
 * most: no threshold above this. budget: false alerts in 100 hours, for every queue; 0: each its own.
 * Returns the JSON of the API's Proposals, to free(); or NULL with *problem filled.
 */
char *ut__proposals_read(const char *dir, double most, double budget, struct ut__problem *problem);

#endif

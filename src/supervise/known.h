/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_KNOWN_H
#define UT_SUPERVISE_KNOWN_H

/* What the hub knows of the record. Hub thread. */

#include "contract/inquiry.h"

struct ut__supervise;

/**
 * Reads anew what the record has: tokens, sessions, people, thresholds, its state or the letters of
 * channels. It is known once the answer is there.
 */
void ut__known_read(struct ut__supervise *sv, enum ut__inquiry_kind kind);

/** Reads all that the first request needs, and waits for it. Returns 0 or UT_E.... */
int ut__known_first(struct ut__supervise *sv);

#endif

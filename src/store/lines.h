/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_LINES_H
#define UT_STORE_LINES_H

/* Lines of conversations that are kept. Store's thread. */

#include <stdint.h>

struct ut__store;

/** Within a transaction: a call's lines go. on_demand: 1: so do the questions made of all lines; age does not take them. */
int ut__lines_erase(struct ut__store *s, int64_t call, int on_demand);

/** Within a transaction: questions that are a week old go: they may hold wordings of calls that went by age. */
int ut__lines_retain(struct ut__store *s, int64_t now_ms);

/**
 * One step, of some dozen pages, towards an index without what was erased; a transaction of its own.
 * s->merge: 0: nothing is left to do.
 */
int ut__lines_merge(struct ut__store *s);

/** Reads whether a step was left to do when the record was closed. */
int ut__lines_begin(struct ut__store *s);

#endif

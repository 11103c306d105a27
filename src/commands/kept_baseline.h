/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_KEPT_BASELINE_H
#define UT_COMMANDS_KEPT_BASELINE_H

/* One caller's calm voice in a file, from one call to the next: the library's blob as it is. */

#include <stddef.h>
#include <stdint.h>

#include <undertone/call.h>

struct ut__kept_baseline {
    uint8_t blob[UT_BASELINE_MAX_BYTES];
    size_t len; /* 0: none. */
};

/*
 * Reads a file, and makes sure that a call with this model takes it. Returns 0, or an exit status
 * after a message.
 */
int ut__kept_baseline_read(struct ut__kept_baseline *kept, const char *path,
                           const struct ut_model *model) UT_MUST_CHECK;

/*
 * Writes what a call has learnt; where that is too little the file stays as it is. Returns 0, or an
 * exit status after a message.
 */
int ut__kept_baseline_save(const char *path, const struct ut_call *call) UT_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_LIVE_CALL_TABLE_H
#define UT_LIVE_CALL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/stream.h"

/* The live calls by id. Hub thread only. Entries lie in the calls: nothing is allocated per call.
 */

struct ut__call_entry {
    struct ut__call_entry *next; /* In the same bucket. */
    char id[UT__CALL_ID_MAX];
};

enum { UT__CALL_TABLE_BUCKETS = 1024 };

struct ut__call_table {
    struct ut__call_entry *buckets[UT__CALL_TABLE_BUCKETS];
    uint32_t count;
};

/** Finds a call; NULL when there is none of that id. */
struct ut__call_entry *ut__call_table_find(const struct ut__call_table *t, const char *id);

/**
 * Adds an entry under the id that is wanted, made fit: bytes that an id may not have become '-',
 * and an id that is taken gets "-2", "-3", ... entry: kept until it is removed; its id is filled
 * in.
 */
void ut__call_table_add(struct ut__call_table *t, struct ut__call_entry *entry, const char *wanted);

/** Removes an entry that was added. */
void ut__call_table_remove(struct ut__call_table *t, struct ut__call_entry *entry);

/** Makes an id: "<source>-<time>-<random>", such as "siprec-20261121T205901-1f9a77c2". */
void ut__call_id_make(char id[UT__CALL_ID_MAX], const char *source, int64_t started_ms,
                      uint32_t random);

#endif

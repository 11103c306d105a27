/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_HOUSE_H
#define UT_STORE_HOUSE_H

#include <stdint.h>

struct ut__store;

enum ut__house {
    UT__HOUSE_UNKNOWN, /* The bus has not said. */
    UT__HOUSE_OURS,
    UT__HOUSE_OTHER /* The nodes there have another key. */
};

/** Whose bus it is. Store's thread, as the next. */
enum ut__house ut__house_of(struct ut__store *s);
/** Keeps what the bus calls it; from outside. What is no name at that revision is to be written over. Returns an SQLite code. */
int ut__house_named(struct ut__store *s, const char *id, int64_t revision);

/** What stands behind its signature under the nodes' key; NULL: it is none of ours. */
const char *ut__house_signed(const struct ut__store *s, const char *key, const char *text);

#endif

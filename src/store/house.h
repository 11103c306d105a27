/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_HOUSE_H
#define UT_STORE_HOUSE_H

struct ut__store;

enum ut__house {
    UT__HOUSE_UNKNOWN, /* The bus has not said. */
    UT__HOUSE_OURS,
    UT__HOUSE_OTHER /* The nodes there have another key. */
};

/** Whose bus it is. Store's thread, as the next. */
enum ut__house ut__house_of(struct ut__store *s);
/** Keeps what the bus calls it; from outside. Returns an SQLite code. */
int ut__house_named(struct ut__store *s, const char *id);

/** What stands behind its signature under the nodes' key; NULL: it is none of ours. */
const char *ut__house_signed(const struct ut__store *s, const char *key, const char *text);

#endif

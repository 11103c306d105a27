/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SHARED_H
#define UT_STORE_SHARED_H

/*
 * What another node has set, put into the tables; value NULL: it was dropped. Each returns an SQLite
 * code, SQLITE_MISMATCH for a value that makes no sense. Store's thread, in a transaction.
 */

#include <jansson.h>

struct ut__store;

int ut__threshold_apply(struct ut__store *s, const char *queue, json_t *value);
int ut__site_apply(struct ut__store *s, const char *queue, json_t *value);
int ut__rule_apply(struct ut__store *s, const char *name, json_t *value);
/** kind: call, agent, queue. */
int ut__quiet_apply(struct ut__store *s, const char *kind, const char *name, json_t *value);

int ut__token_apply(struct ut__store *s, const char *name, json_t *value);

/** Has the listener told after each transaction that changed what is shared. Returns an SQLite code. */
int ut__shared_begin(struct ut__store *s);

#endif

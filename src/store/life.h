/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_LIFE_H
#define UT_STORE_LIFE_H

/* What happens to alerts. Store's thread. */

#include "store/live.h"
#include "store/questions.h"

struct ut__store;

/**
 * The key of an escalation or an expiry, which an alert's node and who stands in for it may both come to while neither
 * hears of the other: it is one, so that a receiver takes the second for a repetition. asked_ms: the alert's.
 */
void ut__life_due_key(char *out, size_t cap, const char *alert, const char *action,
                      int64_t asked_ms, const char *node);

/** The step of that name; 0: there is none. */
enum ut__life ut__life_named(const char *name);

/** Raises or clears an alert from an event; within a transaction. Returns an SQLite code. */
int ut__life_event(struct ut__store *s, const struct ut__live *call,
                   const struct ut__stream_item *item);
/** The call of these alerts has ended. */
int ut__life_call_ended(struct ut__store *s, int64_t call_row);
/** Escalates and expires what is due; within a transaction. Returns an SQLite code. */
int ut__life_tick(struct ut__store *s, int64_t now_ms);
/** UT__LEDGER_ACT; within a transaction. */
int ut__life_act(struct ut__store *s, json_t *args, struct ut__answer *out);

#endif

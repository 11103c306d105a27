/* SPDX-License-Identifier: MIT */
#ifndef UT_DAEMON_RULES_H
#define UT_DAEMON_RULES_H

#include "alert/rules.h"
#include "contract/inquiry.h"
#include "contract/lines.h"
#include "live/hub.h"
#include "store/store.h"

/*
 * Operators' rules over live calls: a sink that hears each second's score and hands the alerts of the
 * rules back to all sinks, so that they are kept and told as the voice's are.
 *
 *     file, record -> set of rules -> calls that open from then on
 *     score -> ut__rules_take, ut__rules_ask -> alert -> ut__hub_publish
 *     caller's number -> question to the store -> its thread -> queue -> earlier calls with an alert
 *
 * Hub thread only.
 */
struct ut__serve_rules;

/** of_file: the file's rules, NULL: none; freed with it, on failure as well. Returns 0 or UT_ENOMEM. */
int ut__serve_rules_create(struct ut__serve_rules **out, struct ut__hub *hub,
                           struct ut__rules *of_file_take) UT_MUST_CHECK;

/** Other rules of the file; they hold once the record's are set again. NULL: none. */
void ut__serve_rules_file(struct ut__serve_rules *r, struct ut__rules *of_file_take);

/** Who is asked about returning callers; NULL: nobody any more. */
void ut__serve_rules_ask(struct ut__serve_rules *r, struct ut__store *store);

/** The file's rules; NULL: there are none. */
const struct ut__rules *ut__serve_rules_of_file(const struct ut__serve_rules *r);

/** Who knows what callers said; NULL: nobody. Borrowed. */
void ut__serve_rules_lines(struct ut__serve_rules *r, const struct ut__lines_door *door);

/** The record's rules, as the supervisor channel tells them: arg is the struct ut__serve_rules. */
void ut__serve_rules_set(void *arg, const struct ut__rule_row *rows, uint32_t count);

/** The sink, which publishes from within: behind those that shall hear a score before its alert. */
struct ut__sink ut__serve_rules_sink(struct ut__serve_rules *r);

/** After the store is closed: it answers what it was asked until then. NULL is fine. */
void ut__serve_rules_destroy(struct ut__serve_rules *r);

#endif

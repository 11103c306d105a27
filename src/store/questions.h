/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_QUESTIONS_H
#define UT_STORE_QUESTIONS_H

/* Questions and inquiries, whatever thread they came from. Store's thread. */

#include "base/json.h"
#include "contract/ledger.h"

struct ut__store;

/*
 * The questions, by file. Each gets checked JSON and fills an answer; it returns an SQLite code,
 * and one that is not 0 becomes UT__LEDGER_AWAY.
 */
typedef int(ut__op)(struct ut__store *s, json_t *args, struct ut__answer *out);
ut__op ut__q_calls, ut__q_call, ut__q_scores, ut__q_timeline, ut__q_alerts, ut__q_alert, ut__q_life;
ut__op ut__q_outcomes, ut__q_exposure, ut__q_precision, ut__q_missed_add, ut__q_missed_drop;
ut__op ut__q_recording, ut__q_mark_add, ut__q_mark_drop, ut__q_follow_up_add, ut__q_follow_up_done,
    ut__q_follow_ups;
ut__op ut__q_dispute_add, ut__q_dispute_done, ut__q_disputes;
ut__op ut__q_searches, ut__q_search_set, ut__q_search_drop;
ut__op ut__q_feedback_add, ut__q_trends, ut__q_proposals, ut__q_threshold_undo;
ut__op ut__q_erase_call, ut__q_erase_caller, ut__q_erase_baseline;
ut__op ut__q_dead, ut__q_dead_resend, ut__q_dead_drop;
ut__op ut__q_article_put, ut__q_article_drop, ut__q_articles, ut__q_article_find,
    ut__q_article_mark;
ut__op ut__q_lines_keep, ut__q_lines, ut__q_lines_find, ut__q_faq_keep, ut__q_faq;
ut__op ut__q_access, ut__q_rule_try;
ut__op ut__q_past_from, ut__q_past_due, ut__q_past_take, ut__q_past_purged;
ut__op ut__q_stand_in, ut__q_hold, ut__q_retire;
ut__op ut__q_shared_due, ut__q_shared_take, ut__q_shared_bucket;
ut__op ut__q_erasures, ut__q_join_seal, ut__q_join_open;
/* The inquiries, as the questions otherwise. */
struct ut__rules;
/** Reads a text of one rule; 0: it is none, and *out says why. */
int ut__rule_one(struct ut__rules *rules, const char *text, struct ut__answer *out);
typedef int(ut__inquiry_op)(struct ut__store *s, const struct ut__inquiry *q,
                            struct ut__answer *out);
ut__inquiry_op ut__i_people, ut__i_person_met, ut__i_quiets, ut__i_quiet_set, ut__i_tokens,
    ut__i_token_add, ut__i_token_drop, ut__i_sessions, ut__i_session_add, ut__i_session_drop,
    ut__i_rules, ut__i_rule_set, ut__i_rule_drop, ut__i_returning, ut__i_access_add,
    ut__i_thresholds, ut__i_threshold_set, ut__i_threshold_unset, ut__i_baseline,
    ut__i_baseline_keep, ut__i_channels, ut__i_exposed, ut__i_break_due, ut__i_state, ut__i_alert,
    ut__i_open_alerts, ut__i_sites, ut__i_site_set, ut__i_site_reset, ut__i_site_learn,
    ut__i_site_text;
/** Does a question whatever thread it came from; begins and ends its transaction. */
void ut__do(struct ut__store *s, enum ut__ledger_op op, const char *text, struct ut__answer *out);
void ut__do_inquiry(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out);

#endif

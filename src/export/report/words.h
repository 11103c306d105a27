/* SPDX-License-Identifier: MIT */
#ifndef UT_EXPORT_REPORT_WORDS_H
#define UT_EXPORT_REPORT_WORDS_H

/* The sentences of the archive's report in three languages. {0} to {9} stand for values. */

#include <stddef.h>

enum ut__word {
    UT__W_TITLE,
    UT__W_BEFORE,
    UT__W_NOTHING,
    UT__W_CALLS,
    UT__W_SCORED,
    UT__W_WHY,
    UT__W_ALERTED,
    UT__W_ANSWERED,
    UT__W_VERDICTS,
    UT__W_NO_VERDICTS,
    UT__W_RETURNED,
    UT__W_DRIFT,
    UT__W_DRIFT_NOT,
    UT__W_H_CHANGES,
    UT__W_UP,
    UT__W_DOWN,
    UT__W_NO_CHANGE,
    UT__W_QUEUE_NAMED,
    UT__W_HOUR_NAMED,
    UT__W_ALL,
    UT__W_H_GROUPS_QUEUE,
    UT__W_H_GROUPS_AGENT,
    UT__W_H_GROUPS_HOUR,
    UT__W_QUEUE,
    UT__W_AGENT,
    UT__W_HOUR,
    UT__W_C_CALLS,
    UT__W_C_SCORED,
    UT__W_C_ALERTED,
    UT__W_C_INTERVAL,
    UT__W_C_BEFORE,
    UT__W_C_END,
    UT__W_C_RIGHT,
    UT__W_H_WORST,
    UT__W_H_RESCUED,
    UT__W_RESCUED,
    UT__W_NO_RESCUED,
    UT__W_CALL,
    UT__W_START,
    UT__W_PEAK,
    UT__W_END,
    UT__W_PEAK_END,
    UT__W_RECOVERY,
    UT__W_H_EXPOSURE,
    UT__W_EXPOSURE,
    UT__W_C_TALK,
    UT__W_C_STRESSED,
    UT__W_C_ALERT_MIN,
    UT__W_NO_QUEUE,
    UT__W_NO_AGENT,
    UT__W_FOOT,
    UT__W_WHY_ROLE,
    UT__W_WHY_SPEECH,
    UT__W_WHY_GAP,
    UT__W_WHY_MUSIC,
    UT__W_WHY_CLIPPING,
    UT__W_WHY_NOISE,
    UT__W_WHY_RATE,
    UT__WORDS
};

enum ut__language { UT__ENGLISH, UT__SPANISH, UT__VIETNAMESE, UT__LANGUAGES };

/** "en", "es", "vi". Static. */
const char *ut__language_name(enum ut__language lang);
/** UT__LANGUAGES for any other name. */
enum ut__language ut__language_named(const char *name);

/** A word or sentence as it stands. Static. */
const char *ut__word(enum ut__language lang, enum ut__word word);

/** A sentence with its values. out: [cap]; values: [n], n <= 10. Returns out, cut where it is long. */
const char *ut__words(char *out, size_t cap, enum ut__language lang, enum ut__word word,
                      const char *const *values, size_t n);

#endif

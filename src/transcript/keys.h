/* SPDX-License-Identifier: MIT */
#ifndef UT_TRANSCRIPT_KEYS_H
#define UT_TRANSCRIPT_KEYS_H

/* What a column or key of a line means. */
enum ut__key {
    UT__KEY_TEXT,
    UT__KEY_WHO,
    UT__KEY_TIME,
    UT__KEY_LANGUAGE,
    UT__KEY_CONVERSATION,
    UT__KEY_CONFIDENCE,
    UT__KEYS
};

/* The names that it goes by, ended by NULL. Static. */
const char *const *ut__key_names(enum ut__key key);

#endif

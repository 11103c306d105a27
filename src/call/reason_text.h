/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_REASON_TEXT_H
#define UT_CALL_REASON_TEXT_H

#include <stddef.h>

#include <undertone/event.h>

/**
 * An alert's reasons as an English sentence: "pitch 3.1 semitones above this caller's own, harsher
 * voice, speaking faster, for 8 s".
 *
 * buf: [cap]; always NUL-terminated, cut at the end if need be. No allocation.
 */
void ut__reason_text(char *buf, size_t cap, const struct ut_alert_event *alert);

/** Adds the phrases to an alert of the voice: ", and: “third time” (not the first contact)". */
void ut__reason_text_phrases(struct ut_alert_event *alert);

/**
 * Writes the text of an alert of words: "words: “cancel” (threat to leave)"; with a voice that is
 * stressed as well its reasons come first, and "and".
 */
void ut__words_text(struct ut_alert_event *alert, int voice_is_stressed);

/** A note as an English sentence. buf: [cap]; likewise. */
void ut__note_text(char *buf, size_t cap, const struct ut_note *note);

#endif

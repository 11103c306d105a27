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

/** A note as an English sentence. buf: [cap]; likewise. */
void ut__note_text(char *buf, size_t cap, const struct ut_note *note);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_EVENTS_H
#define UT_CALL_EVENTS_H

#include <undertone/call.h>

enum {
    UT__EVENTS_MAX = UT_ALERTS_WAIT_MAX + 2 /* With turns and summary; a power of 2. */
};

/*
 * An event that waits to be read, without what reading can make anew: an alert's text, turns and
 * the summary. Events are a tenth of a call's memory all the same, so the small things are bytes.
 */
struct ut__event_wait {
    uint32_t joint; /* Frames until then. */
    uint8_t type;   /* enum ut_event_type */
    union {
        struct {
            uint8_t state, why, talk, has_delta;
            uint8_t evidence[2]; /* 1/65535, high byte first. */
        } score;
        struct {
            uint8_t action_and_count; /* A bit and the rest. */
            uint8_t kind[UT_REASONS_MAX];
        } alert;
        struct {
            uint8_t kind;
        } note;
    } head;
    union {
        struct {
            float stress, arousal, valence, confidence, level_dbfs, speech_s;
            float delta[UT_REASON_COUNT];
        } score;
        struct {
            uint32_t n;
            float stress, for_s;
            float delta[UT_REASONS_MAX], share[UT_REASONS_MAX];
        } alert;
        struct {
            float level_db;
        } note;
    } u;
};
_Static_assert(sizeof(struct ut__event_wait) == 64, "nothing between the fields");
_Static_assert((UT__EVENTS_MAX & (UT__EVENTS_MAX - 1)) == 0, "their count may run over");

/* A call's events that wait. All zero to start. */
struct ut__events {
    struct ut__event_wait wait[UT__EVENTS_MAX];
    uint32_t in, out;
};

/*
 * Each takes an event of the call's first `joint` frames; what it says of its time and its text is made
 * anew. Returns 1, or 0 when too many wait.
 */
int ut__events_put_score(struct ut__events *events, uint64_t joint, const struct ut_score *score);
int ut__events_put_alert(struct ut__events *events, uint64_t joint,
                         const struct ut_alert_event *alert);
int ut__events_put_note(struct ut__events *events, uint64_t joint, enum ut_note_kind kind,
                        float level_db);
/** Turns or the summary, of which the type alone waits. */
int ut__events_put(struct ut__events *events, uint64_t joint, enum ut_event_type type);

/** The oldest, and it waits no more; of turns and summary the type alone. Returns 0 when none does. */
int ut__events_take(struct ut__events *events, struct ut_event *out);

#endif

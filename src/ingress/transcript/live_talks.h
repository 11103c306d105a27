/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_TRANSCRIPT_LIVE_TALKS_H
#define UT_INGRESS_TRANSCRIPT_LIVE_TALKS_H

/* The conversations that lines come for: calls with a voice, and those without. Hub thread. */

#include <undertone/words.h>

#include "contract/edge.h"
#include "contract/lines.h"
#include "ingress/transcript/line_feed.h"
#include "ingress/transcript/line_keeper.h"

enum { UT__TALKS_LISTS_MAX = 11 };

struct ut__talks_config {
    const struct ut_words *lists[UT__TALKS_LISTS_MAX]; /* Outlive the talks. */
    unsigned list_count;
    float threshold;
    int64_t idle_ms;             /* A conversation without a voice ends after so long a silence. */
    uint32_t max;                /* Conversations at once. */
    const struct ut__port *port; /* Whose node may drain; NULL: never. */
    struct ut__line_keeper *keeper; /* Of what is said; NULL: nothing is kept. Borrowed. */
    void (*publish)(void *arg, struct ut__stream_item *item);
    void *arg;
};

struct ut__talks_stats {
    uint64_t lines, judged, repeated, not_caller, no_language, alerts, refused;
    uint32_t open;
};

struct ut__live_talks;

int ut__live_talks_create(struct ut__live_talks **out,
                          const struct ut__talks_config *cfg) UT_MUST_CHECK;
/* Ends the conversations without a voice. NULL is fine. */
void ut__live_talks_destroy(struct ut__live_talks *t);

/* Completes an event of a call with a voice, before anybody hears of it. 0: nobody is to. */
int ut__live_talks_amend(struct ut__live_talks *t, struct ut__stream_item *item);

/* What happens to calls with a voice. */
void ut__live_talks_hear(struct ut__live_talks *t, const struct ut__stream_item *item);

/*
 * Takes one message for a call or conversation. id: "": the one that the message names.
 * who, language: where it does not say them. As ut__lines_door otherwise.
 */
struct ut__talks_from {
    const char *id, *who, *language;
    int is_call;
};
enum ut__lines_end ut__live_talks_take(struct ut__live_talks *t, const struct ut__talks_from *from,
                                       const char *body, size_t len, int64_t now_ms, char *text);

/* What the caller said in the half minute before now_ms; see struct ut__lines_door. */
void ut__live_talks_said(const struct ut__live_talks *t, const char *id, int64_t now_ms, char *out,
                         size_t cap, char *language);

/* Its charged phrases of late; NULL: no line of it was judged. */
const struct ut__said *ut__live_talks_phrases(const struct ut__live_talks *t, const char *id);

/* Once a second: alerts that clear by themselves, conversations that are over. */
void ut__live_talks_tick(struct ut__live_talks *t, int64_t now_ms);

void ut__live_talks_stats(const struct ut__live_talks *t, struct ut__talks_stats *out);

#endif

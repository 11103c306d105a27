/* SPDX-License-Identifier: MIT */
#ifndef UT_CALL_SPOKEN_H
#define UT_CALL_SPOKEN_H

/*
 * What a caller says beside how they say it: charged phrases and the voice's events make one alert
 * at a time, with the reasons of both. Live calls, chats and replay ask the same functions in the
 * same order, so that a recording with its transcript gives the alerts that the call gave:
 *
 *     lines that are due -> ut__spoken_line
 *     event of the voice -> ut__spoken_amend -> told -> ut__spoken_ask -> told
 */

#include <undertone/event.h>
#include <undertone/words.h>

#include "words/said.h"

enum { UT__SPOKEN_FIRST_N = 1001 /* Alerts of words in a call: apart from its voice's own. */ };

/* One conversation. One owner at a time; no allocation. */
struct ut__spoken {
    struct ut_words_talk words;
    float threshold;
    float voice; /* Stress of the voice, over some seconds; 0: none is heard. */
    float delta[UT_REASON_COUNT];
    uint8_t has_delta;
    uint8_t judged;      /* 1: some line was. */
    uint8_t voice_alert; /* 1: the voice's own alert stands. */
    uint8_t alert;       /* 1: one of words stands, */
    uint8_t with_voice;  /* 1: and tells of the voice as well. */
    uint8_t untold;      /* 1: so the voice's own that stands was not told. */
    uint32_t n;          /* Of the newest one. */
    double raised_s;
    struct ut__said said; /* Of late. */
};

/* first_n: 1 for a conversation without a voice, UT__SPOKEN_FIRST_N beside one. */
void ut__spoken_init(struct ut__spoken *s, float threshold, uint32_t first_n);

/* A line of the caller counts from t_s on; as ut_words_talk_add. */
void ut__spoken_line(struct ut__spoken *s, double t_s, const char *text,
                     const struct ut_words_score *score);

enum ut__spoken_end {
    UT__SPOKEN_TELL,   /* The event is to be told, */
    UT__SPOKEN_BEFORE, /* after *before, an alert of words that the voice's own takes the place of. */
    UT__SPOKEN_DROP    /* It is not: the alert that stands told of the voice already. */
};

/**
 * Takes an event of the call's voice and completes it: a score gets the evidence of words, an alert
 * that is raised the phrases that still count.
 */
enum ut__spoken_end ut__spoken_amend(struct ut__spoken *s, struct ut_event *ev,
                                     struct ut_alert_event *before);

/* Is there an alert to raise or to clear at t_s? Returns 1 with *out; else 0. */
int ut__spoken_ask(struct ut__spoken *s, double t_s, struct ut_alert_event *out);

/* The conversation is over: 1 with *out, its alert cleared; 0: none stands. */
int ut__spoken_end(struct ut__spoken *s, struct ut_alert_event *out);

#endif
